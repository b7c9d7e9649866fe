import { Button, Group, SegmentedControl, TextInput } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import type { Period } from "@/api/datasets";
import { matching } from "@/lib/urlState";

const DAY = /^\d{4}-\d{2}-\d{2}$/;
export const PERIOD_ADDRESS = { since: matching(DAY, ""), until: matching(DAY, "") };

const DAY_MS = 86_400_000;
const SPANS = [
  { value: "", label: "All time" },
  { value: "30", label: "30 days" },
  { value: "7", label: "7 days" },
];

function daysAgo(days: number): string {
  return new Date(Date.now() - days * DAY_MS).toISOString().slice(0, 10);
}

/** Of which days the figures are, and the same as CSV. */
export function PeriodBar({
  slug,
  period,
  onChange,
}: {
  slug: string;
  period: Period;
  onChange: (change: Partial<Period>) => void;
}) {
  const { since, until } = period;
  const span = SPANS.find(({ value }) => until === "" && since === (value && daysAgo(Number(value) - 1)));
  const query = new URLSearchParams([
    ...(since ? [["since", since]] : []),
    ...(until ? [["until", until]] : []),
  ]);
  return (
    <Group gap="sm" align="flex-end">
      <SegmentedControl
        aria-label="Period"
        data={SPANS}
        value={span?.value ?? "other"}
        onChange={(value) => onChange({ since: value && daysAgo(Number(value) - 1), until: "" })}
      />
      <TextInput
        type="date"
        label="From"
        max={until || undefined}
        value={since}
        onChange={(event) => onChange({ since: event.currentTarget.value })}
      />
      <TextInput
        type="date"
        label="To"
        min={since || undefined}
        value={until}
        onChange={(event) => onChange({ until: event.currentTarget.value })}
      />
      <Button
        component="a"
        download
        variant="default"
        leftSection={<IconDownload size={16} />}
        href={`/api/datasets/${slug}/people.csv?${query.toString()}`}
      >
        CSV
      </Button>
    </Group>
  );
}
