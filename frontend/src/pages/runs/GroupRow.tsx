import { Anchor, Checkbox, Group, Progress, Table, Text, UnstyledButton } from "@mantine/core";
import { IconChevronDown, IconChevronRight } from "@tabler/icons-react";
import { Link } from "react-router";
import { isActive } from "@/api/jobs";
import { Ago } from "@/components/Ago";
import { figureWords } from "@/lib/figures";
import { plural } from "@/lib/format";
import { bestOf, groupPercent, nameInGroup, type RunGroupRows, stateCounts } from "./groups";

/** The heading of a group's runs; they fold away under it. */
export function GroupRow({
  rows,
  opened,
  selected,
  onToggle,
  onSelect,
}: {
  rows: RunGroupRows;
  opened: boolean;
  selected: ReadonlySet<number>;
  onToggle: (group: number) => void;
  onSelect: (ids: readonly number[], select: boolean) => void;
}) {
  const { group, name, search, runs } = rows;
  const chosen = runs.filter(({ id }) => selected.has(id)).length;
  const best = bestOf(runs);
  const active = runs.some(({ state }) => isActive(state));
  const newest = runs.at(-1);
  return (
    <Table.Tr>
      <Table.Td w={40}>
        <Checkbox
          size="xs"
          aria-label={`Select the runs of ${name}`}
          checked={chosen === runs.length}
          indeterminate={chosen > 0 && chosen < runs.length}
          onChange={(event) =>
            onSelect(
              runs.map(({ id }) => id),
              event.currentTarget.checked,
            )
          }
        />
      </Table.Td>
      <Table.Td colSpan={3} maw={520}>
        <Group gap="sm" wrap="nowrap">
          <UnstyledButton
            aria-expanded={opened}
            aria-label={`${opened ? "Fold" : "Unfold"} ${name}`}
            onClick={() => onToggle(group)}
            style={{ minWidth: 0 }}
          >
            <Group gap={6} wrap="nowrap">
              {opened ? (
                <IconChevronDown size={16} style={{ flex: "none" }} />
              ) : (
                <IconChevronRight size={16} style={{ flex: "none" }} />
              )}
              <Text size="sm" fw={600} truncate title={name}>
                {name}
              </Text>
            </Group>
          </UnstyledButton>
          <Text size="xs" c="dimmed" style={{ whiteSpace: "nowrap" }}>
            {search === null ? "group of " : "search, "}
            {plural(runs.length, search === null ? "run" : "trial")} ·{" "}
            <Anchor
              component={Link}
              to={search === null ? `/runs?group=${group}` : `/runs/search/${search}`}
              size="xs"
            >
              {search === null ? "only these" : "what it found"}
            </Anchor>
          </Text>
        </Group>
      </Table.Td>
      <Table.Td>
        <Text size="xs">{stateCounts(runs)}</Text>
        {active && <Progress size={4} mt={4} value={groupPercent(runs)} aria-label={`Progress of ${name}`} />}
      </Table.Td>
      <Table.Td colSpan={3} maw={320}>
        {best?.best && (
          <Text size="sm" className="tabular" truncate title={best.name}>
            <b>{figureWords(best.best.mask.map50, best.best.reason)}</b> by {nameInGroup(best)}
          </Text>
        )}
      </Table.Td>
      <Table.Td>{newest && <Ago time={newest.created_at} />}</Table.Td>
    </Table.Tr>
  );
}
