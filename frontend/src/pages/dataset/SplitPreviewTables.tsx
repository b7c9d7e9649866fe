import { Badge, Group, List, Stack, Table, Text } from "@mantine/core";
import type { DatasetClass, PerSplit, SplitLine, SplitPreview } from "@/api/types";
import { ClassDot } from "@/components/ClassDot";
import { Panel } from "@/components/Page";
import { formatCount, plural } from "@/lib/format";
import { SPLIT_WORDS } from "./imagesAddress";
import { change, missingIn, SPLITS } from "./splitShares";

type Props = { preview: SplitPreview; classList: readonly DatasetClass[] };

/** What a new split would give each class, before and after, and what goes together. */
export function SplitPreviewTables({ preview, classList }: Props) {
  const byId = new Map(classList.map((item) => [item.id, item]));
  return (
    <Stack gap="lg">
      {(preview.notes.length > 0 || preview.uncompared > 0) && (
        <List size="sm" spacing={6}>
          {preview.notes.map((note) => (
            <List.Item key={note}>{note}</List.Item>
          ))}
          {preview.uncompared > 0 && (
            <List.Item>
              {plural(preview.uncompared, "image")} have yet to be compared with the others. That is done
              before the split, which may then differ from this preview: preview again in a while.
            </List.Item>
          )}
        </List>
      )}
      <Panel title="Images and objects" flush>
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Class</Table.Th>
              {SPLITS.map((split) => (
                <Table.Th key={split} ta="right">
                  {SPLIT_WORDS[split]}: images
                </Table.Th>
              ))}
              {SPLITS.map((split) => (
                <Table.Th key={split} ta="right">
                  objects
                </Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            <Table.Tr>
              <Table.Td fw={600}>All images</Table.Td>
              <Cells before={preview.images_before} after={preview.images_after} />
              <Table.Td colSpan={3} />
            </Table.Tr>
            {preview.lines.map((line) => (
              <Line
                key={line.class_id ?? line.what}
                line={line}
                item={byId.get(line.class_id ?? 0)}
                preview={preview}
              />
            ))}
          </Table.Tbody>
        </Table>
      </Panel>
      {preview.forced.length > 0 && <Forced preview={preview} />}
    </Stack>
  );
}

type LineProps = { line: SplitLine; item: DatasetClass | undefined; preview: SplitPreview };

function Line({ line, item, preview }: LineProps) {
  const missing = item ? missingIn(line, preview.images_after) : [];
  const words = line.what === "empty" ? "Nothing in them" : "Not looked at";
  return (
    <Table.Tr>
      <Table.Td>
        <Group gap="xs" wrap="nowrap">
          {item ? <ClassDot color={item.color} /> : null}
          <Text size="sm" c={item ? undefined : "dimmed"} style={{ overflowWrap: "anywhere" }}>
            {item?.name ?? words}
          </Text>
          {missing.length > 0 && (
            <Badge size="sm" variant="default">
              {`none in ${missing.map((split) => SPLIT_WORDS[split].toLowerCase()).join(", ")}`}
            </Badge>
          )}
        </Group>
      </Table.Td>
      <Cells before={line.images_before} after={line.images_after} />
      {item ? <Cells before={line.objects_before} after={line.objects_after} /> : <Table.Td colSpan={3} />}
    </Table.Tr>
  );
}

function Cells({ before, after }: { before: PerSplit; after: PerSplit }) {
  return SPLITS.map((split) => (
    <Table.Td key={split} ta="right" className="tabular" style={{ whiteSpace: "nowrap" }}>
      {formatCount(after[split])}{" "}
      <Text span size="xs" c="dimmed">
        {change(before[split], after[split])}
      </Text>
    </Table.Td>
  ));
}

const BECAUSE = {
  group: "Group",
  near_duplicates: "Near-duplicates",
  both: "Group and near-duplicates",
} as const;

function Forced({ preview }: { preview: SplitPreview }) {
  const more = preview.forced_count - preview.forced.length;
  return (
    <Panel title={`What goes together: ${plural(preview.forced_count, "set")} of images`} flush>
      <Table>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Because of</Table.Th>
            <Table.Th ta="right">Images</Table.Th>
            <Table.Th>Goes to</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {preview.forced.map((row, i) => (
            <Table.Tr key={i}>
              <Table.Td style={{ overflowWrap: "anywhere" }}>
                {BECAUSE[row.because]}
                {row.name && `: ${row.name}`}
              </Table.Td>
              <Table.Td ta="right" className="tabular">
                {formatCount(row.images)}
              </Table.Td>
              <Table.Td>
                {SPLIT_WORDS[row.split]}
                {row.torn && " (pinned images stay where they are)"}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {more > 0 && (
        <Text size="sm" c="dimmed" p="md">
          And {formatCount(more)} smaller ones.
        </Text>
      )}
    </Panel>
  );
}
