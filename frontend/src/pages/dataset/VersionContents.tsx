import { Alert, Anchor, List, Stack, Table, Text } from "@mantine/core";
import { IconAlertTriangle, IconInfoCircle } from "@tabler/icons-react";
import { useState } from "react";
import type { VersionPreview } from "@/api/types";
import { formatCount, plural } from "@/lib/format";

function imageTotal({ image_counts: { train, val, test } }: Pick<VersionPreview, "image_counts">): number {
  return train + val + test;
}

/** "120 images, 431 objects". */
export function versionWords(preview: VersionPreview): string {
  return `${plural(imageTotal(preview), "image")}, ${plural(preview.instance_count, "object")}`;
}

export function isBlocked(preview: VersionPreview): boolean {
  return preview.problems.some((problem) => problem.blocking);
}

/** More classes than this are shown only when somebody asks for them. */
const FEW_CLASSES = 8;

/** What would be frozen now, and what is wrong with it. */
export function VersionContents({ preview }: { preview: VersionPreview }) {
  const many = preview.class_counts.length > FEW_CLASSES;
  const [unfolded, setUnfolded] = useState(false);
  const blocking = preview.problems.filter((problem) => problem.blocking);
  const warnings = preview.problems.filter((problem) => !problem.blocking);
  const { train, val, test } = preview.image_counts;
  return (
    <Stack gap="sm">
      {blocking.length > 0 && (
        <Problems
          title="This must be mended first"
          color="red"
          problems={blocking}
          icon={<IconAlertTriangle size={18} />}
        />
      )}
      {warnings.length > 0 && (
        <Problems
          title="Good to know"
          color="yellow"
          problems={warnings}
          icon={<IconInfoCircle size={18} />}
        />
      )}
      <Text size="sm" className="tabular">
        {formatCount(train)} train, {formatCount(val)} val, {formatCount(test)} test;{" "}
        {plural(preview.background_count, "image")} without objects (background).
      </Text>
      {many && (
        <Anchor
          component="button"
          type="button"
          size="sm"
          ta="left"
          w="fit-content"
          aria-expanded={unfolded}
          onClick={() => setUnfolded(!unfolded)}
        >
          {unfolded
            ? "Hide the objects of each class"
            : `Objects of each of ${preview.class_counts.length} classes`}
        </Anchor>
      )}
      {preview.class_counts.length > 0 && (!many || unfolded) && (
        <div style={{ maxHeight: 260, overflowY: "auto" }}>
          <Table verticalSpacing={4} stickyHeader>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Objects of class</Table.Th>
                <Table.Th ta="right">Train</Table.Th>
                <Table.Th ta="right">Val</Table.Th>
                <Table.Th ta="right">Test</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {preview.class_counts.map((row) => (
                <Table.Tr key={row.class_id}>
                  <Table.Td style={{ overflowWrap: "anywhere" }}>{row.name}</Table.Td>
                  <Table.Td ta="right">{formatCount(row.train)}</Table.Td>
                  <Table.Td ta="right">{formatCount(row.val)}</Table.Td>
                  <Table.Td ta="right">{formatCount(row.test)}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </div>
      )}
    </Stack>
  );
}

/** As many names as the server's sentence holds. */
const NAMED = 3;

function AllNames({ names }: { names: readonly string[] }) {
  const [shown, setShown] = useState(false);
  return (
    <>
      {" "}
      <Anchor
        component="button"
        type="button"
        size="sm"
        onClick={() => setShown(!shown)}
        aria-expanded={shown}
      >
        {shown ? "Hide them" : "Show all"}
      </Anchor>
      {shown && (
        <Text size="sm" mt={4} mah={160} style={{ overflowY: "auto" }}>
          {names.join(", ")}
        </Text>
      )}
    </>
  );
}

function Problems({
  title,
  color,
  problems,
  icon,
}: {
  title: string;
  color: string;
  problems: VersionPreview["problems"];
  icon: React.ReactNode;
}) {
  return (
    <Alert title={title} color={color} variant="light" icon={icon}>
      <List size="sm" spacing={4}>
        {problems.map((problem) => (
          <List.Item key={problem.code + problem.detail} style={{ overflowWrap: "anywhere" }}>
            {problem.detail}
            {problem.names.length > NAMED && <AllNames names={problem.names} />}
          </List.Item>
        ))}
      </List>
    </Alert>
  );
}
