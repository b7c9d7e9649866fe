import { Alert, Button, Grid, Stack, Text } from "@mantine/core";
import { IconServerOff } from "@tabler/icons-react";
import { useCheckpoints } from "@/api/checkpoints";
import { useDataset } from "@/api/datasets";
import { useDevices, useRuns, useTrainArguments } from "@/api/runs";
import type { BaseModel, Preset, VersionCheckSettings } from "@/api/types";
import { DatasetSelect } from "@/components/DatasetSelect";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Panel } from "@/components/Page";
import { plural } from "@/lib/format";
import { VersionCheckPanel } from "../dataset/VersionCheckPanel";
import { AdvancedPanel } from "./AdvancedPanel";
import { BatchesPanel } from "./BatchesPanel";
import { CheckFirst } from "./CheckFirst";
import {
  applyPreset,
  type Faults,
  groupRequestOf,
  hasFaults,
  matchPreset,
  missingWeights,
  plannedRuns,
  requestOf,
  type RunForm,
  validateForm,
} from "./form";
import { HowToTrain } from "./HowToTrain";
import { findBaseModel, ModelPicker } from "./ModelPicker";
import { PresetPicker } from "./PresetPicker";
import { RunSummary } from "./RunSummary";
import { SearchFields } from "./SearchFields";
import { SeveralAtOnce } from "./SeveralAtOnce";
import { useDraft } from "./use-draft";
import { useStart } from "./use-start";
import { FREEZE_NOW, useVersionFacts, VersionPicker } from "./VersionPicker";

type FormProps = {
  /** Names the draft: another start is another draft. */
  draftKey: string;
  initial: RunForm;
  models: readonly BaseModel[];
  presets: readonly Preset[];
  dataset: string;
  version: string;
  onPlace: (name: "dataset" | "version", value: string) => void;
};

export function NewRunForm({ draftKey, initial, models, presets, dataset, version, onPlace }: FormProps) {
  const draft = useDraft(draftKey, initial);
  const { form, change } = draft;
  const named = useDataset(dataset || undefined);
  const earlier = useRuns({ dataset, state: "all", search: "" });
  const facts = useVersionFacts(dataset, version);
  const known = useTrainArguments();
  const { start, isPending, error } = useStart(draft.forget);

  const faults = validateForm(form, models, known.data?.arguments ?? null);
  const base = findBaseModel(models, form.model);
  const startsFrom = form.model.source === "checkpoint" ? form.model.checkpoint !== "" : base !== undefined;
  const missing = missingWeights(form, models);
  const isReady = dataset !== "" && facts.ready && startsFrom && missing.length === 0 && !hasFaults(faults);
  const place = { dataset, version: version === FREEZE_NOW ? null : Number(version) };
  const request = requestOf(form, place, models);
  const { count } = plannedRuns(form, models);

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (!isReady || isPending) return;
        const several = count === 1 ? null : groupRequestOf(form, place, models);
        start({ request, several, search: form.search });
      }}
    >
      <Grid gap="lg">
        <Grid.Col span={{ base: 12, md: 8 }}>
          <Stack gap="md">
            <RunFields {...{ form, faults, models, presets, dataset, version, onPlace }} onChange={change} />
            <BatchesPanel
              draft={draft}
              request={request}
              isReady={dataset !== "" && facts.ready && !hasFaults(faults)}
            />
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 4 }}>
          <RunSummary
            facts={facts}
            dataset={dataset && (named.data?.name ?? dataset)}
            start={form.model.source === "checkpoint" ? "an earlier checkpoint" : (base?.id ?? "")}
            form={form}
            count={form.search?.trials ?? count}
            earlier={earlier.items}
          >
            {error && <ErrorNotice error={error} />}
            {missing.length > 0 && (
              <MissingWeights
                missing={missing}
                onFromScratch={() => change({ model: { ...form.model, pretrained: false } })}
              />
            )}
            <Button type="submit" fullWidth loading={isPending} disabled={!isReady}>
              {startWords(form, count)}
            </Button>
            <CheckFirst draft={draft} request={request} count={count} isReady={isReady} />
            {draft.isTouched && (
              <Button variant="subtle" size="xs" onClick={() => draft.forget()}>
                Start over
              </Button>
            )}
          </RunSummary>
        </Grid.Col>
      </Grid>
    </form>
  );
}

