import { Button, Group, List, Stack, Table, Text } from "@mantine/core";
import { IconAlertTriangle, IconCircleCheck } from "@tabler/icons-react";
import { useState } from "react";
import type { ExportCounts, ExportLosses } from "@/api/types";
import { Panel } from "@/components/Page";
import { formatCount, formatMetric, plural } from "@/lib/format";

type Props = {
  leavesOut: readonly string[];
  counts: ExportCounts;
  losses: ExportLosses;
  isLooking: boolean;
  onGoOn: () => void;
};

const SHOWN_AT_FIRST = 6;

/** How many objects do not come back equal: "12 change, 3 are left out". */
function lossWords({ changed, left_out: leftOut, images_without_file: gone }: ExportLosses): string {
  const parts = [
    changed > 0 && `${plural(changed, "object")} ${changed === 1 ? "changes" : "change"}`,
    leftOut > 0 && `${plural(leftOut, "object")} ${leftOut === 1 ? "is" : "are"} left out`,
    gone > 0 && `${plural(gone, "image")} ${gone === 1 ? "has" : "have"} no file`,
  ].filter(Boolean);
  return parts.join(", ");
}

/** What the format cannot hold: of every dataset, and each object of this one. */
export function ExportLossPanel({ leavesOut, counts, losses, isLooking, onGoOn }: Props) {
  const words = lossWords(losses);
  const isWhole = losses.next === null;
  return (
    <Panel title="What the format cannot hold">
      <Stack gap="sm">
        {leavesOut.length > 0 && (
          <List size="sm" spacing={2}>
            {leavesOut.map((item) => (
              <List.Item key={item}>{item}</List.Item>
            ))}
          </List>
        )}
        {counts.with_attributes > 0 && (
          <Text size="sm" c="dimmed">
            {plural(counts.with_attributes, "object")} {counts.with_attributes === 1 ? "has" : "have"} a note,
            is marked occluded or truncated, or is only a box.
          </Text>
        )}
        <Group gap="xs" wrap="nowrap" role="status">
          {words ? (
            <IconAlertTriangle size={18} color="var(--mantine-color-error)" style={{ flexShrink: 0 }} />
          ) : (
            <IconCircleCheck size={18} color="var(--mantine-color-anchor)" style={{ flexShrink: 0 }} />
          )}
          <Text size="sm">
            {words ? `${words}.` : isWhole ? "Every object comes back as it is." : "No loss so far."}{" "}
            <Text span c="dimmed" className="tabular">
              {isWhole
                ? `${formatCount(losses.objects)} looked at.`
                : `${formatCount(losses.objects)} of ${formatCount(counts.objects)} objects looked at.`}
            </Text>
          </Text>
        </Group>
        {!isWhole && !isLooking && (
          <Group>
            <Button size="compact-sm" variant="default" onClick={onGoOn}>
              Look at the rest
            </Button>
          </Group>
        )}
        {losses.listed.length > 0 && <LossTable losses={losses} />}
      </Stack>
    </Panel>
  );
}

function LossTable({ losses }: { losses: ExportLosses }) {
  const [isOpen, setOpen] = useState(false);
  const shown = isOpen ? losses.listed : losses.listed.slice(0, SHOWN_AT_FIRST);
  const more = losses.changed + losses.left_out - shown.length;
  return (
    <div style={{ overflowX: "auto" }}>
      <Table fz="sm" verticalSpacing={4}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Image</Table.Th>
            <Table.Th>Object</Table.Th>
            <Table.Th ta="right">IoU</Table.Th>
            <Table.Th>What is done</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {shown.map((loss) => (
            <Table.Tr key={`${loss.image} ${loss.position}`}>
              <Table.Td style={{ overflowWrap: "anywhere" }}>{loss.image}</Table.Td>
              <Table.Td>
                {loss.class_name} <span className="tabular">({loss.position})</span>
              </Table.Td>
              <Table.Td ta="right" className="tabular">
                {formatMetric(loss.iou)}
              </Table.Td>
              <Table.Td>{loss.done === "left_out" ? "left out" : "written as the format allows"}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {more > 0 && (
        <Group gap="xs" mt="xs">
          <Text size="xs" c="dimmed">
            The worst are shown; {formatCount(more)} more.
          </Text>
          {!isOpen && (
            <Button size="compact-xs" variant="subtle" onClick={() => setOpen(true)}>
              Show {losses.listed.length}
            </Button>
          )}
        </Group>
      )}
    </div>
  );
}
