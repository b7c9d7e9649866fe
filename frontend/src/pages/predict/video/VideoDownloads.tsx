import { Button, Group, Modal, Stack, Switch, Text } from "@mantine/core";
import { IconDownload, IconMovie } from "@tabler/icons-react";
import { useState } from "react";
import type { Prediction } from "@/api/types";
import { ErrorNotice } from "@/components/ErrorNotice";
import { ProgressLine } from "@/components/ProgressLine";
import { formatThreshold } from "@/lib/figures";
import { formatBytes } from "@/lib/format";
import { cutParams } from "@/prediction-data/cut";
import { DownloadMenu } from "../results/DownloadMenu";
import { fileOf, isMaking, useBurntIn } from "./requests";
import type { Shown } from "./shown";

type Props = { prediction: Prediction; shown: Shown };

/** Files of the video and of what was found in it, at what is shown now. */
export function VideoDownloads({ prediction, shown, mayCarry }: Props & { mayCarry: boolean }) {
  const [isBurning, setBurning] = useState(false);
  return (
    <>
      <Button variant="default" leftSection={<IconMovie size={16} />} onClick={() => setBurning(true)}>
        Video with masks
      </Button>
      <DownloadMenu
        prediction={prediction}
        cut={cutParams(shown, prediction.classes.length)}
        mayCarry={mayCarry}
        hasImages={false}
      />
      <Modal opened={isBurning} onClose={() => setBurning(false)} title="Video with masks burnt in">
        {isBurning && <BurntIn prediction={prediction} shown={shown} />}
      </Modal>
    </>
  );
}

function BurntIn({ prediction: { id, classes }, shown }: Props) {
  const { files, make } = useBurntIn(id);
  const [withBoxes, setWithBoxes] = useState(false);
  const on = classes.filter((_, index) => !shown.hidden.has(index)).map(({ name }) => name);
  const asked = {
    confidence: shown.confidence,
    classes: on.length === classes.length ? [] : on,
    with_boxes: withBoxes,
  };
  if (files.isError) return <ErrorNotice error={files.error} onRetry={() => void files.refetch()} />;
  const made = fileOf(files.data ?? [], asked);
  return (
    <Stack gap="md">
      <Text size="sm">
        An H.264 file with the masks of {on.length === classes.length ? "all classes" : on.join(", ")} at
        confidence {formatThreshold(shown.confidence)}. Sound and times stay as they are.
        {shown.ofClass.size > 0 && " One confidence goes for all classes here."}
      </Text>
      <Switch
        label="Boxes with names, too"
        checked={withBoxes}
        onChange={(event) => setWithBoxes(event.currentTarget.checked)}
      />
      {made && isMaking(made) && <ProgressLine progress={made.progress} label="Burning in" />}
      {made?.state === "failed" && <ErrorNotice title="It could not be made" error={new Error(made.error)} />}
      {made?.state === "finished" && made.notes.length > 0 && (
        <Text size="sm" c="dimmed">
          {made.notes.join(" ")}
        </Text>
      )}
      {make.isError && <ErrorNotice error={make.error} />}
      <Group justify="flex-end">
        {made?.state === "finished" ? (
          <Button component="a" href={made.url} download leftSection={<IconDownload size={16} />}>
            Download ({formatBytes(made.size_bytes)})
          </Button>
        ) : (
          <Button
            loading={make.isPending || isMaking(made)}
            disabled={files.isPending || on.length === 0}
            onClick={() => make.mutate(asked)}
          >
            Make the video
          </Button>
        )}
      </Group>
    </Stack>
  );
}
