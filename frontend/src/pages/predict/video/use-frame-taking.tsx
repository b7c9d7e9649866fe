import { Anchor, Button, Group, Modal, Stack, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { invalidate, keys } from "@/api/keys";
import { asProblem } from "@/api/problem";
import { DatasetSelect } from "@/components/DatasetSelect";
import { plural } from "@/lib/format";
import { toast } from "@/lib/toast";
import { LOOKED_FOR, takeFrames, takenImages } from "./requests";

const KEY = "segloop-frames-into";
const LOOKS = 20;
const LOOK_MS = 1_500;
const TOAST_MS = 12_000;

/** Frames into a dataset. Which one is asked once and remembered on this browser. */
export function useFrameTaking(id: number, ofPrediction: string, onTaken: (positions: number[]) => void) {
  const client = useQueryClient();
  const [dataset, setDataset] = useState(() => localStorage.getItem(KEY) ?? "");
  const [asking, setAsking] = useState<number[] | null>(null);
  const send = useMutation({
    mutationFn: ({ slug, positions }: { slug: string; positions: number[] }) =>
      takeFrames(id, slug, positions),
    onSuccess: (taking, { positions }) => {
      onTaken(positions);
      void invalidate(client, keys.jobs, keys.imports(taking.dataset));
      void tellTaken(id, taking.dataset, taking.import_id, positions).then(() =>
        invalidate(client, keys.imagesOf(taking.dataset), keys.dataset(taking.dataset)),
      );
    },
    onError: (error, { positions }) => {
      const problem = asProblem(error);
      // The dataset is gone, or they may not take anything into it: another one is asked for.
      if (problem.status === 404 || problem.status === 403) {
        localStorage.removeItem(KEY);
        setAsking(positions);
      }
      toast({ color: "red", message: problem.message });
    },
  });
  const take = (positions: number[]) => {
    if (positions.length === 0 || send.isPending) return;
    if (dataset === "" || localStorage.getItem(KEY) === null) setAsking(positions);
    else send.mutate({ slug: dataset, positions });
  };
  const choose = (slug: string) => {
    localStorage.setItem(KEY, slug);
    setDataset(slug);
    if (asking) send.mutate({ slug, positions: asking });
    setAsking(null);
  };
  const dialog = (
    <Modal opened={asking !== null} onClose={() => setAsking(null)} title="Into which dataset?">
      {asking && (
        <Choice
          count={asking.length}
          initial={dataset || ofPrediction}
          onChoose={choose}
          onCancel={() => setAsking(null)}
        />
      )}
    </Modal>
  );
  const chooseAnother = () => setAsking([]);
  return { take, isTaking: send.isPending, dataset, chooseAnother, dialog };
}

function Choice({
  count,
  initial,
  onChoose,
  onCancel,
}: {
  count: number;
  initial: string;
  onChoose: (slug: string) => void;
  onCancel: () => void;
}) {
  const [slug, setSlug] = useState(initial);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (slug) onChoose(slug);
      }}
    >
      <Stack gap="md">
        <DatasetSelect label="Dataset" data-autofocus value={slug} onChange={setSlug} allowDeselect={false} />
        <Text size="sm" c="dimmed">
          Frames become images without labels. What was predicted is offered in the editor as ghosts. The
          dataset is remembered on this browser.
        </Text>
        <Group justify="flex-end">
          <Button variant="default" onClick={onCancel}>
            Cancel
          </Button>
          <Button type="submit" disabled={!slug}>
            {count > 0 ? `Take in ${plural(count, "frame")}` : "Choose"}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

/** Says that frames are on their way, and links the image once it is there. */
async function tellTaken(id: number, dataset: string, job: number, positions: number[]): Promise<void> {
  const what = positions.length === 1 ? "The frame" : plural(positions.length, "frame");
  const note = toast({ message: `${what} on the way into ${dataset}`, loading: true, autoClose: false });
  const say = (message: React.ReactNode) =>
    notifications.update({ id: note, message, loading: false, autoClose: TOAST_MS });
  for (let look = 0; look < LOOKS; look += 1) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    const images = await takenImages(id, positions).catch(() => []);
    const [first] = images;
    if (!first || images.length < Math.min(positions.length, LOOKED_FOR)) continue;
    const href =
      positions.length === 1
        ? `/datasets/${dataset}/edit/${first}`
        : `/datasets/${dataset}?status=unlabelled`;
    say(
      <Text size="sm">
        {what} {positions.length === 1 ? "is" : "are"} in {dataset}.{" "}
        <Anchor href={href}>{positions.length === 1 ? "Open the image" : "Open the images"}</Anchor>
      </Text>,
    );
    return;
  }
  say(
    <Text size="sm">
      {what} will be in {dataset} when{" "}
      <Anchor href={`/datasets/${dataset}/imports/${job}`}>its import</Anchor> has ended.
    </Text>,
  );
}
