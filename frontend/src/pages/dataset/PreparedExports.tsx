import { ActionIcon, Button, Group, Stack, Text } from "@mantine/core";
import { IconDownload, IconTrash, IconX } from "@tabler/icons-react";
import { useDatasetExports, useDeleteDatasetExport, useLabelFormats } from "@/api/exports";
import { isActive } from "@/api/jobs";
import type { Dataset, DatasetExport } from "@/api/types";
import { Ago } from "@/components/Ago";
import { ErrorNotice } from "@/components/ErrorNotice";
import { LoadMore } from "@/components/LoadMore";
import { Panel } from "@/components/Page";
import { ProgressLine } from "@/components/ProgressLine";
import { StateBadge } from "@/components/StateBadge";
import { formatBytes, plural } from "@/lib/format";

/** Exports that the server prepared or prepares, the newest first; nothing where there are none. */
export function PreparedExports({ dataset }: { dataset: Dataset }) {
  const exports = useDatasetExports(dataset.slug);
  const formats = useLabelFormats();
  const remove = useDeleteDatasetExport(dataset.slug);
  if (exports.isError) return <ErrorNotice error={exports.error} onRetry={() => void exports.refetch()} />;
  if (exports.items.length === 0) return null;
  return (
    <Panel title="Prepared">
      <Stack gap="md">
        {remove.isError && <ErrorNotice error={remove.error} />}
        {exports.items.map((item) => (
          <PreparedExport
            key={item.id}
            item={item}
            title={formats.data?.find(({ name }) => name === item.format)?.title ?? item.format}
            isRemoving={remove.isPending && remove.variables === item.id}
            onRemove={() => remove.mutate(item.id)}
          />
        ))}
      </Stack>
      <LoadMore list={exports} />
    </Panel>
  );
}

type RowProps = { item: DatasetExport; title: string; isRemoving: boolean; onRemove: () => void };

function PreparedExport({ item, title, isRemoving, onRemove }: RowProps) {
  const active = isActive(item.state);
  const isReady = item.state === "finished";
  const from = item.selection.version ? `version ${item.selection.version}` : "the dataset as it was";
  return (
    <Group justify="space-between" gap="sm">
      <div style={{ flex: "1 1 240px", minWidth: 0 }}>
        <Text size="sm" fw={500}>
          {title}, {from}
        </Text>
        <Text size="xs" c="dimmed">
          {plural(item.image_count, "image")}, {plural(item.object_count, "object")}
          {isReady && `, ${formatBytes(item.size_bytes)}`} · <Ago time={item.created_at} />
          {item.created_by && ` by ${item.created_by.display_name || item.created_by.username}`}
        </Text>
        {isReady && item.loss_count > 0 && (
          <Text size="xs" c="var(--mantine-color-error)">
            {plural(item.loss_count, "object or image", "objects or images")} could not be held as{" "}
            {item.loss_count === 1 ? "it is" : "they are"}.
          </Text>
        )}
        {active && <ProgressLine compact progress={item.progress} label={`Export as ${title}`} />}
        {item.error && (
          <Text size="xs" c="var(--mantine-color-error)">
            {item.error}
          </Text>
        )}
      </div>
      <Group gap="xs" wrap="nowrap">
        {isReady ? (
          <Button
            component="a"
            href={item.file_url}
            download
            size="compact-sm"
            variant="default"
            leftSection={<IconDownload size={15} />}
            aria-label={`Download ${title}, ${from}`}
          >
            Download
          </Button>
        ) : (
          <StateBadge state={item.state} />
        )}
        <ActionIcon
          variant="subtle"
          color="gray"
          loading={isRemoving}
          disabled={item.state === "cancelling"}
          aria-label={active ? `Stop the export as ${title}` : `Remove the export as ${title}`}
          onClick={onRemove}
        >
          {active ? <IconX size={16} /> : <IconTrash size={16} />}
        </ActionIcon>
      </Group>
    </Group>
  );
}
