import { Alert, Button, Group, Menu, Skeleton, Stack, Table, Text, VisuallyHidden } from "@mantine/core";
import { IconBolt, IconPackageExport, IconPackages } from "@tabler/icons-react";
import { useFormatTable, useStartAllExports, useStartExport } from "@/api/checkpoints";
import type { Checkpoint, FormatRow } from "@/api/types";
import { ErrorNotice } from "@/components/ErrorNotice";
import { formatBytes } from "@/lib/format";
import { ExportRow } from "./ExportRow";
import classes from "./Exports.module.css";
import { mapWords } from "./words";

/** Every format of a checkpoint: size, speed and figures beside the .pt's. `mayTake`: download them. */
export function ExportTable({
  checkpoint,
  mayManage,
  mayTake,
}: {
  checkpoint: Checkpoint;
  mayManage: boolean;
  mayTake: boolean;
}) {
  const table = useFormatTable(checkpoint.id);
  const start = useStartExport(checkpoint.id);
  const startAll = useStartAllExports(checkpoint.id);
  const rows = table.data?.rows ?? [];
  const exported = rows.flatMap((row) => row.exports);
  return (
    <Stack gap="sm">
      <Group justify="space-between" gap="xs">
        <Text fw={600} size="sm">
          Formats
        </Text>
        {mayManage && (
          <Group gap="xs">
            {table.data && table.data.can_make > 0 && (
              <Button
                size="xs"
                variant="subtle"
                loading={startAll.isPending}
                leftSection={<IconPackages size={14} />}
                onClick={() => startAll.mutate()}
              >
                Make all that work here ({table.data.can_make})
              </Button>
            )}
            <FormatMenu
              formats={rows}
              pending={start.isPending}
              onChoose={(format) => start.mutate({ format })}
            />
          </Group>
        )}
      </Group>
      {[start, startAll].map(({ isError, error }, i) => isError && <ErrorNotice key={i} error={error} />)}
      {table.isError && <ErrorNotice error={table.error} onRetry={() => void table.refetch()} />}
      {table.isPending && <Skeleton height={120} />}
      {table.data?.recommended && (
        <Alert variant="light" p="xs" icon={<IconBolt size={16} />}>
          <Text size="sm">
            {table.data.recommended.sentence} Predict and serve with {table.data.recommended.reference}.
          </Text>
        </Alert>
      )}
      {table.data && (
        <div className={classes.scroll}>
          <Table className={classes.table} verticalSpacing={6} horizontalSpacing={6} withRowBorders={false}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Format</Table.Th>
                <Table.Th className={classes.number}>Size</Table.Th>
                <Table.Th className={classes.number}>An image</Table.Th>
                <Table.Th className={classes.number}>Mask mAP50-95</Table.Th>
                <Table.Th>
                  <VisuallyHidden>Actions</VisuallyHidden>
                </Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              <Table.Tr className={classes.row}>
                <Table.Td>
                  <Text size="sm" fw={550}>
                    {checkpoint.kind}.pt
                  </Text>
                </Table.Td>
                <Table.Td className={classes.number}>{formatBytes(checkpoint.size_bytes)}</Table.Td>
                <Table.Td className={classes.number}>–</Table.Td>
                <Table.Td className={classes.number}>{mapWords(checkpoint.mask.map50_95)}</Table.Td>
                <Table.Td />
              </Table.Tr>
              {exported.map((item) => (
                <ExportRow
                  key={item.id}
                  item={item}
                  checkpoint={checkpoint}
                  mayManage={mayManage}
                  mayTake={mayTake}
                />
              ))}
            </Table.Tbody>
          </Table>
        </div>
      )}
      {table.data && exported.length === 0 && (
        <Text size="sm" c="dimmed">
          No exports yet. An export is measured on the validation images beside the checkpoint, at one size,
          and leaves with a certificate that says how much it differs.
        </Text>
      )}
    </Stack>
  );
}

function FormatMenu({
  formats,
  pending,
  onChoose,
}: {
  formats: readonly FormatRow[];
  pending: boolean;
  onChoose: (format: FormatRow["format"]) => void;
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
      <Menu.Dropdown mah="60vh" style={{ overflowY: "auto" }}>
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
