import { Anchor, Button, SegmentedControl, Skeleton, Stack, Table, Text } from "@mantine/core";
import { StateBadge } from "@/components/StateBadge";
import { IconArrowBackUp, IconClipboardCheck, IconDownload } from "@tabler/icons-react";
import { useState } from "react";
import { Link, Navigate, useParams } from "react-router";
import {
  isActive,
  useCancelImport,
  useImport,
  useImportReport,
  useResumeImport,
  useUndoImport,
} from "@/api/jobs";
import { asProblem } from "@/api/problem";
import type { Import, ImportOutcome } from "@/api/types";
import { Ago } from "@/components/Ago";
import { ConfirmDialog } from "@/components/ConfirmDialog";
import { EmptyState } from "@/components/EmptyState";
import { ErrorNotice } from "@/components/ErrorNotice";
import { LoadMore } from "@/components/LoadMore";
import { Page, Panel } from "@/components/Page";
import { ProgressLine } from "@/components/ProgressLine";
import { plural } from "@/lib/format";
import { may } from "@/lib/roles";
import { oneOf, useUrlState } from "@/lib/urlState";
import NotFoundPage from "../NotFoundPage";
import { useCurrentDataset } from "./DatasetLayout";
import { ImportLook } from "./ImportLook";
import { ImportTallies } from "./ImportTallies";

const OUTCOMES = ["all", "refused", "repaired", "taken"] as const;
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
  const dataset = useCurrentDataset();
  const active = isActive(job.state);
  const manages = may(dataset.role, "manage");
  const isChoice = job.is_dry_run && job.state === "finished";
  return (
    <Page
      title={job.source_name || `Import ${job.id}`}
      lead={
        <>
          <Ago time={job.created_at} />
          {job.created_by && ` by ${job.created_by.display_name || job.created_by.username}`}
          {job.format && `, ${job.format}`}
        </>
      }
      actions={active ? manages && <StopButton job={job} /> : <Actions job={job} manages={manages} />}
    >
      <Stack gap="lg">
        {active && (
          <Panel title={job.is_dry_run ? "Reading everything" : "Importing"}>
            <ProgressLine progress={job.progress} label={job.is_dry_run ? "Reading" : "Importing"} />
          </Panel>
        )}
        {job.state === "failed" && (
          <ErrorNotice
            title={job.is_dry_run ? "This cannot be imported" : "The import failed"}
            error={new Error(job.error || "The log of the worker says more.")}
          />
        )}
        <Kept job={job} />
        {!isChoice && (
          <>
            <StateBadge state={job.state} ending={job.ending} />
            {!job.is_dry_run && <ImportTallies images={job.images} objects={job.objects} />}
            {job.images_updated > 0 && (
              <Text size="sm">
                {plural(job.images_updated, "image")} that {job.images_updated === 1 ? "was" : "were"} here
                already {job.images_updated === 1 ? "has" : "have"} other labels now; their history keeps the
                old ones.
              </Text>
            )}
            {!job.is_dry_run && <ReportRows job={job} />}
          </>
        )}
        {isChoice && <ImportLook job={job} dataset={dataset} />}
      </Stack>
    </Page>
  );
}

/** What an import that stopped has kept. */
function Kept({ job }: { job: Import }) {
  if (job.is_dry_run || job.undone_at || (job.state !== "cancelled" && job.state !== "failed")) return null;
  const kept = job.images.taken + job.images.repaired;
  return (
    <Text size="sm">
      {kept === 0
        ? "Nothing was taken in."
        : `${plural(kept, "image")} had been taken in and ${kept === 1 ? "is" : "are"} kept.`}
      {job.is_resumable && " It can go on where it stopped."}
      {kept > 0 && " You can also take it back as a whole."}
    </Text>
  );
}

function StopButton({ job }: { job: Import }) {
  const cancel = useCancelImport(job.id);
  return (
    <>
      {cancel.isError && <ErrorNotice error={cancel.error} />}
      <Button
        variant="default"
        loading={cancel.isPending}
        disabled={job.state === "cancelling"}
        onClick={() => cancel.mutate()}
      >
        {job.is_dry_run ? "Cancel" : "Stop"}
      </Button>
    </>
  );
}

function Actions({ job, manages }: { job: Import; manages: boolean }) {
  const resume = useResumeImport(job.id);
  if (job.is_dry_run) return null;
  const brought = job.images.taken + job.images.repaired + job.images_updated;
  return (
    <>
      {resume.isError && <ErrorNotice error={resume.error} />}
      {manages && brought > 0 && !job.undone_at && <TakeBack job={job} />}
      <Button
        component="a"
        variant="default"
        leftSection={<IconDownload size={16} />}
        href={`/api/imports/${job.id}/report.csv`}
        download
      >
        Report as CSV
      </Button>
      {manages && job.is_resumable && (
        <Button variant="default" loading={resume.isPending} onClick={() => resume.mutate()}>
          Go on
        </Button>
      )}
      <Button component={Link} to={`/datasets/${job.dataset}?import=${job.id}`}>
        Look at the images
      </Button>
    </>
  );
}

function TakeBack({ job }: { job: Import }) {
  const undo = useUndoImport(job.id);
  const [asking, setAsking] = useState(false);
  const brought = job.images.taken + job.images.repaired;
  return (
    <>
      <Button variant="default" leftSection={<IconArrowBackUp size={16} />} onClick={() => setAsking(true)}>
        Take it back
      </Button>
      <ConfirmDialog
        opened={asking}
        onClose={() => setAsking(false)}
        title="Take the import back?"
        consequences={[
          `The ${plural(brought, "image")} that it brought and that nobody has edited go to the trash.`,
          ...(job.images_updated > 0
            ? [`The labels of ${plural(job.images_updated, "image")} become what they were before it.`]
            : []),
          "If somebody has edited one of them since, nothing is taken back, and you are told which.",
        ]}
        confirmLabel="Take it back"
        pending={undo.isPending}
        error={undo.error}
        onConfirm={() => undo.mutate(undefined, { onSuccess: () => setAsking(false) })}
      />
    </>
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
                <Table.Th miw={260}>File</Table.Th>
                <Table.Th w={70} ta="right">
                  Line
                </Table.Th>
                <Table.Th miw={280}>Reason</Table.Th>
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
                  <Table.Td style={{ overflowWrap: "anywhere" }}>
                    {row.changed_image ? (
                      <Anchor
                        component={Link}
                        to={`/datasets/${job.dataset}/edit/${row.changed_image}`}
                        size="sm"
                      >
                        {row.file}
                      </Anchor>
                    ) : (
                      row.file
                    )}
                  </Table.Td>
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
