import { Anchor, Group, Table, Text, UnstyledButton } from "@mantine/core";
import { IconArrowDown } from "@tabler/icons-react";
import { memo, type ReactNode, useMemo, useState } from "react";
import { Link } from "react-router";
import type { Basis, ClassMetrics, Curves, Evaluation } from "@/api/types";
import { ClassDot } from "@/components/ClassDot";
import { Sparkline } from "@/components/Sparkline";
import { figureWords } from "@/lib/figures";
import { formatCount } from "@/lib/format";
import { ANY } from "@/review-data/select";
import { type Average, AVERAGE_WORDS, averageRates, classRates, type Rates } from "@/review-data/rates";
import type { SelectionAddress } from "../review/address";
import { useAt } from "../review/AtConfidence";
import { NumberLink } from "./NumberLink";

/** The objects behind a figure of a class. */
const BEHIND = {
  map50: (index: number) => ({ class: index }),
  map50_95: (index: number) => ({ class: index }),
  instances: (index: number) => ({ cell: [ANY, index] }) as const,
  precision: (index: number) => ({ cell: [index, ANY] }) as const,
  recall: (index: number) => ({ cell: [ANY, index] }) as const,
  f1: (index: number) => ({ class: index }),
};
const BEHIND_ALL = {
  precision: () => ({ outcome: "predicted" }) as const,
  recall: () => ({ outcome: "labelled" }) as const,
  f1: () => ({ outcome: "all" }) as const,
};
const FIGURES = [
  ["map50", "mAP50"],
  ["map50_95", "mAP50-95"],
] as const;
const RATES = [
  ["precision", "Precision"],
  ["recall", "Recall"],
  ["f1", "F1"],
] as const;
type AddressOf = (selection: Partial<SelectionAddress>) => string;
type Column = "index" | "instances" | (typeof FIGURES)[number][0] | (typeof RATES)[number][0];

/** The highest first; `rates` are in the order of the classes. */
function sortClasses(
  rows: readonly ClassMetrics[],
  column: Column,
  basis: Basis,
  rates: readonly Rates[],
): ClassMetrics[] {
  const value = (row: ClassMetrics) => {
    if (column === "index") return -row.class_index;
    if (column === "instances") return row.instances;
    if (column === "map50" || column === "map50_95") return row[basis][column] ?? -1;
    return rates[row.class_index]?.[column] ?? -1;
  };
  return [...rows].sort((a, b) => value(b) - value(a));
}

