import { Button, Group, Skeleton, Stack, Table, Text } from "@mantine/core";
import { IconListCheck } from "@tabler/icons-react";
import { Link, Navigate, useNavigate, useParams } from "react-router";
import {
  useBulkChangeJob,
  useCancelBulkChange,
  useSkippedImages,
  useUndoBulkChange,
} from "@/api/bulkChanges";
import { isActive } from "@/api/jobs";
import { asProblem } from "@/api/problem";
import { useSession } from "@/api/session";
import type { BulkChangeJob } from "@/api/types";
import { Ago } from "@/components/Ago";
import { EmptyState } from "@/components/EmptyState";
import { ErrorNotice } from "@/components/ErrorNotice";
import { LoadMore } from "@/components/LoadMore";
import { Page, Panel, Stat, Stats } from "@/components/Page";
import { ProgressLine } from "@/components/ProgressLine";
import { StateBadge } from "@/components/StateBadge";
import { formatCount } from "@/lib/format";
import { may } from "@/lib/roles";
import NotFoundPage from "../NotFoundPage";
import { useCurrentDataset } from "./DatasetLayout";

/** What a change of many images did, and what it left as it was. */
export default function BulkChangePage() {
  const { slug = "", id = "" } = useParams();
  const query = useBulkChangeJob(Number(id));
  if (query.isError) {
    if (asProblem(query.error).status === 404) return <NotFoundPage />;
    return (
      <Page title="Change of many images">
        <ErrorNotice error={query.error} onRetry={() => void query.refetch()} />
      </Page>
    );
  }
  if (!query.data) {
    return (
      <Page title="Change of many images">
        <Skeleton height={240} />
      </Page>
    );
  }
  const { dataset } = query.data;
  if (dataset !== slug) return <Navigate to={`/datasets/${dataset}/changes/${id}`} replace />;
  return <Result job={query.data} />;
}

function Result({ job }: { job: BulkChangeJob }) {
  const { role } = useCurrentDataset();
  const myId = useSession().data?.user?.id;
  const cancel = useCancelBulkChange(job.id);
  const undo = useUndoBulkChange(job.dataset, job.id);
  const navigate = useNavigate();
  const active = isActive(job.state);
  const mayCancel = may(role, "manage") || job.created_by?.id === myId;
  return (
    <Page
      title={job.title}
      lead={
        <>
          <Ago time={job.created_at} />
          {job.created_by && ` by ${job.created_by.display_name || job.created_by.username}`}
        </>
      }
      actions={
        active ? (
          mayCancel && (
            <Button
              variant="default"
              loading={cancel.isPending}
              disabled={job.state === "cancelling"}
              onClick={() => cancel.mutate()}
            >
              Cancel
            </Button>
          )
        ) : (
          <Group gap="xs">
            {job.is_undoable && may(role, "manage") && (
              <Button
                variant="default"
                loading={undo.isPending}
                onClick={() =>
                  undo.mutate(undefined, {
                    onSuccess: (other) => void navigate(`/datasets/${job.dataset}/changes/${other.id}`),
                  })
                }
              >
                Take it back
              </Button>
            )}
            <Button component={Link} to={`/datasets/${job.dataset}`}>
              Look at the images
            </Button>
          </Group>
        )
      }
    >
      <Stack gap="lg">
        {cancel.isError && <ErrorNotice error={cancel.error} />}
        {undo.isError && <ErrorNotice error={undo.error} />}
        {active && (
          <Panel title="Changing">
            <ProgressLine progress={job.progress} label="Changing" />
          </Panel>
        )}
        {job.state === "failed" && (
          <ErrorNotice
            title="The change stopped"
            error={new Error(job.error || "The worker's log says more.")}
          />
        )}
        <Group gap="xl" align="flex-end">
          <StateBadge state={job.state} />
          <Stats>
            <Stat label="Changed" value={formatCount(job.changed)} />
            <Stat label="Left as before" value={formatCount(job.skipped)} />
            {!active && job.left > 0 && <Stat label="Not reached" value={formatCount(job.left)} />}
          </Stats>
        </Group>
        {job.state === "cancelled" && job.left > 0 && (
          <Text size="sm">What was changed stays changed. Select the rest on the page Images to go on.</Text>
        )}
        <Skipped job={job} />
      </Stack>
    </Page>
  );
}

function Skipped({ job }: { job: BulkChangeJob }) {
  const skipped = useSkippedImages(job.id);
  if (skipped.isError) return <ErrorNotice error={skipped.error} onRetry={() => void skipped.refetch()} />;
  if (skipped.isPending) return <Skeleton height={160} />;
  if (skipped.items.length === 0) {
    return job.state === "finished" ? (
      <EmptyState icon={IconListCheck} title="Nothing was left as before" />
    ) : null;
  }
  return (
    <div>
      <Panel title="Left as before" flush>
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Image</Table.Th>
              <Table.Th>Reason</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {skipped.items.map((row) => (
              <Table.Tr key={row.id}>
                <Table.Td style={{ overflowWrap: "anywhere" }}>
                  {row.file_name || "An image that is gone"}
                </Table.Td>
                <Table.Td style={{ overflowWrap: "anywhere" }}>{row.reason}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Panel>
      <LoadMore list={skipped} />
    </div>
  );
}
