import { Button, Checkbox, Group, Select, Skeleton, Table, Text } from "@mantine/core";
import { IconChartLine, IconPlus } from "@tabler/icons-react";
import { Fragment } from "react";
import { Link } from "react-router";
import { useRunQueue, useRuns } from "@/api/runs";
import type { Run } from "@/api/types";
import { DatasetSelect } from "@/components/DatasetSelect";
import { EmptyState } from "@/components/EmptyState";
import { ErrorNotice } from "@/components/ErrorNotice";
import { LoadMore } from "@/components/LoadMore";
import { Page, Panel } from "@/components/Page";
import { SearchField } from "@/components/SearchField";
import { STATE_WORDS } from "@/components/StateBadge";
import { plural } from "@/lib/format";
import { idList } from "@/lib/ids";
import { numberIn, oneOf, text, useUrlState } from "@/lib/urlState";
import { compareAddress, MOST_COMPARED } from "./compare";
import { GroupRow } from "./GroupRow";
import { GroupSummary } from "./GroupSummary";
import { gatherGroups, inOrder, isGroup } from "./groups";
import { RunRow } from "./RunRow";
import classes from "./Runs.module.css";

const STATES = ["all", "queued", "running", "cancelling", "finished", "cancelled", "failed"] as const;
const ADDRESS = {
  dataset: text(),
  state: oneOf(STATES, "all"),
  search: text(),
  group: numberIn(0, Number.MAX_SAFE_INTEGER, 0, 0),
  /** Groups that are unfolded, and runs that are selected. */
  open: idList,
  selected: idList,
};

export default function RunsPage() {
  const [{ open, selected, ...filters }, setAddress] = useUrlState(ADDRESS);
  const runs = useRuns(filters);
  const filtered =
    filters.dataset !== "" || filters.state !== "all" || filters.search !== "" || filters.group > 0;
  const nothing = runs.isSuccess && runs.items.length === 0;
  const start = (
    <Button
      component={Link}
      to={filters.dataset ? `/runs/new?dataset=${filters.dataset}` : "/runs/new"}
      leftSection={<IconPlus size={16} />}
    >
      New run
    </Button>
  );
  return (
    <Page title="Runs" actions={nothing && !filtered ? null : start}>
      {filters.group > 0 && (
        <GroupSummary id={filters.group} onClose={() => setAddress({ group: 0 }, { push: true })} />
      )}
      {!(nothing && !filtered) && (
        <Group mb="md" gap="xs">
          <SearchField
            value={filters.search}
            label="Find by name"
            onChange={(search) => setAddress({ search })}
          />
          <DatasetSelect
            w={220}
            clearable
            aria-label="Dataset"
            placeholder="Every dataset"
            value={filters.dataset}
            onChange={(dataset) => setAddress({ dataset })}
          />
          <Select
            w={150}
            aria-label="State"
            allowDeselect={false}
            value={filters.state}
            onChange={(value) => setAddress({ state: STATES.find((state) => state === value) ?? "all" })}
            data={STATES.map((value) => ({
              value,
              label: value === "all" ? "Every state" : STATE_WORDS[value],
            }))}
          />
        </Group>
      )}
      {runs.isError && <ErrorNotice error={runs.error} onRetry={() => void runs.refetch()} />}
      {runs.isPending && <Skeleton height={280} />}
      {nothing &&
        (filtered ? (
          <EmptyState icon={IconChartLine} title="No run matches these filters" />
        ) : (
          <EmptyState icon={IconChartLine} title="No runs yet" action={start}>
            A run trains a model on a frozen version of a dataset. Label some images, mark them done, and
            start one.
          </EmptyState>
        ))}
      {runs.items.length > 0 && (
        <RunTable
          runs={runs.items}
          gathered={filters.group === 0}
          open={open}
          selected={selected}
          onOpen={(ids) => setAddress({ open: ids })}
          onSelected={(ids) => setAddress({ selected: ids })}
        />
      )}
      <LoadMore list={runs} />
      {selected.length > 0 && (
        <SelectionBar selected={selected} onClear={() => setAddress({ selected: [] })} />
      )}
    </Page>
  );
}

