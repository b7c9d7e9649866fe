import {
  ActionIcon,
  Alert,
  Anchor,
  Button,
  Group,
  Menu,
  Skeleton,
  Stack,
  Text,
  Tooltip,
} from "@mantine/core";
import { IconCheck, IconDownload, IconInfoCircle, IconPackageExport, IconTrash } from "@tabler/icons-react";
import { useDeleteExport, useExportFormats, useExports, useStartExport } from "@/api/checkpoints";
import { isActive } from "@/api/jobs";
import type { Export, ExportFormatInfo } from "@/api/types";
import { ErrorNotice } from "@/components/ErrorNotice";
import { StateBadge } from "@/components/StateBadge";
import { formatBytes, formatDuration } from "@/lib/format";
import { isFaithful, verificationWords } from "./words";

/** The exports of a checkpoint, and the formats that it can be exported to here. `mayTake`: download them. */
export function ExportList({
  checkpoint,
  mayManage,
  mayTake,
}: {
  checkpoint: number;
  mayManage: boolean;
  mayTake: boolean;
}) {
  const exports = useExports(checkpoint);
  const formats = useExportFormats();
  const start = useStartExport(checkpoint);
  const known = formats.data ?? [];
  return (
    <Stack gap="sm">
      <Group justify="space-between">
        <Text fw={600} size="sm">
          Exports
        </Text>
        {mayManage && (
          <FormatMenu
            formats={known}
            pending={start.isPending}
            onChoose={(format) => start.mutate({ format })}
          />
        )}
      </Group>
      {start.isError && <ErrorNotice error={start.error} />}
      {formats.isError && <ErrorNotice error={formats.error} onRetry={() => void formats.refetch()} />}
      {exports.isError && <ErrorNotice error={exports.error} onRetry={() => void exports.refetch()} />}
      {exports.isPending && <Skeleton height={48} />}
      {exports.data?.length === 0 && (
        <Text size="sm" c="dimmed">
          None yet. An export predicts the same validation images as the checkpoint, and says how much it
          differs.
        </Text>
      )}
      {exports.data?.map((item) => (
        <ExportRow
          key={item.id}
          item={item}
          name={known.find(({ format }) => format === item.format)?.name ?? item.format}
          mayManage={mayManage}
          mayTake={mayTake}
        />
      ))}
    </Stack>
  );
}

function FormatMenu({
  formats,
  pending,
  onChoose,
}: {
  formats: readonly ExportFormatInfo[];
  pending: boolean;
  onChoose: (format: ExportFormatInfo["format"]) => void;
}) {
  return (
    <Menu position="bottom-end" width={320}>
      <Menu.Target>
        <Button
          size="xs"
          variant="default"
          loading={pending}
          disabled={formats.length === 0}
          leftSection={<IconPackageExport size={14} />}
        >
          Export …
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {formats.map(({ format, name, reason }) => (
          <Menu.Item key={format} disabled={reason !== ""} onClick={() => onChoose(format)}>
            <Text size="sm">{name}</Text>
            {reason && <Text size="xs">{reason}</Text>}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

function ExportRow({
  item,
  name,
  mayManage,
  mayTake,
}: {
  item: Export;
  name: string;
  mayManage: boolean;
  mayTake: boolean;
}) {
  const remove = useDeleteExport(item.checkpoint);
  const label = `${name} at ${item.image_size} px`;
  return (
    <Stack gap={6} py="xs" style={{ borderTop: "1px solid var(--mantine-color-default-border)" }}>
      <Group justify="space-between" wrap="nowrap" gap="xs">
        <div style={{ minWidth: 0 }}>
          {item.url && mayTake ? (
            <Anchor href={item.url} download size="sm" fw={550}>
              <IconDownload size={14} aria-hidden="true" /> {label}
            </Anchor>
          ) : (
            <Text size="sm" fw={550}>
              {label}
            </Text>
          )}
          {item.state === "finished" && (
            <Text size="xs" c="dimmed">
              {item.file_name}, {formatBytes(item.size_bytes)}, made in {formatDuration(item.seconds)}
            </Text>
          )}
        </div>
        <Group gap="xs" wrap="nowrap">
          <StateBadge state={item.state} size="xs" />
          {mayManage && (
            <Tooltip label={isActive(item.state) ? "Cancel" : "Delete"}>
              <ActionIcon
                variant="subtle"
                color="gray"
                aria-label={`${isActive(item.state) ? "Cancel" : "Delete"} the export ${label}`}
                loading={remove.isPending}
                onClick={() => remove.mutate(item.id)}
              >
                <IconTrash size={16} />
              </ActionIcon>
            </Tooltip>
          )}
        </Group>
      </Group>
      {item.state === "queued" && (
        <Text size="xs" c="dimmed">
          {item.waits_for}
        </Text>
      )}
      {item.error && (
        <Text size="sm" style={{ overflowWrap: "anywhere" }}>
          {item.error} {item.error_hint}
        </Text>
      )}
      {item.verification && (
        <Alert
          variant="light"
          p="xs"
          color={isFaithful(item.verification) ? undefined : "yellow"}
          icon={isFaithful(item.verification) ? <IconCheck size={16} /> : <IconInfoCircle size={16} />}
        >
          <Text size="sm">{verificationWords(item.verification)}</Text>
        </Alert>
      )}
      {remove.isError && <ErrorNotice error={remove.error} />}
    </Stack>
  );
}
