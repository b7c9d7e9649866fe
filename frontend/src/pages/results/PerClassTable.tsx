import { Anchor, Group, Table, UnstyledButton } from "@mantine/core";
import { IconArrowDown } from "@tabler/icons-react";
import { useMemo, useState } from "react";
import { Link } from "react-router";
import type { Basis, ClassMetrics, Curves, Evaluation } from "@/api/types";
import { ClassDot } from "@/components/ClassDot";
import { Sparkline } from "@/components/Sparkline";
import { formatCount, formatMetric } from "@/lib/format";
import { ANY } from "@/review-data/select";
import { classRates, type Rates, type Tally, totalRates } from "@/review-data/tally";
import type { SelectionAddress } from "../review/address";
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
const BEHIND_ALL = { precision: "predicted", recall: "labelled", f1: "all" } as const;
const FIGURES = [
  ["map50", "mAP50"],
  ["map50_95", "mAP50-95"],
] as const;
const RATES = [
  ["precision", "Precision"],
  ["recall", "Recall"],
  ["f1", "F1"],
] as const;
type Column = "index" | "instances" | (typeof FIGURES)[number][0] | (typeof RATES)[number][0];
export type ClassRow = ClassMetrics & { rates: Rates | undefined };

export function sortClasses(rows: readonly ClassRow[], column: Column, basis: Basis): ClassRow[] {
  const value = (row: ClassRow) => {
    if (column === "index") return -row.class_index;
    if (column === "instances") return row.instances;
    if (column === "map50" || column === "map50_95") return row[basis][column];
    return row.rates?.[column] ?? -1;
  };
  return [...rows].sort((a, b) => value(b) - value(a));
}

/** Each class over all confidences, and where the slider stands; the header says by which it is sorted. */
export function PerClassTable({
  evaluation,
  basis,
  curves,
  tally,
  thresholds,
  addressOf,
}: {
  evaluation: Evaluation;
  basis: Basis;
  curves: Curves | undefined;
  tally: Tally | null;
  /** At what the rates hold, in words. */
  thresholds: string;
  addressOf: (selection: Partial<SelectionAddress>) => string;
}) {
  const [column, setColumn] = useState<Column>("index");
  const rates = useMemo(() => (tally ? classRates(tally) : []), [tally]);
  const rows = sortClasses(
    evaluation.per_class.map((row) => ({ ...row, rates: rates[row.class_index] })),
    column,
    basis,
  );
  const total = tally ? totalRates(tally) : undefined;
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
          <Table.Th colSpan={3} ta="right" fw={400} fz="xs" c="dimmed" className="tabular">
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
          <Table.Td>All classes</Table.Td>
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
              {formatMetric(evaluation[basis][field])}
            </Table.Td>
          ))}
          {RATES.map(([field]) => (
            <Table.Td key={field} ta="right">
              <NumberLink to={addressOf({ outcome: BEHIND_ALL[field] })}>
                {formatMetric(total?.[field])}
              </NumberLink>
            </Table.Td>
          ))}
        </Table.Tr>
        {rows.map((row) => {
          const curve = curves?.[basis].pr.per_class[curves.class_indices.indexOf(row.class_index)];
          return (
            <Table.Tr key={row.class_index}>
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
                {curve && (
                  <Sparkline values={curve} range={[0, 1]} label={`Precision over recall of ${row.name}`} />
                )}
              </Table.Td>
              {FIGURES.map(([field]) => (
                <Table.Td key={field} ta="right">
                  <NumberLink to={addressOf(BEHIND[field](row.class_index))}>
                    {row.instances > 0 ? formatMetric(row[basis][field]) : "–"}
                  </NumberLink>
                </Table.Td>
              ))}
              {RATES.map(([field]) => (
                <Table.Td key={field} ta="right">
                  <NumberLink to={addressOf(BEHIND[field](row.class_index))}>
                    {formatMetric(row.rates?.[field])}
                  </NumberLink>
                </Table.Td>
              ))}
            </Table.Tr>
          );
        })}
      </Table.Tbody>
    </Table>
  );
}