/** Each class over all confidences, and where the slider stands; the header says by which it is sorted. */
export function PerClassTable({
  evaluation,
  basis,
  average,
  curves,
  thresholds,
  addressOf,
}: {
  evaluation: Evaluation;
  basis: Basis;
  average: Average;
  curves: Curves | undefined;
  /** At what the rates hold, in words. */
  thresholds: ReactNode;
  addressOf: AddressOf;
}) {
  const { tally } = useAt();
  const [column, setColumn] = useState<Column>("index");
  const rates = useMemo(() => (tally ? classRates(tally) : []), [tally]);
  const rows = sortClasses(evaluation.per_class, column, basis, rates);
  const total = tally ? averageRates(rates, average) : undefined;
  const head = (id: Column, label: string, right = true) => (
    <Table.Th
      key={id}
      ta={right ? "right" : "left"}
      aria-sort={column === id ? (id === "index" ? "ascending" : "descending") : "none"}
    >
      <UnstyledButton fz="sm" fw={600} onClick={() => setColumn(id)} style={{ whiteSpace: "nowrap" }}>
        {label}
        {column === id && (
          <IconArrowDown size={13} style={{ verticalAlign: -2, marginLeft: 3 }} aria-hidden="true" />
        )}
      </UnstyledButton>
    </Table.Th>
  );
  return (
    <Table>
      <Table.Thead>
        <Table.Tr style={{ borderBottom: 0 }}>
          <Table.Td colSpan={3} />
          <Table.Th colSpan={3} ta="center" fw={400} fz="xs" c="dimmed">
            over every confidence
          </Table.Th>
          <Table.Th colSpan={3} ta="right" fw={400}>
            {thresholds}
          </Table.Th>
        </Table.Tr>
        <Table.Tr>
          {head("index", "Class", false)}
          <Table.Th ta="right">Images</Table.Th>
          {head("instances", "Objects")}
          <Table.Th>Precision over recall</Table.Th>
          {FIGURES.map(([field, label]) => head(field, label))}
          {RATES.map(([field, label]) => head(field, label))}
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        <Table.Tr fw={600}>
          <Table.Td>
            <NumberLink to={addressOf({})}>All classes</NumberLink>
            <Text span size="xs" c="dimmed" fw={400}>
              {" "}
              rates: {AVERAGE_WORDS[average]}
            </Text>
          </Table.Td>
          <Table.Td ta="right">
            <NumberLink to={addressOf({ view: "images" })}>{formatCount(evaluation.image_count)}</NumberLink>
          </Table.Td>
          <Table.Td ta="right">
            <NumberLink to={addressOf({ outcome: "labelled" })}>
              {formatCount(evaluation.instance_count)}
            </NumberLink>
          </Table.Td>
          <Table.Td>
            {curves && (
              <Sparkline values={curves[basis].pr.mean} range={[0, 1]} label="Mean of the classes" />
            )}
          </Table.Td>
          {FIGURES.map(([field]) => (
            <Table.Td key={field} ta="right">
              <NumberLink to={addressOf({})}>
                {figureWords(evaluation[basis][field], evaluation.reason)}
              </NumberLink>
            </Table.Td>
          ))}
          {RATES.map(([field]) => (
            <RateCell
              key={field}
              shown={figureWords(total?.[field], total?.reason)}
              behind={BEHIND_ALL[field]}
              addressOf={addressOf}
            />
          ))}
        </Table.Tr>
        {rows.map((row) => {
          const curve = curves?.[basis].pr.per_class[curves.class_indices.indexOf(row.class_index)];
          return (
            <Table.Tr key={row.class_index}>
              <ClassCells row={row} basis={basis} curve={curve} addressOf={addressOf} />
              {RATES.map(([field]) => (
                <RateCell
                  key={field}
                  shown={figureWords(rates[row.class_index]?.[field], rates[row.class_index]?.reason)}
                  behind={BEHIND[field]}
                  index={row.class_index}
                  addressOf={addressOf}
                />
              ))}
            </Table.Tr>
          );
        })}
      </Table.Tbody>
    </Table>
  );
}

/** What holds at every confidence. */
const ClassCells = memo(function ClassCells({
  row,
  basis,
  curve,
  addressOf,
}: {
  row: ClassMetrics;
  basis: Basis;
  curve: readonly number[] | undefined;
  addressOf: AddressOf;
}) {
  return (
    <>
      <Table.Td maw={260}>
        <Group gap="xs" wrap="nowrap">
          <ClassDot color={row.color} />
          <Anchor
            component={Link}
            to={addressOf({ class: row.class_index })}
            size="sm"
            c="inherit"
            truncate
            title={`${row.name}: look at its objects`}
          >
            {row.name}
          </Anchor>
        </Group>
      </Table.Td>
      <Table.Td ta="right">
        <NumberLink to={addressOf({ ...BEHIND.instances(row.class_index), view: "images" })}>
          {formatCount(row.images)}
        </NumberLink>
      </Table.Td>
      <Table.Td ta="right">
        <NumberLink to={addressOf(BEHIND.instances(row.class_index))}>
          {formatCount(row.instances)}
        </NumberLink>
      </Table.Td>
      <Table.Td>
        {curve && <Sparkline values={curve} range={[0, 1]} label={`Precision over recall of ${row.name}`} />}
      </Table.Td>
      {FIGURES.map(([field]) => (
        <Table.Td key={field} ta="right">
          <NumberLink to={addressOf(BEHIND[field](row.class_index))}>
            {figureWords(row[basis][field], row.reason)}
          </NumberLink>
        </Table.Td>
      ))}
    </>
  );
});

/** Where the slider stands. A cell is rendered, and its address made, when its figure is another. */
const RateCell = memo(function RateCell({
  shown,
  behind,
  index = 0,
  addressOf,
}: {
  shown: string;
  behind: (index: number) => Partial<SelectionAddress>;
  index?: number;
  addressOf: AddressOf;
}) {
  return (
    <Table.Td ta="right">
      <NumberLink to={addressOf(behind(index))}>{shown}</NumberLink>
    </Table.Td>
  );
});
