import { Button, Group, Stack, Text } from "@mantine/core";
import { Dropzone } from "@mantine/dropzone";
import { IconPhotoPlus, IconReload } from "@tabler/icons-react";
import { useEffect, useMemo, useState } from "react";
import { ErrorNotice } from "@/components/ErrorNotice";
import { MaskOverlay } from "@/components/MaskOverlay";
import { IMAGE_FILES, READ_KINDS } from "@/lib/image-kinds";
import type { LiveAnswer, ModelItem } from "@/api/types";
import { usePaste } from "../FileSource";
import { masksOf } from "./answers";
import { askAgainAfter, askModel, waitsForWords } from "./ask";
import { type FrameStats, FrameLoop } from "./loop";
import { Waiting } from "./Waiting";
import classes from "../Predict.module.css";

export type Shown = { answer: LiveAnswer; stats: FrameStats | null };

export type StageProps = {
  model: ModelItem | undefined;
  confidence: number;
  onAnswer: (shown: Shown | null) => void;
};

/** One image that is dropped, pasted or chosen, with the masks over it. */
export function ImageStage({ model, confidence, onAnswer }: StageProps) {
  const [file, setFile] = useState<File | null>(null);
  const take = ([first]: readonly File[]) => first && setFile(first);
  usePaste(({ files }) => take([...files]));
  return (
    <Stack gap="sm">
      {file && model && (
        <Asked
          key={`${model.reference} ${file.name} ${file.lastModified} ${file.size}`}
          file={file}
          model={model}
          confidence={confidence}
          onAnswer={onAnswer}
        />
      )}
      <Dropzone
        multiple={false}
        accept={IMAGE_FILES}
        disabled={!model}
        inputProps={{ "aria-label": "An image to try the model on" }}
        onDrop={take}
        aria-label="Drop an image here, or press Enter to choose one"
      >
        <Stack align="center" gap={6} py={file ? "xs" : 60} ta="center">
          {!file && <IconPhotoPlus size={30} stroke={1.4} aria-hidden="true" />}
          <Text fw={550} size={file ? "sm" : undefined}>
            Drop or paste {file ? "another image" : "an image"}, or click to choose
          </Text>
          {!file && (
            <Text size="sm" c="dimmed">
              {READ_KINDS}
            </Text>
          )}
        </Stack>
      </Dropzone>
    </Stack>
  );
}

/** An image and what the model finds in it; asked again while the model is being loaded. */
function Asked({ file, model, confidence, onAnswer }: StageProps & { file: File; model: ModelItem }) {
  const [answer, setAnswer] = useState<LiveAnswer | null>(null);
  const [fault, setFault] = useState<unknown>(null);
  const [reason, setReason] = useState("");
  const [since, setSince] = useState<number | null>(null);
  const [attempt, setAttempt] = useState(0);
  const [isShown, setShown] = useState(true);
  const address = useMemo(() => URL.createObjectURL(file), [file]);
  useEffect(() => () => URL.revokeObjectURL(address), [address]);

  useEffect(() => {
    const loop: FrameLoop<File, LiveAnswer> = new FrameLoop<File, LiveAnswer>({
      take: () => Promise.resolve(file),
      ask: (frame, signal) => {
        setSince((known) => known ?? performance.now());
        return askModel(model, frame, signal);
      },
      show: (found, _, stats) => {
        loop.stop();
        setAnswer(found);
        setSince(null);
        setReason("");
        onAnswer({ answer: found, stats });
      },
      fail: (error) => {
        const pause = askAgainAfter(error);
        if (pause === null) {
          setFault(error);
          setSince(null);
          setReason("");
        } else setReason(waitsForWords(error));
        return pause;
      },
    });
    void loop.run();
    return () => loop.stop();
    // A new image or model is a new element; `attempt` is pressed by hand.
  }, [file, model, onAnswer, attempt]);

  return (
    <Stack gap="xs">
      <div
        className={classes.stage}
        style={!isShown && answer ? { aspectRatio: `${answer.width} / ${answer.height}` } : undefined}
      >
        <img src={address} alt={file.name} hidden={!isShown} onError={() => setShown(false)} />
        {!isShown && (
          <Text size="sm" c="gray.4" p="md" ta="center">
            This browser cannot show {file.name}; the outlines are of the image as the server reads it.
          </Text>
        )}
        {answer && (
          <MaskOverlay
            masks={masksOf(answer, model, confidence)}
            width={answer.width}
            height={answer.height}
            fit="contain"
            strokeWidth={2}
          />
        )}
      </div>
      <Waiting since={since} reason={reason} />
      {fault !== null && (
        <Group>
          <ErrorNotice error={fault} />
          <Button
            size="xs"
            variant="default"
            leftSection={<IconReload size={14} />}
            onClick={() => {
              setFault(null);
              setAttempt(attempt + 1);
            }}
          >
            Ask again
          </Button>
        </Group>
      )}
    </Stack>
  );
}
