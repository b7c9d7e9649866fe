import { Button, Group, Select, Skeleton, Table } from "@mantine/core";
import { IconChartLine, IconPlus } from "@tabler/icons-react";
import { Link } from "react-router";
import { useRuns } from "@/api/runs";
import { DatasetSelect } from "@/components/DatasetSelect";
import { EmptyState } from "@/components/EmptyState";
import { ErrorNotice } from "@/components/ErrorNotice";
import { LoadMore } from "@/components/LoadMore";
import { Page, Panel } from "@/components/Page";
import { SearchField } from "@/components/SearchField";
import { STATE_WORDS } from "@/components/StateBadge";
import { oneOf, text, useUrlState } from "@/lib/urlState";
import { RunRow } from "./RunRow";

const STATES = ["all", "queued", "running", "cancelling", "finished", "cancelled", "failed"] as const;
const ADDRESS = { dataset: text(), state: oneOf(STATES, "all"), search: text() };

export default function RunsPage() {
  const [filters, setAddress] = useUrlState(ADDRESS);
  const runs = useRuns(filters);
  const filtered = filters.dataset !== "" || filters.state !== "all" || filters.search !== "";
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
        <Panel flush>
          <Table miw={980}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Run</Table.Th>
                <Table.Th>Dataset</Table.Th>
                <Table.Th>Base model</Table.Th>
                <Table.Th w={190}>State</Table.Th>
                <Table.Th w={180}>Best mask mAP50</Table.Th>
                <Table.Th>Duration</Table.Th>
                <Table.Th>Device</Table.Th>
                <Table.Th>Started</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {runs.items.map((run) => (
                <RunRow key={run.id} run={run} />
              ))}
            </Table.Tbody>
          </Table>
        </Panel>
      )}
      <LoadMore list={runs} />
    </Page>
  );
}
