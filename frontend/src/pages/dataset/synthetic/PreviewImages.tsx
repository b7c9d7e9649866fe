import { Alert, AspectRatio, Group, Image, SimpleGrid, Stack, Switch, Text } from "@mantine/core";
import { useState } from "react";
import type { SyntheticPreview } from "@/api/types";
import { isActive } from "@/api/jobs";
import { MaskOverlay, type Mask } from "@/components/MaskOverlay";
import { Panel } from "@/components/Page";
import { ProgressLine } from "@/components/ProgressLine";
import { plural } from "@/lib/format";

const NEW = "#e8590c";
const OLD = "#4dabf7";

/** The images of a preview; pasted objects and those that were there are told apart. */
export function PreviewImages({ preview }: { preview: SyntheticPreview }) {
  const [masks, setMasks] = useState(true);
  if (isActive(preview.state)) return <ProgressLine progress={preview.progress} label="Making a preview" />;
  return (
    <Panel
      title={`Preview: ${plural(preview.images.length, "image")}`}
      aside={
        <Switch
          label="Masks"
          checked={masks}
          onChange={({ currentTarget }) => setMasks(currentTarget.checked)}
        />
      }
    >
      <Stack gap="sm">
        {preview.error && <Alert color="red">{preview.error}</Alert>}
        {preview.is_gone && (
          <Alert color="gray">These images are not kept any more: make a new preview.</Alert>
        )}
        {preview.messages.map((message) => (
          <Text key={message} size="sm" c="dimmed">
            {message}
          </Text>
        ))}
        <Group gap="md">
          <Legend color={NEW} dash="">
            Pasted
          </Legend>
          <Legend color={OLD} dash="3 2">
            There before
          </Legend>
        </Group>
        <SimpleGrid cols={{ base: 1, xs: 2, md: 3, lg: 4 }}>
          {preview.images.map((image) => (
            <AspectRatio key={image.name} ratio={4 / 3}>
              <div style={{ position: "relative", overflow: "hidden" }}>
                <Image
                  src={image.url}
                  alt={`Synthetic image ${image.name}`}
                  fit="contain"
                  w="100%"
                  h="100%"
                />
                {masks && (
                  <MaskOverlay
                    fit="contain"
                    width={image.width}
                    height={image.height}
                    masks={image.objects.flatMap(({ polygons, is_new }) =>
                      polygons.flatMap((rings) => rings.map((points) => maskOf(points, is_new))),
                    )}
                  />
                )}
              </div>
            </AspectRatio>
          ))}
        </SimpleGrid>
      </Stack>
    </Panel>
  );
}

function maskOf(points: readonly number[], isNew: boolean): Mask {
  return isNew ? { points, color: NEW } : { points, color: OLD, dashed: true };
}

function Legend({ color, dash, children }: { color: string; dash: string; children: string }) {
  return (
    <Group gap={6}>
      <svg width={22} height={10} aria-hidden="true">
        <line x1={0} y1={5} x2={22} y2={5} stroke={color} strokeWidth={3} strokeDasharray={dash} />
      </svg>
      <Text size="xs">{children}</Text>
    </Group>
  );
}
