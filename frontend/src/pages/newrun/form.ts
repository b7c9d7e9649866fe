/** What the form of a new run holds, and what of it is posted. All are pure. */
import type {
  ArgumentValue,
  BaseModel,
  Fold,
  Preset,
  Priority,
  RunGroupRequest,
  RunRequest,
  TrainArgument,
} from "@/api/types";
import { faultOfArgument } from "./arguments";
import { findBaseModel, type ModelChoice } from "./ModelPicker";
import { type Numbers, startingNumbers, validateNumbers } from "./numbers";
import { type SearchFaults, type SearchForm, validateSearch } from "./search";

/** As the server's limit for one group. */
const MOST_RUNS = 50;
const MOST_FOLDS = 20;

export type RunForm = {
  model: ModelChoice;
  /** Sizes to train beside that of `model`, of the same family. */
  sizes: BaseModel["size"][];
  /** Runs of each size; their seeds count up from that of `numbers`. */
  seedCount: number | null;
  /** 1: the version's own train and val; more: a run for each fold of them. */
  folds: number | null;
  /** The one fold to train on, where a run on it is started again. */
  fold: Fold | null;
  /** Null: no search, the arguments are as they stand. */
  search: SearchForm | null;
  /** Empty fields are null. */
  numbers: Record<keyof Numbers, number | null>;
  device: string;
  name: string;
  priority: Priority;
  allowSmallerBatch: boolean;
  /** Null: as often as the server thinks fit. */
  sampleEvery: number | null;
  /** Those that differ from Ultralytics' defaults. */
  arguments: Record<string, ArgumentValue>;
};

export function emptyForm(onGpu: boolean, checkpoint = ""): RunForm {
  return {
    model: {
      source: checkpoint ? "checkpoint" : "base",
      family: "yolo26",
      size: "n",
      pretrained: true,
      checkpoint,
    },
    sizes: [],
    seedCount: 1,
    folds: 1,
    fold: null,
    search: null,
    numbers: startingNumbers(onGpu),
    device: "auto",
    name: "",
    priority: "normal",
    allowSmallerBatch: true,
    sampleEvery: null,
    arguments: {},
  };
}

/** What a first run begins with: the preset that suits the machine, except where a checkpoint is gone on from. */
export function firstForm(
  onGpu: boolean,
  checkpoint: string,
  presets: readonly Preset[],
  models: readonly BaseModel[],
): RunForm {
  const form = emptyForm(onGpu, checkpoint);
  const preset = presets.find(({ id }) => id === (onGpu ? "balanced" : "quick"));
  return preset && !checkpoint ? applyPreset(form, preset, models) : form;
}

export function applyPreset(form: RunForm, preset: Preset, models: readonly BaseModel[]): RunForm {
  const { base_model, ...numbers } = preset.values;
  const base = models.find(({ id }) => id === base_model);
  return {
    ...form,
    model: base
      ? {
          ...form.model,
          source: "base",
          family: base.family,
          size: base.size,
          pretrained: base.pretrained,
        }
      : form.model,
    numbers: { ...form.numbers, ...numbers },
  };
}

/** The preset that the form amounts to, if any: whoever changes one of its numbers has left it. */
export function matchPreset(
  form: RunForm,
  presets: readonly Preset[],
  models: readonly BaseModel[],
): Preset | undefined {
  if (form.model.source !== "base") return undefined;
  const base = findBaseModel(models, form.model)?.id;
  return presets.find(({ values: { base_model, ...numbers } }) => {
    const same = Object.entries(numbers).every(
      ([field, value]) => form.numbers[field as keyof Numbers] === value,
    );
    return base_model === base && same;
  });
}

/** The form that starts a run again. A name that the server made up is made up anew. */
export function formOfRequest(
  request: RunRequest,
  onGpu: boolean,
  models: readonly BaseModel[],
  runId: number,
): RunForm {
  const form = emptyForm(onGpu, request.checkpoint == null ? "" : String(request.checkpoint));
  const base = models.find(({ id }) => id === request.base_model);
  const named = request.name ?? "";
  return {
    ...form,
    model: base
      ? { ...form.model, family: base.family, size: base.size, pretrained: base.pretrained }
      : form.model,
    numbers: {
      epochs: request.epochs,
      image_size: request.image_size,
      batch: request.batch,
      seed: request.seed ?? form.numbers.seed,
      patience: request.patience ?? form.numbers.patience,
      learning_rate: request.learning_rate ?? null,
    },
    device: request.device || form.device,
    name: named.endsWith(` #${runId}`) ? "" : named,
    priority: request.priority ?? form.priority,
    allowSmallerBatch: request.allow_smaller_batch ?? form.allowSmallerBatch,
    sampleEvery: request.sample_every ?? null,
    fold: request.fold ?? null,
    arguments: (request.arguments ?? {}) as Record<string, ArgumentValue>,
  };
}

