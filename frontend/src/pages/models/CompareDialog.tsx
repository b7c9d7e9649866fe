import { Modal, Skeleton, Stack, Table, Text } from "@mantine/core";
import { useCheckpointsById } from "@/api/checkpoints";
import type { Checkpoint } from "@/api/types";
import { ErrorNotice } from "@/components/ErrorNotice";
import { figureWords } from "@/lib/figures";
import { formatBytes } from "@/lib/format";
import { FigureLink } from "./FigureLink";
import { Tags } from "./Tags";
import { checkpointName, compareMetrics, findDifferences } from "./words";

/** Checkpoints side by side: metrics, and the arguments in which they differ. */
export function CompareDialog({ ids, onClose }: { ids: readonly number[]; onClose: () => void }) {
  const queries = useCheckpointsById(ids);
  const failed = queries.find(({ isError }) => isError);
  const checkpoints = queries.flatMap(({ data }) => (data ? [data] : []));
  return (
    <Modal opened onClose={onClose} title={`Compare ${ids.length} checkpoints`} size="auto">
      {failed && <ErrorNotice error={failed.error} />}
      {queries.some(({ isPending }) => isPending) && <Skeleton height={300} width={560} />}
      {checkpoints.length === ids.length && <Comparison checkpoints={checkpoints} />}
    </Modal>
  );
}

function Comparison({ checkpoints }: { checkpoints: readonly Checkpoint[] }) {
  const differences = findDifferences(checkpoints);
  return (
    <Stack gap="md">
      <Text size="xs" c="dimmed" maw={640}>
        Metrics of each run's own validation while it trained; only those on the same version can be compared
        number by number.
      </Text>
      <div style={{ overflowX: "auto" }}>
        <Table miw={560}>
          <Table.Thead>
            <Table.Tr>
              <Table.Td />
              {checkpoints.map((checkpoint) => (
                <Table.Th key={checkpoint.id} ta="right" maw={200} style={{ verticalAlign: "top" }}>
                  <Text size="sm" fw={600} truncate title={checkpointName(checkpoint)}>
                    {checkpointName(checkpoint)}
                  </Text>
                  <Tags tags={checkpoint.tags} />
                </Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {compareMetrics(checkpoints).map(({ label, values, reasons, best }) => (
              <Table.Tr key={label}>
                <Table.Td>{label}</Table.Td>
                {values.map((value, i) => (
                  <Table.Td
                    key={checkpoints[i]?.id}
                    ta="right"
                    fw={best !== null && value === best ? 700 : 400}
                  >
                    <FigureLink checkpoint={checkpoints[i]}>{figureWords(value, reasons[i])}</FigureLink>
                  </Table.Td>
                ))}
              </Table.Tr>
            ))}
            <Table.Tr>
              <Table.Td>Size</Table.Td>
              {checkpoints.map(({ id, size_bytes }) => (
                <Table.Td key={id} ta="right">
                  {formatBytes(size_bytes)}
                </Table.Td>
              ))}
            </Table.Tr>
            {differences.length > 0 && (
              <Table.Tr>
                <Table.Th colSpan={checkpoints.length + 1} pt="md">
                  Arguments that differ
                </Table.Th>
              </Table.Tr>
            )}
            {differences.map(({ label, values }) => (
              <Table.Tr key={label}>
                <Table.Td>{label}</Table.Td>
                {values.map((value, i) => (
                  <Table.Td key={checkpoints[i]?.id} ta="right">
                    {value}
                  </Table.Td>
                ))}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </div>
      {differences.length === 0 && <Text size="sm">They were trained with the same arguments.</Text>}
    </Stack>
  );
}
