import { Badge, Button, Group, Stack, Table, Text } from "@mantine/core";
import { useMeasureServed, useMoveServed, useServedCandidates } from "@/api/served";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Panel } from "@/components/Page";
import { speedWords } from "./words";

/** The checkpoint and its exports by measured speed; a click points the name at the faster one. */
export function Candidates({ name, mayManage }: { name: string; mayManage: boolean }) {
  const candidates = useServedCandidates(name);
  const measure = useMeasureServed(name);
  const move = useMoveServed(name);
  if (!candidates.data || candidates.data.length < 2) return null;
  return (
    <Panel title="Checkpoint and exports by speed" flush>
      <Table verticalSpacing="xs">
        <Table.Tbody>
          {candidates.data.map((item) => (
            <Table.Tr key={item.model.reference}>
              <Table.Td>
                <Group gap="xs">
                  <Text size="sm">{item.model.name}</Text>
                  {item.is_served && <Badge variant="light">Served</Badge>}
                  {item.is_fastest && (
                    <Badge variant="light" color="green">
                      Fastest
                    </Badge>
                  )}
                </Group>
              </Table.Td>
              <Table.Td c="dimmed" fz="sm">
                {speedWords(item)}
              </Table.Td>
              <Table.Td ta="right">
                {mayManage && (
                  <Group gap="xs" justify="flex-end" wrap="nowrap">
                    <Button
                      size="xs"
                      variant="default"
                      loading={measure.isPending && measure.variables === item.model.reference}
                      onClick={() => measure.mutate(item.model.reference)}
                    >
                      Measure
                    </Button>
                    {!item.is_served && (
                      <Button
                        size="xs"
                        variant="default"
                        loading={move.isPending && move.variables === item.model.reference}
                        onClick={() => move.mutate(item.model.reference)}
                      >
                        Serve this
                      </Button>
                    )}
                  </Group>
                )}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      <Stack gap="xs" px="md" pb="sm">
        {measure.isError && <ErrorNotice error={measure.error} />}
        {move.isError && <ErrorNotice error={move.error} />}
      </Stack>
    </Panel>
  );
}
