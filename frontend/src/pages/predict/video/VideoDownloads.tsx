import { Button, Group, Menu, Modal, Stack, Text } from "@mantine/core";
import { IconDownload } from "@tabler/icons-react";
import { useState } from "react";
import { isActive } from "@/api/jobs";
import type { Prediction } from "@/api/types";
import { ErrorNotice } from "@/components/ErrorNotice";
import { MenuButton } from "@/components/MenuButton";
import { ProgressLine } from "@/components/ProgressLine";
import { useBurntIn } from "./requests";

type Props = { prediction: Prediction; query: string };

/** Files of the video and of what was found in it, at what is shown now. */
export function VideoDownloads({ prediction, query }: Props) {
  const { id } = prediction;
  const [isBurning, setBurning] = useState(false);
  const file = (name: string, label: string) => (
    <Menu.Item component="a" href={`/api/predictions/${id}/${name}`} download>
      {label}
    </Menu.Item>
  );
  return (
    <>
      <MenuButton label="Download" width={260}>
        <Menu.Label>At the confidence and the classes that are shown</Menu.Label>
        <Menu.Item onClick={() => setBurning(true)}>Video with objects drawn in (.mp4)</Menu.Item>
        {file(`counts.csv?by=image&${query}`, "Counts by frame (.csv)")}
        {file(`result.jsonl?${query}`, "JSON, a line a frame (.jsonl)")}
        {file(`export/?format=coco&${query}`, "Frames and labels, COCO (.zip)")}
        {file(`export/?format=yolo&${query}`, "Frames and labels, YOLO (.zip)")}
      </MenuButton>
      <Modal opened={isBurning} onClose={() => setBurning(false)} title="Video with objects drawn in">
        {isBurning && <BurntIn id={id} query={query} />}
      </Modal>
    </>
  );
}

function BurntIn({ id, query }: { id: number; query: string }) {
  const { state, start } = useBurntIn(id, query);
  const made = state.data;
  if (state.isError) return <ErrorNotice error={state.error} onRetry={() => void state.refetch()} />;
  const isMaking = made != null && isActive(made.state);
  return (
    <Stack gap="md">
      <Text size="sm">
        An H.264 file with the objects that are shown now drawn on its frames. Sound and times stay as they
        are.
      </Text>
      {isMaking && <ProgressLine progress={made.progress} label="Drawing" />}
      {made?.state === "failed" && <ErrorNotice error={new Error(made.error)} />}
      {start.isError && <ErrorNotice error={start.error} />}
      <Group justify="flex-end">
        {made?.state === "finished" && (
          <Button component="a" href={made.url} download leftSection={<IconDownload size={16} />}>
            Download
          </Button>
        )}
        {!isMaking && (
          <Button
            variant={made?.state === "finished" ? "default" : "filled"}
            loading={start.isPending}
            onClick={() => start.mutate()}
          >
            {made?.state === "finished" ? "Make it again" : "Make the video"}
          </Button>
        )}
      </Group>
    </Stack>
  );
}
