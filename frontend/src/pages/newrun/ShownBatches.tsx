import { Alert, Group, SegmentedControl, SimpleGrid, Stack, Switch, Table, Text } from "@mantine/core";
import { useMemo, useState } from "react";
import type { BatchPreview } from "@/api/types";
import { ClassDot } from "@/components/ClassDot";
import { MaskedImage, type Mask } from "@/components/MaskOverlay";
import { plural } from "@/lib/format";
import { batchWords, closingNote } from "./batches";

type Image = BatchPreview["batches"][number]["images"][number];

/** The images of one batch at a time, with masks, and the weights of classes where cls_pw sets them. */
export function ShownBatches({ preview }: { preview: BatchPreview }) {
  const { batches, messages, class_weights: weights } = preview;
  const [chosen, setChosen] = useState(0);
  const [masks, setMasks] = useState(true);
  const batch = batches[Math.min(chosen, batches.length - 1)];
  const note = closingNote(batches);
  if (!batch) return null;
  return (
    <Stack gap="sm">
      {note && (
        <Alert color="yellow" variant="light" p="xs">
          <Text size="sm">{note}</Text>
        </Alert>
      )}
      <Group gap="sm" justify="space-between">
        <SegmentedControl
          aria-label="Batch"
          size="xs"
          value={String(batches.indexOf(batch))}
          onChange={(place) => setChosen(Number(place))}
          data={batches.map(({ is_closing }, place) => ({
            value: String(place),
            label: is_closing && !note ? "Last epochs" : `Batch ${place + 1}`,
          }))}
        />
        <Switch
          label="Masks"
          checked={masks}
          onChange={({ currentTarget }) => setMasks(currentTarget.checked)}
        />
      </Group>
      <Text size="xs" c="dimmed">
        {batchWords(batch)} · {plural(batch.images.length, "image")}, of version {preview.version_number}
      </Text>
      <SimpleGrid cols={{ base: 2, xs: 3, lg: 4 }} spacing="xs">
        {batch.images.map((image) => (
          <BatchImage key={image.url} image={image} preview={preview} masks={masks} />
        ))}
      </SimpleGrid>
      {messages.map((message) => (
        <Text key={message} size="xs" c="dimmed">
          {message}
        </Text>
      ))}
      {weights.length > 0 && <ClassWeights preview={preview} />}
    </Stack>
  );
}

function BatchImage({ image, preview, masks }: { image: Image; preview: BatchPreview; masks: boolean }) {
  const drawn = useMemo<Mask[]>(
    () =>
      masks
        ? image.objects.flatMap(({ class_index, polygons }) =>
            polygons.flatMap((rings) =>
              rings.map((points) => ({ points, color: preview.class_colors[class_index] ?? "#4dabf7" })),
            ),
          )
        : [],
    [image, masks, preview.class_colors],
  );
  return (
    <figure style={{ margin: 0 }}>
      <MaskedImage
        src={image.url}
        alt={altOf(image, preview.class_names)}
        width={image.width}
        height={image.height}
        masks={drawn}
      />
      <Text component="figcaption" size="xs" c="dimmed" truncate title={image.source}>
        {image.source}
      </Text>
    </figure>
  );
}

function altOf({ source, objects }: Image, names: readonly string[]): string {
  const found = [...new Set(objects.map(({ class_index }) => names[class_index] ?? ""))];
  return `Train image made of ${source}: ${plural(objects.length, "object")}${found.length > 0 ? ` (${found.join(", ")})` : ""}`;
}

/** How much more a mistake in a rare class counts. */
function ClassWeights({ preview }: { preview: BatchPreview }) {
  return (
    <Table.ScrollContainer minWidth={280} mah={320}>
      <Table>
        <Table.Caption>
          Weights of classes by cls_pw: how much a mistake in the class of an object counts; 1 is the mean.
        </Table.Caption>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Class</Table.Th>
            <Table.Th ta="right">Objects in train</Table.Th>
            <Table.Th ta="right">Weight</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {preview.class_weights.map(({ class_index, objects, weight }) => (
            <Table.Tr key={class_index}>
              <Table.Td style={{ overflowWrap: "anywhere" }}>
                <Group gap={6} wrap="nowrap">
                  <ClassDot color={preview.class_colors[class_index] ?? "gray"} />
                  {preview.class_names[class_index]}
                </Group>
              </Table.Td>
              <Table.Td ta="right">{objects}</Table.Td>
              <Table.Td ta="right">{weight.toFixed(2)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
