import { ActionIcon, Tooltip } from "@mantine/core";
import { IconPin, IconPinFilled } from "@tabler/icons-react";
import { useDataset } from "@/api/datasets";
import { asProblem } from "@/api/problem";
import { usePinLabel, usePinReport, useUnpin } from "@/api/verdicts";
import { may } from "@/lib/roles";
import { toast } from "@/lib/toast";
import type { ObjectRef } from "./object";

/** Pins the instance behind a label: every evaluation then tells whether it was found. */
export function PinButton({ dataset, object }: { dataset: string; object: ObjectRef }) {
  const { data } = useDataset(dataset);
  const report = usePinReport(object.evaluation);
  const pin = usePinLabel(dataset);
  const unpin = useUnpin();
  if (object.side !== "label" || !may(data?.role, "assign")) return null;
  const { evaluation, key, index } = object;
  const pinned = report.data?.results.find((each) => each.key === key && each.index === index);
  const onError = (error: unknown) => toast({ color: "red", message: asProblem(error).message });
  const label = pinned ? "Must be found. Press to take the pin away" : "Must be found: pin it";
  return (
    <Tooltip label={label}>
      <ActionIcon
        size="sm"
        variant="subtle"
        color={pinned ? undefined : "gray"}
        aria-label={label}
        aria-pressed={pinned !== undefined}
        loading={pin.isPending || unpin.isPending}
        onClick={() =>
          pinned
            ? unpin.mutate(pinned.pin.id, { onError })
            : pin.mutate({ evaluation, key, index }, { onError })
        }
      >
        {pinned ? <IconPinFilled size={14} /> : <IconPin size={14} />}
      </ActionIcon>
    </Tooltip>
  );
}
