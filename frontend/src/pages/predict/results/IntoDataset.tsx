import { Alert, Anchor, Button, Group, Modal, Select, Stack, Text } from "@mantine/core";
import { useEffect, useState } from "react";
import { Link } from "react-router";
import { useDataset } from "@/api/datasets";
import { isActive, useImport, useUndoImport } from "@/api/jobs";
import { type TakingBody, useForgetImages, useIntoDataset } from "@/api/predictionResults";
import type { Prediction, Split } from "@/api/types";
import { DatasetSelect } from "@/components/DatasetSelect";
import { ErrorNotice } from "@/components/ErrorNotice";
import { ProgressLine } from "@/components/ProgressLine";
import { formatCount, plural } from "@/lib/format";
import { may } from "@/lib/roles";

type Props = {
  prediction: Prediction;
  count: number;
  chosen: Omit<TakingBody, "dataset" | "split">;
  onClose: () => void;
};

/** Chosen images become images of a dataset; what was predicted is offered there, and never a label by itself. */
export function IntoDatasetDialog({ prediction, count, chosen, onClose }: Props) {
  const [slug, setSlug] = useState(prediction.dataset);
  const [split, setSplit] = useState<Split | null>(null);
  const dataset = useDataset(slug || undefined);
  const take = useIntoDataset(prediction.id);
  const mayAdd = dataset.data ? may(dataset.data.role, "manage") : true;
  const unknown = dataset.data
    ? prediction.classes.filter(({ name }) => !dataset.data.classes.some((each) => each.name === name))
    : [];
  return (
    <Modal opened onClose={onClose} title={`Into the dataset: ${plural(count, "image")}`} size="md">
      {take.data ? (
        <Taking
          prediction={prediction.id}
          importId={take.data.import_id}
          dataset={take.data.dataset}
          count={take.data.image_count}
          onClose={onClose}
        />
      ) : (
        <Stack gap="md">
          <Text size="sm" c="dimmed">
            They come in unlabelled. In the editor the predictions show as ghosts, to be taken one by one or
            all at once. Images that the dataset has already stay as they are and get the ghosts too.
          </Text>
          <DatasetSelect label="Dataset" value={slug} onChange={setSlug} />
          {!mayAdd && (
            <Alert color="yellow" variant="light">
              Only team leads add images to a dataset. Ask one of {dataset.data?.name}, or choose another
              dataset.
            </Alert>
          )}
          <Select
            label="Split"
            clearable
            placeholder="One image in five goes to val"
            value={split}
            onChange={(value) => setSplit(value)}
            data={["train", "val", "test"]}
          />
          {unknown.length > 0 && dataset.data && (
            <Text size="sm" c="dimmed">
              {dataset.data.name} has no class called {listed(unknown.map(({ name }) => name))}: such a ghost
              is taken as the class that is chosen in the editor.
            </Text>
          )}
          {take.isError && <ErrorNotice error={take.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button
              loading={take.isPending}
              disabled={!slug || !mayAdd}
              onClick={() => take.mutate({ ...chosen, dataset: slug, ...(split ? { split } : {}) })}
            >
              Take in {formatCount(count)}
            </Button>
          </Group>
        </Stack>
      )}
    </Modal>
  );
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, 3).map((name) => `“${name}”`);
  const more = names.length - shown.length;
  return shown.join(", ") + (more > 0 ? ` and ${more} more` : "");
}

function Taking({
  prediction,
  importId,
  dataset,
  count,
  onClose,
}: {
  prediction: number;
  importId: number;
  dataset: string;
  count: number;
  onClose: () => void;
}) {
  const job = useImport(importId).data;
  const undo = useUndoImport(importId);
  const forget = useForgetImages(prediction);
  const state = job?.state;
  const isUndone = job?.undone_at != null;
  useEffect(() => {
    if (state && !isActive(state)) forget();
  }, [state, isUndone, forget]);
  const came = job?.images.taken ?? 0;
  return (
    <Stack gap="md">
      {job && isActive(job.state) && <ProgressLine progress={job.progress} label="Taking in" />}
      {job?.state === "failed" && <ErrorNotice error={new Error(job.error)} />}
      {state === "finished" && (
        <Text size="sm">
          {isUndone
            ? "The images were taken back: they are in the trash of the dataset."
            : `${plural(came, "image")} came in. ${
                count > came
                  ? `${plural(count - came, "image")} of the chosen were there already; they have the ghosts too.`
                  : ""
              }`}
        </Text>
      )}
      {undo.isError && <ErrorNotice error={undo.error} />}
      <Text size="sm" c="dimmed">
        It goes on when this window is closed.{" "}
        <Anchor component={Link} to={`/datasets/${dataset}/imports/${importId}`} size="sm">
          See the import
        </Anchor>
        , where it can be cancelled and taken back.
      </Text>
      <Group justify="flex-end">
        {state === "finished" && !isUndone && came > 0 && (
          <Button variant="default" loading={undo.isPending} onClick={() => undo.mutate(undefined)}>
            Take back
          </Button>
        )}
        <Button component={Link} to={`/datasets/${dataset}`} variant="default">
          Open the dataset
        </Button>
        <Button onClick={onClose}>Done</Button>
      </Group>
    </Stack>
  );
}
