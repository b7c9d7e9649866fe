import { Radio, Stack, Table, Text } from "@mantine/core";
import type { SimplifyingCost } from "@/api/types";
import { Panel } from "@/components/Page";
import { formatCount, plural } from "@/lib/format";

/** How much simpler outlines would be, and what that costs; every point is kept unless asked. */
export function SimplifyOutlines({
  costs,
  chosen,
  onChoose,
}: {
  costs: readonly SimplifyingCost[];
  chosen: number;
  onChoose: (tolerancePx: number) => void;
}) {
  const [first] = costs;
  if (!first || costs.every(({ points_before, points_after }) => points_after === points_before)) return null;
  return (
    <Panel title="Outlines">
      <Stack gap="sm">
        <Text size="sm">
          Simplified, no point of an outline moves farther than the tolerance. Measured over{" "}
          {plural(first.objects, "outline")}. Outlines that touch may part.
        </Text>
        <Table.ScrollContainer minWidth={430}>
          <Table>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Tolerance</Table.Th>
                <Table.Th ta="right">Points</Table.Th>
                <Table.Th ta="right">Lowest IoU</Table.Th>
                <Table.Th ta="right">Median IoU</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              <Row
                label="Keep every point"
                isChosen={chosen === 0}
                onChoose={() => onChoose(0)}
                cells={[formatCount(first.points_before), "1.0000", "1.0000"]}
              />
              {costs.map(({ tolerance_px, points_after, lowest_iou, median_iou }) => (
                <Row
                  key={tolerance_px}
                  label={`${tolerance_px} px`}
                  isChosen={chosen === tolerance_px}
                  onChoose={() => onChoose(tolerance_px)}
                  cells={[formatCount(points_after), lowest_iou.toFixed(4), median_iou.toFixed(4)]}
                />
              ))}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      </Stack>
    </Panel>
  );
}

function Row({
  label,
  isChosen,
  onChoose,
  cells,
}: {
  label: string;
  isChosen: boolean;
  onChoose: () => void;
  cells: readonly string[];
}) {
  return (
    <Table.Tr>
      <Table.Td>
        <Radio name="simplify-outlines" label={label} checked={isChosen} onChange={onChoose} />
      </Table.Td>
      {cells.map((cell, place) => (
        <Table.Td key={place} ta="right" style={{ fontVariantNumeric: "tabular-nums" }}>
          {cell}
        </Table.Td>
      ))}
    </Table.Tr>
  );
}
