import { Group, Table, Text, UnstyledButton } from "@mantine/core";
import { IconArrowDown } from "@tabler/icons-react";
import { Fragment, useState } from "react";
import type { Basis, ClassMetrics, Evaluation } from "@/api/types";
import { ClassDot } from "@/components/ClassDot";
import { formatCount, formatMetric } from "@/lib/format";

const COLUMNS = [
  ["precision", "Precision"],
  ["recall", "Recall"],
  ["map50", "mAP50"],
  ["map50_95", "mAP50-95"],
] as const;
type Column = "index" | "instances" | (typeof COLUMNS)[number][0];

export function sortClasses(rows: readonly ClassMetrics[], column: Column, basis: Basis): ClassMetrics[] {
  const value = (row: ClassMetrics) =>
    column === "index" ? -row.class_index : column === "instances" ? row.instances : row[basis][column];
  return [...rows].sort((a, b) => value(b) - value(a));
}

/** Metrics of each class; the header says by which column it is sorted. */
export function PerClassTable({ evaluation, basis }: { evaluation: Evaluation; basis: Basis }) {
  const [column, setColumn] = useState<Column>("index");
  const rows = sortClasses(evaluation.per_class, column, basis);
  const all = evaluation[basis];
  const head = (id: Column, label: string, right = true) => (
    <Table.Th
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
        <Table.Tr>
          {head("index", "Class", false)}
          <Table.Th ta="right">Images</Table.Th>
          {head("instances", "Objects")}
          {COLUMNS.map(([field, label]) => (
            <Fragment key={field}>{head(field, label)}</Fragment>
          ))}
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        <Table.Tr fw={600}>
          <Table.Td>All classes</Table.Td>
          <Table.Td ta="right">{formatCount(evaluation.image_count)}</Table.Td>
          <Table.Td ta="right">{formatCount(evaluation.instance_count)}</Table.Td>
          {COLUMNS.map(([field]) => (
            <Table.Td key={field} ta="right">
              {formatMetric(all[field])}
            </Table.Td>
          ))}
        </Table.Tr>
        {rows.map((row) => (
          <Table.Tr key={row.class_index}>
            <Table.Td maw={260}>
              <Group gap="xs" wrap="nowrap">
                <ClassDot color={row.color} />
                <Text size="sm" truncate title={row.name}>
                  {row.name}
                </Text>
              </Group>
            </Table.Td>
            <Table.Td ta="right">{formatCount(row.images)}</Table.Td>
            <Table.Td ta="right">{formatCount(row.instances)}</Table.Td>
            {COLUMNS.map(([field]) => (
              <Table.Td key={field} ta="right">
                {row.instances > 0 ? formatMetric(row[basis][field]) : "–"}
              </Table.Td>
            ))}
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