/** The models, seeds and folds that will be trained; one of each is a run, more are a group. */
export function plannedRuns(form: RunForm, models: readonly BaseModel[]) {
  const { model } = form;
  const sizes = [...new Set([model.size, ...form.sizes])];
  const chosen =
    model.source === "checkpoint"
      ? []
      : models.filter(
          ({ family, size, pretrained }) =>
            family === model.family && pretrained === model.pretrained && sizes.includes(size),
        );
  const first = form.numbers.seed ?? 0;
  const seeds = Array.from({ length: Math.min(form.seedCount ?? 1, MOST_RUNS) }, (_, i) => first + i);
  const folds = Math.max(1, form.folds ?? 1);
  const count = Math.max(1, chosen.length) * seeds.length * folds;
  return { models: chosen.map(({ id }) => id), seeds, folds, count };
}

/** What to post for one run; the check before a run takes the same. */
export function requestOf(
  form: RunForm,
  place: { dataset: string; version: number | null },
  models: readonly BaseModel[],
): RunRequest {
  const { numbers } = form;
  return {
    ...place,
    ...(form.name.trim() ? { name: form.name.trim() } : {}),
    ...(form.model.source === "checkpoint"
      ? { checkpoint: Number(form.model.checkpoint) }
      : { base_model: findBaseModel(models, form.model)?.id }),
    epochs: numbers.epochs ?? 0,
    image_size: numbers.image_size ?? 0,
    batch: numbers.batch ?? 0,
    seed: numbers.seed ?? 0,
    patience: numbers.patience ?? 0,
    learning_rate: numbers.learning_rate,
    device: form.device,
    priority: form.priority,
    allow_smaller_batch: form.allowSmallerBatch,
    ...(form.sampleEvery === null ? {} : { sample_every: form.sampleEvery }),
    ...(form.fold === null ? {} : { fold: form.fold }),
    arguments: form.arguments,
  };
}

/** The base models that a run would have to begin with and cannot: their weights are out of reach. */
export function missingWeights(form: RunForm, models: readonly BaseModel[]): string[] {
  const { models: planned } = plannedRuns(form, models);
  return models.filter(({ id, can_start: can }) => planned.includes(id) && !can).map(({ id }) => id);
}

export function groupRequestOf(
  form: RunForm,
  place: { dataset: string; version: number | null },
  models: readonly BaseModel[],
): RunGroupRequest {
  const { models: chosen, seeds, folds } = plannedRuns(form, models);
  const request: RunGroupRequest = {
    ...requestOf(form, place, models),
    seeds,
    ...(folds > 1 ? { folds } : {}),
  };
  if (chosen.length === 0) return request;
  // The server starts from the models instead.
  delete request.base_model;
  return { ...request, models: chosen };
}

export type Faults = {
  numbers: Partial<Record<keyof Numbers, string>>;
  arguments: Record<string, string>;
  several: string;
  folds: string;
  search: SearchFaults;
  sampleEvery: string;
};

/** A sentence for each thing that cannot be used. `known` is null while Ultralytics' arguments are not known. */
export function validateForm(
  form: RunForm,
  models: readonly BaseModel[],
  known: readonly TrainArgument[] | null,
): Faults {
  const faults: Faults = {
    numbers: validateNumbers(form.numbers),
    arguments: {},
    several: "",
    folds: "",
    search: validateSearch(form.search, form),
    sampleEvery: "",
  };
  for (const [name, value] of Object.entries(known ? form.arguments : {})) {
    const argument = known?.find((item) => item.name === name);
    const fault = argument ? faultOfArgument(argument, value) : "This Ultralytics has no such argument.";
    if (fault) faults.arguments[name] = fault;
  }
  const { seedCount, folds, sampleEvery } = form;
  if (folds === null || !Number.isInteger(folds) || folds < 1 || folds > MOST_FOLDS) {
    faults.folds = `A whole number from 1 to ${MOST_FOLDS}.`;
  }
  const { count } = plannedRuns(form, models);
  if (seedCount === null || !Number.isInteger(seedCount) || seedCount < 1) {
    faults.several = "A whole number from 1.";
  } else if (count > MOST_RUNS || seedCount > MOST_RUNS) {
    faults.several = `At most ${MOST_RUNS} runs in one go.`;
  }
  if (sampleEvery !== null && (!Number.isInteger(sampleEvery) || sampleEvery < 0 || sampleEvery > 10_000)) {
    faults.sampleEvery = "A whole number from 0 to 10000; or empty.";
  }
  return faults;
}

export function hasFaults(faults: Faults): boolean {
  return (
    Object.keys(faults.numbers).length > 0 ||
    Object.keys(faults.arguments).length > 0 ||
    faults.several !== "" ||
    faults.folds !== "" ||
    Object.keys(faults.search).length > 0 ||
    faults.sampleEvery !== ""
  );
}
