import { Alert, Code, Group, SegmentedControl, Select, Stack, Text } from "@mantine/core";
import { IconDownloadOff } from "@tabler/icons-react";
import type { BaseModel, Checkpoint } from "@/api/types";
import { figureWords } from "@/lib/figures";
import { familyName } from "@/lib/models";

export type ModelChoice = {
  source: "base" | "checkpoint";
  family: BaseModel["family"];
  size: BaseModel["size"];
  pretrained: boolean;
  checkpoint: string;
};

const SIZE_WORDS: Record<BaseModel["size"], string> = {
  n: "n · nano",
  s: "s · small",
  m: "m · medium",
  l: "l · large",
  x: "x · extra large",
};

export function findBaseModel(models: readonly BaseModel[], choice: ModelChoice): BaseModel | undefined {
  return models.find(
    ({ family, size, pretrained }) =>
      family === choice.family && size === choice.size && pretrained === choice.pretrained,
  );
}

export function ModelPicker({
  models,
  checkpoints,
  choice,
  onChange,
}: {
  models: readonly BaseModel[];
  checkpoints: readonly Checkpoint[];
  choice: ModelChoice;
  onChange: (change: Partial<ModelChoice>) => void;
}) {
  const families = [...new Set(models.map(({ family }) => family))];
  const sizes = [...new Set(models.filter((m) => m.family === choice.family).map(({ size }) => size))];
  const model = findBaseModel(models, choice);
  return (
    <Stack gap="md">
      <SegmentedControl
        aria-label="Start from"
        w="fit-content"
        value={choice.source}
        onChange={(source) => onChange({ source: source === "checkpoint" ? "checkpoint" : "base" })}
        data={[
          { value: "base", label: "A base model" },
          { value: "checkpoint", label: "An earlier checkpoint", disabled: checkpoints.length === 0 },
        ]}
      />
      {choice.source === "checkpoint" ? (
        <Select
          label="Checkpoint"
          searchable
          allowDeselect={false}
          placeholder="Choose a checkpoint"
          value={choice.checkpoint || null}
          onChange={(value) => onChange({ checkpoint: value ?? "" })}
          data={checkpoints.map((checkpoint) => ({
            value: String(checkpoint.id),
            label: `${checkpoint.run_name} · ${checkpoint.kind}.pt · mask mAP50 ${figureWords(checkpoint.mask.map50, checkpoint.reason)}`,
          }))}
        />
      ) : (
        <>
          <Group gap="lg" align="flex-start">
            <Labelled label="Family">
              <SegmentedControl
                aria-label="Family"
                value={choice.family}
                onChange={(value) => onChange({ family: families.find((f) => f === value) ?? choice.family })}
                data={families.map((value) => ({ value, label: familyName(value) }))}
              />
            </Labelled>
            <Select
              label="Size"
              w={160}
              allowDeselect={false}
              value={choice.size}
              onChange={(value) => onChange({ size: sizes.find((s) => s === value) ?? choice.size })}
              data={sizes.map((value) => ({ value, label: SIZE_WORDS[value] }))}
            />
            <Labelled label="Weights">
              <SegmentedControl
                aria-label="Weights"
                value={choice.pretrained ? "pretrained" : "scratch"}
                onChange={(value) => onChange({ pretrained: value === "pretrained" })}
                data={[
                  { value: "pretrained", label: "Pretrained" },
                  { value: "scratch", label: "From scratch" },
                ]}
              />
            </Labelled>
          </Group>
          {model?.pretrained && !model.file_present && (
            <Alert color="yellow" variant="light" icon={<IconDownloadOff size={18} />}>
              <Text size="sm">
                {model.id} is not on this server yet. The worker tries to download it when the run starts.
                Without a network, put the file here first:
              </Text>
              <Code block mt={6}>
                {model.expected_path}
              </Code>
            </Alert>
          )}
        </>
      )}
    </Stack>
  );
}

function Labelled({ label, children }: { label: string; children: React.ReactNode }) {
  return (
    <div>
      <Text size="sm" fw={500} mb={4}>
        {label}
      </Text>
      {children}
    </div>
  );
}
