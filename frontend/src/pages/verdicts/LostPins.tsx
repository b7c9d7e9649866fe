import { Anchor, Badge, Button, Modal, Table, Text } from "@mantine/core";
import { IconPinnedOff } from "@tabler/icons-react";
import { useState } from "react";
import { Link } from "react-router";
import type { Evaluation } from "@/api/types";
import { usePinReport } from "@/api/verdicts";
import { plural } from "@/lib/format";
import { formatThreshold } from "@/lib/figures";
import { editorAddress } from "./object";

/** "2 must-find objects lost", and which; nothing where nothing is pinned. */
export function LostPins({ evaluation, confidence }: { evaluation: Evaluation; confidence?: number }) {
  const [opened, setOpened] = useState(false);
  const { data } = usePinReport(evaluation.id, confidence);
  if (!data || data.results.length === 0) return null;
  const all = data.results.length;
  return (
    <>
      <Button
        size="xs"
        variant="light"
        color={data.lost > 0 ? "red" : "teal"}
        leftSection={<IconPinnedOff size={15} />}
        onClick={() => setOpened(true)}
      >
        {data.lost > 0
          ? `${plural(data.lost, "must-find object")} lost`
          : all === 1
            ? "The must-find object was found"
            : `All ${all} must-find objects found`}
      </Button>
      <Modal opened={opened} onClose={() => setOpened(false)} title="Must-find objects" size="lg">
        <Text size="sm" c="dimmed" mb="sm">
          Found: a prediction of the right class with confidence ≥ {formatThreshold(data.confidence)} whose
          mask overlaps the label with IoU ≥ 0.50.
        </Text>
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Object</Table.Th>
              <Table.Th>Image</Table.Th>
              <Table.Th ta="right">Confidence</Table.Th>
              <Table.Th>Result</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {data.results.map(({ pin, key, index, confidence: found, is_lost: isLost }) => (
              <Table.Tr key={pin.id}>
                <Table.Td style={{ overflowWrap: "anywhere" }}>
                  {pin.class_name || "deleted since"}
                  {pin.note && (
                    <Text size="xs" c="dimmed">
                      {pin.note}
                    </Text>
                  )}
                </Table.Td>
                <Table.Td maw={260}>
                  <Anchor
                    component={Link}
                    size="sm"
                    truncate
                    display="block"
                    to={editorAddress(pin.dataset, pin.image, {
                      evaluation: evaluation.id,
                      key,
                      side: "label",
                      index,
                    })}
                  >
                    {pin.file_name}
                  </Anchor>
                </Table.Td>
                <Table.Td ta="right" className="tabular">
                  {found === null ? "–" : formatThreshold(found)}
                </Table.Td>
                <Table.Td>
                  <Badge color={isLost ? "red" : "teal"} variant="light">
                    {isLost ? "lost" : "found"}
                  </Badge>
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Modal>
    </>
  );
}
