import { Table, Text } from "@mantine/core";
import type { Search, Trial } from "@/api/types";
import { Panel } from "@/components/Page";
import { formatArgument } from "./trials";

/** What the best trial was given, beside what the first one had. */
export function BestArguments({
  search,
  best,
  first,
}: {
  search: Search;
  best: Trial | undefined;
  first: Trial | undefined;
}) {
  if (!best) return null;
  return (
    <Panel title="The best arguments so far" flush>
      <Table miw={520}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Argument</Table.Th>
            <Table.Th ta="right">Trial {best.number + 1}, the best</Table.Th>
            <Table.Th ta="right">Trial 1</Table.Th>
            <Table.Th ta="right">Searched</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {search.space.map(({ name, low, high, log }) => (
            <Table.Tr key={name}>
              <Table.Td>
                <Text size="sm" ff="monospace">
                  {name}
                </Text>
              </Table.Td>
              <Table.Td ta="right" className="tabular" fw={600}>
                {formatArgument(best.parameters[name])}
              </Table.Td>
              <Table.Td ta="right" className="tabular">
                {formatArgument(first?.parameters[name])}
              </Table.Td>
              <Table.Td ta="right" className="tabular" c="dimmed">
                {formatArgument(low)} to {formatArgument(high)}
                {log && ", log"}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Panel>
  );
}
