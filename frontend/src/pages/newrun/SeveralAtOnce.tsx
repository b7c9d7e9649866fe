import { Button, Chip, Group, NumberInput, Stack, Text } from "@mantine/core";
import type { BaseModel } from "@/api/types";
import { plural } from "@/lib/format";
import { plannedRuns, type RunForm } from "./form";

/** Sizes, seeds and folds side by side: one run of each, on the same version, as a group. */
export function SeveralAtOnce({
  form,
  models,
  fault,
  foldFault,
  onChange,
}: {
  form: RunForm;
  models: readonly BaseModel[];
  fault: string;
  foldFault: string;
  onChange: (change: Partial<RunForm>) => void;
}) {
  const { family, size, pretrained, source } = form.model;
  const sizes = models.filter((model) => model.family === family && model.pretrained === pretrained);
  const { count, models: chosen, seeds, folds } = plannedRuns(form, models);
  const products = [
    plural(Math.max(1, chosen.length), "model"),
    ...(seeds.length > 1 || folds === 1 ? [plural(seeds.length, "seed")] : []),
    ...(folds > 1 ? [plural(folds, "fold")] : []),
  ];
  if (form.search !== null) {
    return (
      <Text size="sm" c="dimmed">
        A search compares arguments on one model, one seed and the version’s own val.
      </Text>
    );
  }
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
        {form.fold === null && (
          <NumberInput
            label="Folds"
            aria-description="Train and val divided anew: each fold is validated once, by the run that did not train on it"
            w={120}
            min={1}
            max={20}
            allowDecimal={false}
            clampBehavior="none"
            value={form.folds ?? ""}
            error={foldFault}
            onChange={(value) => onChange({ folds: value === "" ? null : Number(value) })}
          />
        )}
      </Group>
      <Text size="xs" c="dimmed">
        {count === 1
          ? "One run. Choose more sizes or seeds to see how much of a difference they make, or folds to validate on every image."
          : `${plural(count, "run")}: ${products.join(" × ")}, as one group that can be compared on one page.`}
        {folds > 1 &&
          ` Train and val are put together and divided into ${folds} folds with every class in each; each run is validated on another fold and trained on the rest. Test is not touched.`}
      </Text>
      {form.fold !== null && (
        <Group gap="xs">
          <Text size="sm">
            Trains on all but fold {form.fold.number} of {form.fold.count}, and is validated on that.
          </Text>
          <Button size="compact-xs" variant="default" onClick={() => onChange({ fold: null })}>
            Train on the version’s own split
          </Button>
        </Group>
      )}
    </Stack>
  );
}
