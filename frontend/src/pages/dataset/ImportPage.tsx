import { Button, Group, SegmentedControl, Skeleton, Stack, Table, Text } from "@mantine/core";
import { IconDownload, IconClipboardCheck } from "@tabler/icons-react";
import { Link, Navigate, useParams } from "react-router";
import { isActive, useCancelImport, useImport, useImportReport } from "@/api/jobs";
import { asProblem } from "@/api/problem";
import type { Import, ImportOutcome } from "@/api/types";
import { Ago } from "@/components/Ago";
import { EmptyState } from "@/components/EmptyState";
import { ErrorNotice } from "@/components/ErrorNotice";
import { LoadMore } from "@/components/LoadMore";
import { Page, Panel, Stat, Stats } from "@/components/Page";
import { ProgressLine } from "@/components/ProgressLine";
import { StateBadge } from "@/components/StateBadge";
import { formatCount } from "@/lib/format";
import { oneOf, useUrlState } from "@/lib/urlState";
import NotFoundPage from "../NotFoundPage";

const OUTCOMES = ["all", "taken", "repaired", "refused"] as const;
const OUTCOME_WORDS: Record<ImportOutcome, string> = {
  taken: "Taken",
  repaired: "Repaired",
  refused: "Refused",
};
const ADDRESS = { outcome: oneOf(OUTCOMES, "all") };

export default function ImportPage() {
  const { slug = "", id = "" } = useParams();
  const query = useImport(Number(id));
  if (query.isError) {
    if (asProblem(query.error).status === 404) return <NotFoundPage />;
    return (
      <Page title={`Import ${id}`}>
        <ErrorNotice error={query.error} onRetry={() => void query.refetch()} />
      </Page>
    );
  }
  if (!query.data) {
    return (
      <Page title={`Import ${id}`}>
        <Skeleton height={240} />
      </Page>
    );
  }
  const { dataset } = query.data;
  if (dataset !== slug) return <Navigate to={`/datasets/${dataset}/imports/${id}`} replace />;
  return <ImportReport job={query.data} />;
}

function ImportReport({ job }: { job: Import }) {
  const cancel = useCancelImport(job.id);
  const active = isActive(job.state);
  return (
    <Page
      title={job.source_name || `Import ${job.id}`}
      lead={
        <>
          <Ago time={job.created_at} />
          {job.created_by && ` by ${job.created_by.display_name || job.created_by.username}`}
        </>
      }
      actions={
        active ? (
          <Button
            variant="default"
            loading={cancel.isPending}
            disabled={job.state === "cancelling"}
            onClick={() => cancel.mutate()}
          >
            Cancel
          </Button>
        ) : (
          <>
            <Button
              component="a"
              variant="default"
              leftSection={<IconDownload size={16} />}
              href={`/api/imports/${job.id}/report.csv`}
              download
            >
              Report as CSV
            </Button>
            <Button component={Link} to={`/datasets/${job.dataset}`}>
              Look at the images
            </Button>
          </>
        )
      }
    >
      <Stack gap="lg">
        {cancel.isError && <ErrorNotice error={cancel.error} />}
        {active && (
          <Panel title="Importing">
            <ProgressLine progress={job.progress} label="Importing" />
          </Panel>
        )}
        {job.state === "failed" && (
          <ErrorNotice
            title="The import failed"
            error={new Error(job.error || "The log of the worker says more.")}
          />
        )}
        <Group gap="xl" align="flex-end">
          <StateBadge state={job.state} />
          <Stats>
            <Stat label="Taken" value={formatCount(job.taken)} />
            <Stat label="Repaired" value={formatCount(job.repaired)} />
            <Stat label="Refused" value={formatCount(job.refused)} />
          </Stats>
        </Group>
        <ReportRows job={job} />
      </Stack>
    </Page>
  );
}

function ReportRows({ job }: { job: Import }) {
  const [{ outcome }, setAddress] = useUrlState(ADDRESS);
  const report = useImportReport(job.id, outcome);
  return (
    <div>
      <SegmentedControl
        size="sm"
        mb="sm"
        aria-label="Show"
        value={outcome}
        onChange={(value) => setAddress({ outcome: OUTCOMES.find((known) => known === value) ?? "all" })}
        data={OUTCOMES.map((value) => ({ value, label: value === "all" ? "All" : OUTCOME_WORDS[value] }))}
      />
      {report.isError && <ErrorNotice error={report.error} onRetry={() => void report.refetch()} />}
      {report.isPending && <Skeleton height={200} />}
      {report.isSuccess && report.items.length === 0 && (
        <EmptyState
          icon={IconClipboardCheck}
          title={
            outcome === "all"
              ? "The report has no lines yet"
              : `Nothing was ${OUTCOME_WORDS[outcome].toLowerCase()}`
          }
        />
      )}
      {report.items.length > 0 && (
        <Panel flush>
          <Table>
            <Table.Thead>
              <Table.Tr>
                <Table.Th w={100}>Outcome</Table.Th>
                <Table.Th>File</Table.Th>
                <Table.Th w={70} ta="right">
                  Line
                </Table.Th>
                <Table.Th>Reason</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {report.items.map((row) => (
                <Table.Tr key={row.id}>
                  <Table.Td>
                    <Text size="sm" fw={row.outcome === "taken" ? 400 : 550} c={colorOf(row.outcome)}>
                      {OUTCOME_WORDS[row.outcome]}
                    </Text>
                  </Table.Td>
                  <Table.Td style={{ overflowWrap: "anywhere" }}>{row.file}</Table.Td>
                  <Table.Td ta="right">{row.line ?? ""}</Table.Td>
                  <Table.Td style={{ overflowWrap: "anywhere" }}>{row.reason}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Panel>
      )}
      <LoadMore list={report} />
    </div>
  );
}

function colorOf(outcome: ImportOutcome): string | undefined {
  return outcome === "refused" ? "var(--mantine-color-error)" : outcome === "taken" ? "dimmed" : undefined;
}
