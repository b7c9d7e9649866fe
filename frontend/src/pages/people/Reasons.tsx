import { Progress, Stack, Table, Text } from "@mantine/core";
import type { People } from "@/api/types";
import { Panel } from "@/components/Page";
import { formatCount } from "@/lib/format";
import { REASON_WORDS, SEND_BACK_REASONS } from "@/lib/reasons";

/** Why work was sent back, of all and of each person; nothing where nobody ticked a reason. */
export function Reasons({ people: { people, reasons } }: { people: People }) {
  const most = Math.max(...SEND_BACK_REASONS.map((reason) => reasons[reason] ?? 0));
  if (most === 0) return null;
  const named = people.filter((person) => Object.keys(person.reasons).length > 0);
  return (
    <Panel title="Why work was sent back">
      <Table className="tabular">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Reason</Table.Th>
            <Table.Th ta="right">All</Table.Th>
            {named.map(({ user }) => (
              <Table.Th key={user.id} ta="right">
                {user.display_name || user.username}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {SEND_BACK_REASONS.map((reason) => (
            <Table.Tr key={reason}>
              <Table.Td miw={160}>
                <Stack gap={4}>
                  <Text size="sm">{REASON_WORDS[reason]}</Text>
                  <Progress size="xs" value={((reasons[reason] ?? 0) / most) * 100} aria-hidden />
                </Stack>
              </Table.Td>
              <Table.Td ta="right">{formatCount(reasons[reason] ?? 0)}</Table.Td>
              {named.map((person) => (
                <Table.Td key={person.user.id} ta="right">
                  {formatCount(person.reasons[reason] ?? 0)}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Panel>
  );
}
