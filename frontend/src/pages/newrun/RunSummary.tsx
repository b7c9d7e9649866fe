import { Stack, Text } from "@mantine/core";
import type { ReactNode } from "react";
import type { Run } from "@/api/types";
import { Panel } from "@/components/Page";
import { formatCount, formatDuration, plural } from "@/lib/format";
import { baseModelName } from "@/lib/models";
import { countBatches, estimateSeconds } from "./estimate";
import type { RunForm } from "./form";
import { useDeviceName } from "./HowToTrain";
import classes from "./NewRun.module.css";
import type { VersionFacts } from "./VersionPicker";

type SummaryProps = {
  facts: VersionFacts;
  dataset: string;
  /** What it starts from: the id of a base model, or words. */
  start: string;
  form: RunForm;
  /** How many runs this becomes. */
  count: number;
  earlier: readonly Run[];
  children: ReactNode;
};

/** What pressing the button means, before it is pressed. */
export function RunSummary({ facts, dataset, start, form, count, earlier, children }: SummaryProps) {
  const epochs = form.numbers.epochs ?? 0;
  const batch = form.numbers.batch ?? 0;
  const image_size = form.numbers.image_size ?? 0;
  const plan = {
    base_model: start,
    image_size,
    batch,
    epochs,
    device: form.device,
    train_images: facts.trainImages,
  };
  const { perEpoch, total } = countBatches(plan);
  const estimate = estimateSeconds(plan, earlier);
  const deviceName = useDeviceName(form.device);
  return (
    <div className={classes.summary}>
      <Panel title={form.search ? "This search" : count > 1 ? `These ${count} runs` : "This run"}>
        <Stack gap="sm">
          {dataset ? (
            <Text size="sm" style={{ overflowWrap: "anywhere" }}>
              {form.search ? "Each trial trains" : count > 1 ? "Each trains" : "Trains"}{" "}
              <b>{baseModelName(start) || "a model"}</b> on {facts.words} of {dataset} (
              {plural(facts.trainImages, "train image")}) for {plural(epochs, "epoch")} at {image_size} px on{" "}
              {deviceName}.
            </Text>
          ) : (
            <Text size="sm" c="dimmed">
              Choose a dataset first.
            </Text>
          )}
          {total > 0 && (
            <Text size="sm" c="dimmed" className="tabular">
              {plural(perEpoch, "batch", "batches")} an epoch, {formatCount(total)} in all.{" "}
              {estimate
                ? `About ${formatDuration(estimate.seconds)}${count > 1 ? " each" : ""}, judged by “${estimate.from.name}”.`
                : "Check first tells how long that takes."}
            </Text>
          )}
          {children}
        </Stack>
      </Panel>
    </div>
  );
}
