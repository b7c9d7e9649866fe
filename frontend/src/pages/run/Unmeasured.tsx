import { Text } from "@mantine/core";
import type { Basis, Epoch } from "@/api/types";
import { REASON_WORDS } from "@/lib/figures";
import { unmeasuredReason } from "./liveCharts";

/** Beside a chart of figures over epochs, where the last one has none: its line ends, and this says why. */
export function Unmeasured({ rows, basis }: { rows: readonly Epoch[]; basis: Basis }) {
  const reason = unmeasuredReason(rows, basis);
  const last = rows.at(-1);
  if (!reason || !last) return null;
  return (
    <Text size="xs" c="dimmed">
      epoch {last.epoch}: {REASON_WORDS[reason]}
    </Text>
  );
}
