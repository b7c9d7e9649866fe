import { Alert, List, Table, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useRunData } from "@/api/versions";
import { Panel } from "@/components/Page";
import { formatCount } from "@/lib/format";

/** What the trainer really read, beside what the version holds. Nothing before it has said so. */
export function UsedDataPanel({ runId }: { runId: number }) {
  const { data } = useRunData(runId);
  if (!data || data.splits.length === 0) return null;
  const of = (used: number, frozen: number | null) =>
    frozen === null || frozen === used ? formatCount(used) : `${formatCount(used)} of ${formatCount(frozen)}`;
  return (
    <Panel title="What it was trained on">
      {data.differs && (
        <Alert
          color="yellow"
          variant="light"
          icon={<IconAlertTriangle size={18} />}
          title="Not all of the version was used"
          mb="sm"
        >
          <List size="sm">
            {data.splits.flatMap((split) =>
              split.differences.map((line) => (
                <List.Item key={split.split + line}>
                  {split.split}: {line}
                </List.Item>
              )),
            )}
          </List>
        </Alert>
      )}
      <Table verticalSpacing={4}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Split</Table.Th>
            <Table.Th ta="right">Images</Table.Th>
            <Table.Th ta="right">Background</Table.Th>
            <Table.Th ta="right">Refused</Table.Th>
            <Table.Th ta="right">Objects</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {data.splits.map((split) => (
            <Table.Tr key={split.split} title={split.messages.join("\n")}>
              <Table.Td>{split.split}</Table.Td>
              <Table.Td ta="right">{of(split.images, split.version_images)}</Table.Td>
              <Table.Td ta="right">{of(split.backgrounds, split.version_backgrounds)}</Table.Td>
              <Table.Td ta="right">{formatCount(split.corrupt)}</Table.Td>
              <Table.Td ta="right">{of(split.instances, split.version_instances)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {!data.differs && (
        <Text size="xs" c="dimmed" mt={6}>
          As the version holds it.
        </Text>
      )}
    </Panel>
  );
}
