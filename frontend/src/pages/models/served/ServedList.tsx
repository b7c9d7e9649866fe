import { Group, Text, UnstyledButton } from "@mantine/core";
import type { ServedModel } from "@/api/types";
import { plural } from "@/lib/format";
import classes from "./Served.module.css";
import { formatMilliseconds } from "./words";

/** The names, each with its model and what came today. */
export function ServedList({
  items,
  chosen,
  onChoose,
}: {
  items: readonly ServedModel[];
  chosen: string;
  onChoose: (name: string) => void;
}) {
  return (
    <nav aria-label="Names">
      {items.map((served) => (
        <UnstyledButton
          key={served.id}
          className={classes.item}
          aria-current={served.name === chosen}
          onClick={() => onChoose(served.name)}
        >
          <Group justify="space-between" gap="xs" wrap="nowrap">
            <Text fw={600} size="sm" truncate>
              {served.name}
            </Text>
            <Text size="xs" c="dimmed" style={{ fontVariantNumeric: "tabular-nums", whiteSpace: "nowrap" }}>
              {served.today.p50 === null ? "" : formatMilliseconds(served.today.p50)}
            </Text>
          </Group>
          <Text size="xs" c="dimmed" truncate title={served.model.name}>
            {served.model.name}
          </Text>
          <Text size="xs" c={served.today.errors > 0 ? "red" : "dimmed"}>
            {plural(served.today.requests, "request")} today
            {served.today.errors > 0 && `, ${plural(served.today.errors, "error")}`}
          </Text>
        </UnstyledButton>
      ))}
    </nav>
  );
}
