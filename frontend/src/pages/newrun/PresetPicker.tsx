import { Radio, SimpleGrid, Text } from "@mantine/core";
import type { Preset } from "@/api/types";
import { plural } from "@/lib/format";
import { baseModelName } from "@/lib/models";
import classes from "./NewRun.module.css";

/** "YOLO11n, pretrained · 20 epochs · 480 px · batch 16 · stops after 10 without progress". */
function presetWords({ values }: Preset): string {
  const { base_model, epochs, image_size, batch, patience } = values;
  return [
    baseModelName(base_model),
    plural(epochs, "epoch"),
    `${image_size} px`,
    `batch ${batch}`,
    `stops after ${patience} without progress`,
  ].join(" · ");
}

/** What somebody who does not want to choose takes; the fields below show what it set. */
export function PresetPicker({
  presets,
  chosen,
  onChoose,
}: {
  presets: readonly Preset[];
  chosen: Preset | undefined;
  onChoose: (preset: Preset) => void;
}) {
  return (
    <Radio.Group
      aria-label="Preset"
      value={chosen?.id ?? ""}
      onChange={(id) => {
        const preset = presets.find((item) => item.id === id);
        if (preset) onChoose(preset);
      }}
    >
      <SimpleGrid cols={{ base: 1, sm: 3 }} spacing="sm">
        {presets.map((preset) => (
          <Radio.Card key={preset.id} value={preset.id} className={classes.card} p="sm">
            <div className={classes.cardHead}>
              <Radio.Indicator size="xs" />
              <Text size="sm" fw={600}>
                {preset.title}
              </Text>
            </div>
            <Text size="sm" mt={6}>
              {preset.description}
            </Text>
            <Text size="xs" c="dimmed" mt={6} className="tabular">
              {presetWords(preset)}
            </Text>
          </Radio.Card>
        ))}
      </SimpleGrid>
      {!chosen && (
        <Text size="xs" c="dimmed" mt="xs">
          The fields below are your own choice; a preset sets model, epochs, image size, batch and patience.
        </Text>
      )}
    </Radio.Group>
  );
}
