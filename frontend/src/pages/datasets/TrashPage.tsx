import { Anchor, Button, Group, Skeleton, Stack, Table, Text } from "@mantine/core";
import { IconArrowBackUp, IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import { Link } from "react-router";
import { asProblem } from "@/api/problem";
import { usePurgeDataset, useRestoreDataset, useTrashedDatasets } from "@/api/trash";
import type { TrashedDataset } from "@/api/types";
import { Ago } from "@/components/Ago";
import { ConfirmDialog } from "@/components/ConfirmDialog";
import { EmptyState } from "@/components/EmptyState";
import { ErrorNotice } from "@/components/ErrorNotice";
import { LoadMore } from "@/components/LoadMore";
import { Page, Panel } from "@/components/Page";
import { formatDay, plural } from "@/lib/format";
import { toast } from "@/lib/toast";
import { restoredWords } from "./restored";

export default function TrashPage() {
  const list = useTrashedDatasets();
  const [leaving, setLeaving] = useState<TrashedDataset | null>(null);
  return (
    <Page
      title="Trash"
      lead="Deleted datasets that you lead can be restored, with everything in them, until the day shown. Deleted images and objects are under Trash in their own dataset."
    >
      {list.isError && <ErrorNotice error={list.error} onRetry={() => void list.refetch()} />}
      {list.isPending && <Skeleton height={160} radius={10} role="status" aria-label="Loading" />}
      {list.isSuccess && list.items.length === 0 && (
        <EmptyState
          icon={IconTrash}
          title="No dataset in the trash"
          action={
            <Button component={Link} to="/datasets" variant="default">
              Go to the datasets
            </Button>
          }
        >
          Datasets that are deleted come here first.
        </EmptyState>
      )}
      {list.items.length > 0 && (
        <Panel flush>
          <Table>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Dataset</Table.Th>
                <Table.Th>Deleted</Table.Th>
                <Table.Th>Kept until</Table.Th>
                <Table.Th>
                  <span className="visually-hidden">Actions</span>
                </Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {list.items.map((dataset) => (
                <Row key={dataset.id} dataset={dataset} onPurge={() => setLeaving(dataset)} />
              ))}
            </Table.Tbody>
          </Table>
        </Panel>
      )}
      <LoadMore list={list} />
      {leaving && <PurgeDialog dataset={leaving} onClose={() => setLeaving(null)} />}
    </Page>
  );
}

function Row({ dataset, onPurge }: { dataset: TrashedDataset; onPurge: () => void }) {
  const restore = useRestoreDataset();
  const bringBack = () =>
    restore.mutateAsync(dataset.id).then(
      (restored) =>
        toast({
          message: (
            <>
              {restoredWords(restored, dataset.slug)}{" "}
              <Anchor component={Link} to={`/datasets/${restored.slug}`} size="sm">
                Open it
              </Anchor>
            </>
          ),
        }),
      (error: unknown) => toast({ color: "red", message: asProblem(error).message }),
    );
  return (
    <Table.Tr>
      <Table.Td miw={200}>
        <Stack gap={0}>
          <Text size="sm" fw={550} style={{ overflowWrap: "anywhere" }}>
            {dataset.name}
          </Text>
          <Text size="xs" c="dimmed" className="tabular">
            {plural(dataset.image_count, "image")} · {plural(dataset.instance_count, "object")}
          </Text>
        </Stack>
      </Table.Td>
      <Table.Td>
        <Text size="sm" component="div">
          <Ago time={dataset.deleted_at} />
        </Text>
        <Text size="xs" c="dimmed" maw={180} truncate title={dataset.deleted_by?.display_name}>
          by {dataset.deleted_by?.display_name ?? "somebody"}
        </Text>
      </Table.Td>
      <Table.Td style={{ whiteSpace: "nowrap" }}>{formatDay(dataset.purged_at)}</Table.Td>
      <Table.Td>
        <Group gap="xs" justify="flex-end">
          <Button
            size="xs"
            variant="default"
            leftSection={<IconArrowBackUp size={15} />}
            aria-label={`Restore ${dataset.name}`}
            loading={restore.isPending}
            onClick={() => void bringBack()}
          >
            Restore
          </Button>
          <Button
            size="xs"
            variant="subtle"
            c="var(--mantine-color-error)"
            aria-label={`Delete ${dataset.name} for good`}
            onClick={onPurge}
          >
            Delete for good …
          </Button>
        </Group>
      </Table.Td>
    </Table.Tr>
  );
}

function PurgeDialog({ dataset, onClose }: { dataset: TrashedDataset; onClose: () => void }) {
  const purge = usePurgeDataset();
  return (
    <ConfirmDialog
      opened
      onClose={onClose}
      title={`Delete “${dataset.name}” for good`}
      consequences={[
        `${plural(dataset.image_count, "image")} with ${plural(dataset.instance_count, "object")} and their history go for good.`,
        "Its versions, runs, checkpoints and predictions go with it.",
        "Nobody can undo this.",
      ]}
      typeToConfirm={dataset.name}
      confirmLabel="Delete it for good"
      onConfirm={() => purge.mutate(dataset.id, { onSuccess: onClose })}
      pending={purge.isPending}
      error={purge.error}
    />
  );
}
