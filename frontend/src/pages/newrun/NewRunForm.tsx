import { Alert, Button, Collapse, Grid, Group, Stack, Text, UnstyledButton } from "@mantine/core";
import { useSessionStorage } from "@mantine/hooks";
import { IconChevronDown, IconChevronRight, IconServerOff } from "@tabler/icons-react";
import { useState } from "react";
import { useNavigate } from "react-router";
import { useCheckpoints } from "@/api/checkpoints";
import {
  useDevices,
  useRunCheck,
  useRuns,
  useStartCheck,
  useStartRun,
  useStartRuns,
  useTrainArguments,
} from "@/api/runs";
import { useDataset } from "@/api/datasets";
import { useStartSearch } from "@/api/searches";
import type { BaseModel, Preset } from "@/api/types";
import { DatasetSelect } from "@/components/DatasetSelect";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Panel } from "@/components/Page";
import { plural } from "@/lib/format";
import { ArgumentsPanel } from "./ArgumentsPanel";
import { CheckResult } from "./CheckResult";
import {
  applyPreset,
  groupRequestOf,
  hasFaults,
  matchPreset,
  missingWeights,
  plannedRuns,
  requestOf,
  type RunForm,
  validateForm,
} from "./form";
import { FurtherFields, HowToTrain } from "./HowToTrain";
import { findBaseModel, ModelPicker } from "./ModelPicker";
import { PresetPicker } from "./PresetPicker";
import { RunSummary } from "./RunSummary";
import { searchRequestOf } from "./search";
import { SearchFields } from "./SearchFields";
import { SeveralAtOnce } from "./SeveralAtOnce";
import { FREEZE_NOW, useVersionFacts, VersionPicker } from "./VersionPicker";

