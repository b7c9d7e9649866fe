import { Table, Text } from "@mantine/core";
import type { Tally } from "@/api/types";
import { Panel } from "@/components/Page";
import { formatCount } from "@/lib/format";

/** Images and objects of a source, each counted once: losses first. */
export function ImportTallies({
  images,
  objects,
  foreseen = false,
}: {
  images: Tally;
  objects: Tally;
  /** Of a dry run: what would come in. */
  foreseen?: boolean;
}) {
  return (
    <Panel flush>
      <Table aria-label="Counts" style={{ tableLayout: "fixed", minWidth: 320 }}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{foreseen ? "Would be" : ""}</Table.Th>
            <Table.Th ta="right">Refused</Table.Th>
            <Table.Th ta="right">Repaired</Table.Th>
            <Table.Th ta="right">Taken</Table.Th>
            <Table.Th ta="right">In source</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          <TallyRow name="Images" tally={images} />
          <TallyRow name="Objects" tally={objects} />
        </Table.Tbody>
      </Table>
    </Panel>
  );
}

function TallyRow({ name, tally }: { name: string; tally: Tally }) {
  return (
    <Table.Tr>
      <Table.Th scope="row">{name}</Table.Th>
      <Table.Td ta="right" className="tabular">
        <Text
          component="span"
          size="sm"
          fw={tally.refused ? 600 : 400}
          c={tally.refused ? "var(--mantine-color-orange-text)" : "dimmed"}
        >
          {formatCount(tally.refused)}
        </Text>
      </Table.Td>
      <Table.Td ta="right" className="tabular">
        {formatCount(tally.repaired)}
      </Table.Td>
      <Table.Td ta="right" className="tabular">
        {formatCount(tally.taken)}
      </Table.Td>
      <Table.Td ta="right" className="tabular">
        {formatCount(tally.source)}
      </Table.Td>
    </Table.Tr>
  );
}
