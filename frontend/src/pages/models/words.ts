import type { Checkpoint, Dependants, FigureReason, Verification } from "@/api/types";
import { formatMetric, plural } from "@/lib/format";
import { DEFAULT_IOU, objectsAddress } from "../review/address";

export const PRODUCTION = "production";

/** "Finds the same 40 of 40 objects on 8 images, worst mask IoU 0.998." */
export function verificationWords(verified: Verification): string {
  const { image_count: images, matched, missing, extra, worst_mask_iou: worst } = verified;
  const on = `on ${plural(images, "image")}`;
  if (images === 0) return "Not compared: the version has no image to try it on.";
  if (matched + missing + extra === 0) {
    return `Nothing could be compared: neither it nor the checkpoint finds an object ${on}.`;
  }
  const same = `Finds the same ${matched} of ${plural(matched + missing, "object")} ${on}`;
  const more = extra > 0 ? `, and ${extra} more` : "";
  return matched > 0 ? `${same}${more}, worst mask IoU ${worst.toFixed(3)}.` : `${same}${more}.`;
}

/** What hangs on a checkpoint, one sentence each: first what stands in the way, then what goes with it. */
export function dependantWords(dependants: Dependants): string[] {
  const { runs, served, prediction_count, evaluation_count, export_count } = dependants;
  const names = runs.map(({ name }) => `“${name}”`).join(", ");
  const shownNames = served.map((name) => `“${name}”`).join(", ");
  return [
    served.length > 0 && `It is served as ${shownNames}: move the name or stop serving it first.`,
    runs.length > 0 && `${plural(runs.length, "run")} started from it: ${names}.`,
    prediction_count > 0 && `${plural(prediction_count, "prediction")} were made with it.`,
    evaluation_count > 0 && `${plural(evaluation_count, "evaluation")} of it go with it.`,
    export_count > 0 && `${plural(export_count, "export")} of it go with it.`,
  ].filter((sentence) => sentence !== false);
}

export function checkpointName({ run_name, kind, origin }: Checkpoint): string {
  return origin === "uploaded" ? run_name : `${run_name}, ${kind}.pt`;
}

export type Difference = { label: string; values: string[] };

const PARAMETERS = {
  epochs: "Epochs",
  image_size: "Image size",
  batch: "Batch",
  learning_rate: "Learning rate",
  patience: "Patience",
  seed: "Seed",
} as const;

/** Arguments in which checkpoints differ; "default" where one leaves an argument to Ultralytics. */
export function findDifferences(checkpoints: readonly Checkpoint[]): Difference[] {
  const shared: [string, (checkpoint: Checkpoint) => unknown][] = [
    ["Base model", ({ base_model }) => base_model],
    ["Version", ({ dataset_name, version_number }) => `${dataset_name} ${version_number}`],
    ...Object.entries(PARAMETERS).map(([key, label]): [string, (checkpoint: Checkpoint) => unknown] => [
      label,
      ({ parameters }) => parameters[key as keyof typeof PARAMETERS] ?? "automatic",
    ]),
  ];
  const names = new Set(checkpoints.flatMap(({ parameters }) => Object.keys(parameters.arguments)));
  const own = [...names]
    .sort()
    .map((name): [string, (checkpoint: Checkpoint) => unknown] => [
      name,
      ({ parameters }) => (name in parameters.arguments ? (parameters.arguments[name] ?? "none") : "default"),
    ]);
  return [...shared, ...own]
    .map(([label, read]) => ({ label, values: checkpoints.map((checkpoint) => String(read(checkpoint))) }))
    .filter(({ values }) => new Set(values).size > 1);
}

export type MetricRow = {
  label: string;
  values: (number | null)[];
  reasons: FigureReason[];
  best: number | null;
};

/** The metrics side by side, with the best of each row where they differ. */
export function compareMetrics(checkpoints: readonly Checkpoint[]): MetricRow[] {
  const kinds = [
    ["mask", "Mask"],
    ["box", "Box"],
  ] as const;
  const metrics = [
    ["map50", "mAP50"],
    ["map50_95", "mAP50-95"],
  ] as const;
  const rates = [
    ["precision", "precision"],
    ["recall", "recall"],
    ["f1", "F1"],
  ] as const;
  const row = (label: string, values: (number | null)[], reasons: FigureReason[]): MetricRow => {
    const known = values.filter((value) => value !== null);
    const differ = new Set(known.map((value) => formatMetric(value))).size > 1;
    return { label, values, reasons, best: differ ? Math.max(...known) : null };
  };
  return kinds.flatMap(([kind, kindWord]) => [
    ...metrics.map(([metric, word]) =>
      row(
        `${kindWord} ${word}`,
        checkpoints.map((checkpoint) => checkpoint[kind][metric]),
        checkpoints.map(({ reason }) => reason),
      ),
    ),
    ...rates.map(([rate, word]) =>
      row(
        `${kindWord} ${word}`,
        checkpoints.map(({ operating }) => operating?.[kind].mean_of_classes[rate] ?? null),
        checkpoints.map(({ operating }) => operating?.[kind].reason ?? "not_evaluated"),
      ),
    ),
  ]);
}

/** The objects that a checkpoint's figures are of; its run, while it is not evaluated. */
export function figuresAddress({ run, evaluation }: Pick<Checkpoint, "run" | "evaluation">): string {
  if (evaluation === null) return `/runs/${run}`;
  return objectsAddress(run, { evaluation, basis: "mask", iou: DEFAULT_IOU, confidence: null });
}

/** Ids in an address, "3,5"; anything else in it is passed over. */
export function parseIds(raw: string): number[] {
  return [...new Set(raw.split(",").map(Number))].filter((id) => Number.isInteger(id) && id > 0);
}
