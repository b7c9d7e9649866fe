import { Stack, Text } from "@mantine/core";
import type { ReactNode } from "react";
import type { Run } from "@/api/types";
import { Panel } from "@/components/Page";
import { formatCount, formatDuration, plural } from "@/lib/format";
import { baseModelName } from "@/lib/models";
import { countBatches, estimateSeconds } from "./estimate";
import type { Numbers } from "./numbers";
import type { VersionFacts } from "./VersionPicker";

type SummaryProps = {
  facts: VersionFacts;
  dataset: string;
  start: string;
  numbers: Numbers;
  device: string;
  deviceName: string;
  earlier: readonly Run[];
  children: ReactNode;
};

/** What pressing the button means, before it is pressed. */
export function RunSummary({
  facts,
  dataset,
  start,
  numbers,
  device,
  deviceName,
  earlier,
  children,
}: SummaryProps) {
  const { epochs, batch, image_size } = numbers;
  const plan = { base_model: start, image_size, batch, epochs, device, train_images: facts.trainImages };
  const { perEpoch, total } = countBatches(plan);
  const estimate = estimateSeconds(plan, earlier);
  return (
    <div style={{ position: "sticky", top: 64 }}>
      <Panel title="This run">
        <Stack gap="sm">
          {dataset ? (
            <Text size="sm">
              Trains <b>{baseModelName(start) || "a model"}</b> on {facts.words} of {dataset} (
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
                ? `About ${formatDuration(estimate.seconds)}, judged by “${estimate.from.name}”.`
                : "How long that takes shows after the first epoch."}
            </Text>
          )}
          {children}
        </Stack>
      </Panel>
    </div>
  );
}