type FieldsProps = Omit<FormProps, "draftKey" | "initial"> & {
  form: RunForm;
  faults: Faults;
  onChange: (changed: Partial<RunForm>) => void;
};

/** All that can be chosen, from what most choose to what few do. */
function RunFields({ form, faults, models, presets, dataset, version, onPlace, onChange }: FieldsProps) {
  const checkpoints = useCheckpoints();
  const devices = useDevices();
  return (
    <Stack gap="md">
      {devices.data && !devices.data.worker_online && (
        <Alert color="yellow" variant="light" icon={<IconServerOff size={18} />} title="No worker is online">
          The run waits in the queue until a worker starts.
        </Alert>
      )}
      <Panel title="Begin with a preset">
        <PresetPicker
          presets={presets}
          chosen={matchPreset(form, presets, models)}
          onChoose={(preset) => onChange(applyPreset(form, preset, models))}
        />
      </Panel>
      <Panel title="What to train on">
        <Stack gap="md">
          <DatasetSelect
            label="Dataset"
            placeholder="Choose a dataset"
            value={dataset}
            onChange={(slug) => onPlace("dataset", slug)}
          />
          <VersionPicker slug={dataset} value={version} onChange={(choice) => onPlace("version", choice)} />
        </Stack>
      </Panel>
      {dataset !== "" && version !== FREEZE_NOW && version !== "" && (
        <Panel title="What YOLO would drop, merge or blur">
          <VersionCheckPanel
            slug={dataset}
            version={Number(version)}
            settings={checkSettings(form)}
            mayRepair
            onSetting={({ image_size, overlap_mask }) =>
              onChange({
                ...(image_size !== undefined && { numbers: { ...form.numbers, image_size } }),
                ...(overlap_mask !== undefined && {
                  arguments: { ...form.arguments, overlap_mask },
                }),
              })
            }
          />
        </Panel>
      )}
      <Panel title="What to start from">
        <ModelPicker
          models={models}
          checkpoints={checkpoints.items}
          choice={form.model}
          onChange={(changed) => onChange({ model: { ...form.model, ...changed } })}
        />
      </Panel>
      <Panel title="How to train">
        <HowToTrain form={form} faults={faults} onChange={onChange} />
      </Panel>
      <Panel title="Several at once">
        <SeveralAtOnce
          form={form}
          models={models}
          fault={faults.several}
          foldFault={faults.folds}
          onChange={onChange}
        />
      </Panel>
      <Panel title="Search">
        <SearchFields form={form} faults={faults.search} onChange={onChange} />
      </Panel>
      <AdvancedPanel form={form} faults={faults} onChange={onChange} />
    </Stack>
  );
}

/** What of a run decides how its masks are drawn. */
function checkSettings({ numbers, arguments: given }: RunForm): VersionCheckSettings {
  return {
    image_size: numbers.image_size ?? 0,
    mask_ratio: typeof given["mask_ratio"] === "number" ? given["mask_ratio"] : 4,
    overlap_mask: given["overlap_mask"] !== false,
    single_class: given["single_cls"] === true,
  };
}

function MissingWeights({ missing, onFromScratch }: { missing: string[]; onFromScratch: () => void }) {
  return (
    <Stack gap="xs">
      <Text size="sm" c="var(--mantine-color-error)" role="status">
        {missing.join(", ")} is not on this server and cannot be downloaded.
      </Text>
      <Button variant="light" fullWidth onClick={onFromScratch}>
        Train from scratch instead
      </Button>
      <Button variant="subtle" size="xs" component="a" href="#weights">
        Or put the weights here …
      </Button>
    </Stack>
  );
}

function startWords({ search }: RunForm, count: number): string {
  if (search !== null) return `Start the search: ${plural(search.trials ?? 0, "trial")}`;
  return count > 1 ? `Start ${plural(count, "run")}` : "Start the run";
}
