import { Chip, Group, NumberInput, Stack, Text } from "@mantine/core";
import type { BaseModel } from "@/api/types";
import { plural } from "@/lib/format";
import { plannedRuns, type RunForm } from "./form";

/** Sizes and seeds side by side: one run of each, on the same version, as a group. */
export function SeveralAtOnce({
  form,
  models,
  fault,
  onChange,
}: {
  form: RunForm;
  models: readonly BaseModel[];
  fault: string;
  onChange: (change: Partial<RunForm>) => void;
}) {
  const { family, size, pretrained, source } = form.model;
  const sizes = models.filter((model) => model.family === family && model.pretrained === pretrained);
  const { count, models: chosen, seeds } = plannedRuns(form, models);
  return (
    <Stack gap="xs">
      <Group gap="lg" align="flex-start">
        {source === "base" && (
          <div>
            <Text size="sm" fw={500} mb={4} id="sizes-label">
              Sizes
            </Text>
            <Chip.Group
              multiple
              value={[size, ...form.sizes]}
              onChange={(values) =>
                onChange({
                  sizes: sizes.map((model) => model.size).filter((s) => values.includes(s) && s !== size),
                })
              }
            >
              <Group gap={6} role="group" aria-labelledby="sizes-label">
                {sizes.map((model) => (
                  <Chip key={model.id} value={model.size} size="xs" disabled={model.size === size}>
                    {model.size}
                  </Chip>
                ))}
              </Group>
            </Chip.Group>
          </div>
        )}
        <NumberInput
          label="Seeds"
          aria-description="Runs of each size; their seeds count up"
          w={120}
          min={1}
          max={50}
          allowDecimal={false}
          clampBehavior="none"
          value={form.seedCount ?? ""}
          error={fault}
          onChange={(value) => onChange({ seedCount: value === "" ? null : Number(value) })}
        />
      </Group>
      <Text size="xs" c="dimmed">
        {count === 1
          ? "One run. Choose more sizes or seeds to see how much of a difference they make."
          : `${plural(count, "run")}: ${plural(Math.max(1, chosen.length), "model")} × ${plural(seeds.length, "seed")}, as one group that can be compared on one page.`}
      </Text>
    </Stack>
  );
}