/** `ids` with some of them put in or taken out. */
function withIds(ids: readonly number[], changed: readonly number[], put: boolean): number[] {
  const others = ids.filter((id) => !changed.includes(id));
  return put ? [...others, ...changed] : others;
}

function RunTable({
  runs,
  gathered,
  open,
  selected,
  onOpen,
  onSelected,
}: {
  runs: readonly Run[];
  /** Whether groups fold; they do not where only one is shown. */
  gathered: boolean;
  open: readonly number[];
  selected: readonly number[];
  onOpen: (ids: number[]) => void;
  onSelected: (ids: number[]) => void;
}) {
  const queue = useRunQueue(runs.some(({ state }) => state === "queued"));
  const places = new Map(queue.data?.map((place) => [place.run, place]));
  const chosen = new Set(selected);
  const shown = runs.filter(({ id }) => chosen.has(id)).length;
  const row = (run: Run, indented = false) => (
    <RunRow
      key={run.id}
      run={run}
      place={run.state === "queued" ? places.get(run.id) : undefined}
      selected={chosen.has(run.id)}
      onSelect={(id) => onSelected(withIds(selected, [id], !chosen.has(id)))}
      indented={indented}
    />
  );
  return (
    <Panel flush>
      <Table miw={1060}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th w={40}>
              <Checkbox
                size="xs"
                aria-label="Select all that are listed"
                checked={shown === runs.length}
                indeterminate={shown > 0 && shown < runs.length}
                onChange={(event) =>
                  onSelected(
                    withIds(
                      selected,
                      runs.map(({ id }) => id),
                      event.currentTarget.checked,
                    ),
                  )
                }
              />
            </Table.Th>
            <Table.Th>Run</Table.Th>
            <Table.Th>Dataset</Table.Th>
            <Table.Th>Base model</Table.Th>
            <Table.Th w={230}>State</Table.Th>
            <Table.Th w={170}>Best mask mAP50</Table.Th>
            <Table.Th>Duration</Table.Th>
            <Table.Th>Device</Table.Th>
            <Table.Th>Started</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {(gathered ? gatherGroups(runs) : runs).map((entry) => {
            if (!isGroup(entry)) return row(entry, !gathered);
            const opened = open.includes(entry.group);
            return (
              <Fragment key={`group-${entry.group}`}>
                <GroupRow
                  rows={entry}
                  opened={opened}
                  selected={chosen}
                  onToggle={(group) => onOpen(withIds(open, [group], !opened))}
                  onSelect={(ids, put) => onSelected(withIds(selected, ids, put))}
                />
                {opened && inOrder(entry).map((run) => row(run, true))}
              </Fragment>
            );
          })}
        </Table.Tbody>
      </Table>
    </Panel>
  );
}

function SelectionBar({ selected, onClear }: { selected: readonly number[]; onClear: () => void }) {
  const many = selected.length > MOST_COMPARED;
  return (
    <section className={classes.bar} aria-label="Selection">
      <Group gap="sm">
        <Text size="sm" fw={550}>
          {plural(selected.length, "run")} selected
        </Text>
        {(selected.length < 2 || many) && (
          <Text size="sm" c="dimmed">
            {many ? `At most ${MOST_COMPARED} can be compared.` : "Select another one to compare."}
          </Text>
        )}
        {selected.length > 1 && !many && (
          <Button
            component={Link}
            to={compareAddress(selected)}
            size="xs"
            leftSection={<IconChartLine size={15} />}
          >
            Compare
          </Button>
        )}
        <Button variant="subtle" size="xs" onClick={onClear}>
          Clear
        </Button>
      </Group>
    </section>
  );
}
