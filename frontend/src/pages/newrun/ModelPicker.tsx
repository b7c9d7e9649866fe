import { Alert, Anchor, Button, Code, Group, SegmentedControl, Select, Stack, Text } from "@mantine/core";
import { IconDownload, IconDownloadOff } from "@tabler/icons-react";
import { useState } from "react";
import { useBaseModels } from "@/api/runs";
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

const RELEASE = "https://github.com/ultralytics/assets/releases/download/v8.4.0";

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
          {model && !model.file_present && (
            <MissingWeights model={model} onFromScratch={() => onChange({ pretrained: false })} />
          )}
        </>
      )}
    </Stack>
  );
}

/** What to do about weights that are not on the server: fetched by themselves, or by a person. */
function MissingWeights({ model, onFromScratch }: { model: BaseModel; onFromScratch: () => void }) {
  const again = useBaseModels();
  const [shown, setShown] = useState(false);
  return (
    <Alert
      id="weights"
      color={model.can_start ? "blue" : "yellow"}
      variant="light"
      icon={model.can_start ? <IconDownload size={18} /> : <IconDownloadOff size={18} />}
      role="status"
    >
      <Text size="sm">
        {model.can_start
          ? `${model.id} is not on this server yet: a worker downloads it when the run starts.`
          : `${model.id} is not on this server and cannot be downloaded: the run could not start with it.`}
      </Text>
      {!model.can_start && (
        <Group gap="xs" mt="xs">
          <Button size="xs" variant="filled" onClick={onFromScratch}>
            Train from scratch
          </Button>
          <Button size="xs" variant="default" onClick={() => setShown(!shown)} aria-expanded={shown}>
            Put the weights here …
          </Button>
        </Group>
      )}
      {shown && (
        <Stack gap={6} mt="xs">
          <Text size="sm">
            Fetch {model.id} on a machine with a network (
            <Anchor href={`${RELEASE}/${model.id}`} size="sm" rel="noreferrer" target="_blank">
              Ultralytics&apos; release
            </Anchor>
            ) and put it here:
          </Text>
          <Code block>{model.expected_path}</Code>
          <Button
            size="xs"
            variant="default"
            w="fit-content"
            loading={again.isFetching}
            onClick={() => void again.refetch()}
          >
            It is there: look again
          </Button>
        </Stack>
      )}
    </Alert>
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
