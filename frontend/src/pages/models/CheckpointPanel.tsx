import { Anchor, Button, Drawer, Group, Skeleton, Stack, TagsInput, Text, Textarea } from "@mantine/core";
import { IconBroadcast, IconDownload, IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import { Link } from "react-router";
import { useCheckpoint, useTags, useUpdateCheckpoint } from "@/api/checkpoints";
import { useDataset } from "@/api/datasets";
import type { Checkpoint } from "@/api/types";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Stat, Stats } from "@/components/Page";
import { figureWords, formatThreshold, HEADLINE } from "@/lib/figures";
import { formatBytes } from "@/lib/format";
import { AVERAGE_WORDS } from "@/review-data/rates";
import { FigureLink } from "./FigureLink";
import { baseModelName } from "@/lib/models";
import { may } from "@/lib/roles";
import { originWords } from "./CheckpointTable";
import { DeleteCheckpoint } from "./DeleteCheckpoint";
import { ExportTable } from "./exports/ExportTable";
import { Tags } from "./Tags";
import { checkpointName, PRODUCTION } from "./words";

/** One checkpoint at the right of the table: what it is, its tags and notes, its exports. */
export function CheckpointPanel({ id, onClose }: { id: number; onClose: () => void }) {
  const query = useCheckpoint(id);
  return (
    <Drawer
      opened
      onClose={onClose}
      position="right"
      size={620}
      title={query.data ? checkpointName(query.data) : "Checkpoint"}
    >
      {query.isError && <ErrorNotice error={query.error} onRetry={() => void query.refetch()} />}
      {query.isPending && <Skeleton height={320} />}
      {query.data && <Contents key={id} checkpoint={query.data} onDeleted={onClose} />}
    </Drawer>
  );
}

const RATES = [
  ["precision", "Precision"],
  ["recall", "Recall"],
  ["f1", "F1"],
] as const;

function Contents({ checkpoint, onDeleted }: { checkpoint: Checkpoint; onDeleted: () => void }) {
  const dataset = useDataset(checkpoint.dataset);
  const mayManage = may(dataset.data?.role, "manage");
  const mayTake = may(dataset.data?.role, "export");
  const [deleting, setDeleting] = useState(false);
  const { mask, operating } = checkpoint;
  const point = operating?.mask;
  return (
    <Stack gap="lg">
      <Stack gap={4}>
        <Text size="sm">
          <Anchor component={Link} to={`/runs/${checkpoint.run}`} size="sm">
            {checkpoint.run_name}
          </Anchor>
          , {originWords(checkpoint)}
        </Text>
        <Text size="sm" c="dimmed">
          {checkpoint.dataset_name}, version {checkpoint.version_number} ·{" "}
          {baseModelName(checkpoint.base_model)} · {checkpoint.image_size} px ·{" "}
          {formatBytes(checkpoint.size_bytes)}
        </Text>
        <Text size="sm" c="dimmed" lineClamp={2} title={checkpoint.class_names.join(", ")}>
          Finds {checkpoint.class_names.join(", ")}
        </Text>
      </Stack>
      <Stats>
        {HEADLINE.map(([field, name]) => (
          <Stat
            key={field}
            label={`Mask ${name}`}
            value={
              <FigureLink checkpoint={checkpoint} isUnderlined>
                {figureWords(mask[field], checkpoint.reason)}
              </FigureLink>
            }
          />
        ))}
        {point &&
          RATES.map(([rate, name]) => (
            <Stat
              key={rate}
              label={name}
              value={
                <FigureLink checkpoint={checkpoint} isUnderlined>
                  {figureWords(point.mean_of_classes[rate], point.reason)}
                </FigureLink>
              }
            />
          ))}
      </Stats>
      {point && (
        <Text size="xs" c="dimmed">
          Precision, recall and F1 are the {AVERAGE_WORDS.classes} at confidence{" "}
          {formatThreshold(point.confidence)}, IoU {formatThreshold(point.iou)}, masks.
        </Text>
      )}
      {mayManage ? <NotesForm checkpoint={checkpoint} /> : <Notes checkpoint={checkpoint} />}
      <ExportTable checkpoint={checkpoint} mayManage={mayManage} mayTake={mayTake} />
      <Group justify="space-between">
        {mayTake && (
          <Button
            component="a"
            href={checkpoint.url}
            download
            variant="default"
            leftSection={<IconDownload size={16} />}
          >
            Download {checkpoint.kind}.pt
          </Button>
        )}
        {mayManage && (
          <Button
            component={Link}
            to={`/models/served?serve=checkpoint:${checkpoint.id}`}
            variant="default"
            leftSection={<IconBroadcast size={16} />}
          >
            Serve …
          </Button>
        )}
        {mayManage && (
          <Button
            variant="subtle"
            color="red"
            leftSection={<IconTrash size={16} />}
            onClick={() => setDeleting(true)}
          >
            Delete …
          </Button>
        )}
      </Group>
      {deleting && (
        <DeleteCheckpoint checkpoint={checkpoint} onClose={() => setDeleting(false)} onDeleted={onDeleted} />
      )}
    </Stack>
  );
}

function Notes({ checkpoint }: { checkpoint: Checkpoint }) {
  return (
    <Stack gap="xs">
      <Tags tags={checkpoint.tags} />
      {checkpoint.notes && (
        <Text size="sm" style={{ whiteSpace: "pre-wrap", overflowWrap: "anywhere" }}>
          {checkpoint.notes}
        </Text>
      )}
    </Stack>
  );
}

function NotesForm({ checkpoint }: { checkpoint: Checkpoint }) {
  const known = useTags();
  const update = useUpdateCheckpoint(checkpoint.id);
  const [notes, setNotes] = useState(checkpoint.notes);
  const [tags, setTags] = useState(checkpoint.tags);
  const changed = notes !== checkpoint.notes || tags.join("\n") !== checkpoint.tags.join("\n");
  const takesProduction = tags.includes(PRODUCTION) && !checkpoint.tags.includes(PRODUCTION);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        update.mutate({ tags, notes }, { onSuccess: (saved) => setTags(saved.tags) });
      }}
    >
      <Stack gap="sm">
        <TagsInput
          label="Tags"
          placeholder={tags.length === 0 ? "Type and press Enter" : undefined}
          description={
            takesProduction ? "“production” moves here from the dataset's other checkpoints." : undefined
          }
          value={tags}
          onChange={setTags}
          data={[...new Set([PRODUCTION, ...(known.data ?? [])])]}
          maxTags={10}
        />
        <Textarea
          label="Notes"
          placeholder="What is special about it, where it is in use"
          autosize
          minRows={2}
          maxRows={8}
          maxLength={5000}
          value={notes}
          onChange={(event) => setNotes(event.currentTarget.value)}
        />
        {update.isError && <ErrorNotice error={update.error} />}
        {changed && (
          <Group>
            <Button type="submit" size="xs" loading={update.isPending}>
              Save
            </Button>
          </Group>
        )}
      </Stack>
    </form>
  );
}