/** What was typed and which check belongs to it; kept in the tab, so that a reload loses nothing. */
type Draft = { form: RunForm; check: { id: number; request: string } | null };

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
  const [draft, setDraft, forget] = useSessionStorage<Draft | undefined>({
    key: `segloop:new-run:${draftKey}`,
    defaultValue: undefined,
    getInitialValueInEffect: false,
  });
  // Over the initial one: a draft of before an update lacks what came with it.
  const form = { ...initial, ...draft?.form };
  const change = (changed: Partial<RunForm>) =>
    setDraft((known) => ({
      form: { ...(known?.form ?? initial), ...changed },
      check: known?.check ?? null,
    }));

  const named = useDataset(dataset || undefined);
  const devices = useDevices();
  const checkpoints = useCheckpoints();
  const earlier = useRuns({ dataset, state: "all", search: "" });
  const facts = useVersionFacts(dataset, version);
  const known = useTrainArguments();
  const startOne = useStartRun();
  const startSeveral = useStartRuns();
  const startSearch = useStartSearch();
  const startCheck = useStartCheck();
  const check = useRunCheck(draft?.check?.id ?? null);
  const navigate = useNavigate();

  const faults = validateForm(form, models, known.data?.arguments ?? null);
  const faultCount = Object.keys(faults.arguments).length;
  const changedCount = Object.keys(form.arguments).length;
  const [opened, setOpened] = useState<boolean | null>(null);
  const advanced = opened ?? changedCount > 0;
  const base = findBaseModel(models, form.model);
  const startsFrom = form.model.source === "checkpoint" ? form.model.checkpoint !== "" : base !== undefined;
  const missing = missingWeights(form, models);
  const ready = dataset !== "" && facts.ready && startsFrom && missing.length === 0 && !hasFaults(faults);
  const place = { dataset, version: version === FREEZE_NOW ? null : Number(version) };
  const request = requestOf(form, place, models);
  const { count } = plannedRuns(form, models);
  const starts = [startOne, startSeveral, startSearch];
  const pending = starts.some(({ isPending }) => isPending);
  const error = starts.find(({ isError }) => isError)?.error;

  const submit = () => {
    const leave = (to: string) => {
      forget();
      void navigate(to);
    };
    if (form.search !== null) {
      startSearch.mutate(searchRequestOf(request, form.search), {
        onSuccess: (search) => leave(`/runs/search/${search.id}`),
      });
    } else if (count === 1) startOne.mutate(request, { onSuccess: (run) => leave(`/runs/${run.id}`) });
    else {
      startSeveral.mutate(groupRequestOf(form, place, models), {
        onSuccess: (group) => leave(`/runs?group=${group.id}`),
      });
    }
  };
  const askCheck = () =>
    startCheck.mutate(request, {
      onSuccess: ({ id }) => setDraft({ form, check: { id, request: JSON.stringify(request) } }),
    });

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (ready && !pending) submit();
      }}
    >
      <Grid gap="lg">
        <Grid.Col span={{ base: 12, md: 8 }}>
          <Stack gap="md">
            {devices.data && !devices.data.worker_online && (
              <Alert
                color="yellow"
                variant="light"
                icon={<IconServerOff size={18} />}
                title="No worker is online"
              >
                The run waits in the queue until a worker starts.
              </Alert>
            )}
            <Panel title="Begin with a preset">
              <PresetPicker
                presets={presets}
                chosen={matchPreset(form, presets, models)}
                onChoose={(preset) => change(applyPreset(form, preset, models))}
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
                <VersionPicker
                  slug={dataset}
                  value={version}
                  onChange={(choice) => onPlace("version", choice)}
                />
              </Stack>
            </Panel>
            <Panel title="What to start from">
              <ModelPicker
                models={models}
                checkpoints={checkpoints.items}
                choice={form.model}
                onChange={(changed) => change({ model: { ...form.model, ...changed } })}
              />
            </Panel>
            <Panel title="How to train">
              <HowToTrain form={form} faults={faults} onChange={change} />
            </Panel>
            <Panel title="Several at once">
              <SeveralAtOnce
                form={form}
                models={models}
                fault={faults.several}
                foldFault={faults.folds}
                onChange={change}
              />
            </Panel>
            <Panel title="Search">
              <SearchFields form={form} faults={faults.search} onChange={change} />
            </Panel>
            <Panel>
              <UnstyledButton
                type="button"
                aria-expanded={advanced}
                onClick={() => setOpened(!advanced)}
                w="fit-content"
              >
                <Group gap={6}>
                  {advanced ? <IconChevronDown size={15} /> : <IconChevronRight size={15} />}
                  <Text size="sm" fw={600}>
                    Advanced
                  </Text>
                  <Text size="xs" c={faultCount > 0 ? "red" : "dimmed"}>
                    {advancedWords(changedCount, faultCount)}
                  </Text>
                </Group>
              </UnstyledButton>
              <Collapse expanded={advanced}>
                {advanced && (
                  <Stack gap="lg" pt="md">
                    <FurtherFields form={form} faults={faults} onChange={change} />
                    <ArgumentsPanel
                      values={form.arguments}
                      faults={faults.arguments}
                      onChange={(values) => change({ arguments: values })}
                    />
                  </Stack>
                )}
              </Collapse>
            </Panel>
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
            {startCheck.isError && <ErrorNotice error={startCheck.error} />}
            {check.isError && <ErrorNotice error={check.error} onRetry={() => void check.refetch()} />}
            {missing.length > 0 && (
              <Stack gap="xs">
                <Text size="sm" c="var(--mantine-color-error)" role="status">
                  {missing.join(", ")} is not on this server and cannot be downloaded.
                </Text>
                <Button
                  variant="light"
                  fullWidth
                  onClick={() => change({ model: { ...form.model, pretrained: false } })}
                >
                  Train from scratch instead
                </Button>
                <Button variant="subtle" size="xs" component="a" href="#weights">
                  Or put the weights here …
                </Button>
              </Stack>
            )}
            <Button type="submit" fullWidth loading={pending} disabled={!ready}>
              {startWords(form, count)}
            </Button>
            <Button
              variant="default"
              fullWidth
              loading={startCheck.isPending}
              disabled={!ready}
              onClick={askCheck}
            >
              Check first
            </Button>
            {check.data ? (
              <CheckResult
                check={check.data}
                stale={draft?.check?.request !== JSON.stringify(request)}
                runs={count}
                onUseBatch={(batch) => change({ numbers: { ...form.numbers, batch } })}
              />
            ) : (
              <Text size="xs" c="dimmed">
                Check first trains a few batches and throws them away: it tells whether the run fits into
                memory
                {count > 1 && ", for the size chosen above,"} and how long it takes.
              </Text>
            )}
            {draft && (
              <Button variant="subtle" size="xs" onClick={() => forget()}>
                Start over
              </Button>
            )}
          </RunSummary>
        </Grid.Col>
      </Grid>
    </form>
  );
}

function startWords({ search }: RunForm, count: number): string {
  if (search !== null) return `Start the search: ${plural(search.trials ?? 0, "trial")}`;
  return count > 1 ? `Start ${plural(count, "run")}` : "Start the run";
}

function advancedWords(changedCount: number, faultCount: number): string {
  if (faultCount > 0) return `${plural(faultCount, "argument")} cannot be used`;
  if (changedCount > 0) return `${plural(changedCount, "argument")} changed`;
  return "name, seed, learning rate, and every argument of Ultralytics";
}
