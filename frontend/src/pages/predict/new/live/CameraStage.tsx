import { Alert, Button, Group, Select, Stack, Switch, Text } from "@mantine/core";
import { IconCamera, IconCameraOff } from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";
import { ErrorNotice } from "@/components/ErrorNotice";
import { MaskOverlay } from "@/components/MaskOverlay";
import type { LiveAnswer, ModelItem } from "@/api/types";
import { masksOf } from "./answers";
import { askAgainAfter, askModel, waitsForWords } from "./ask";
import {
  cameraFault,
  closeCamera,
  listCameras,
  mayHaveCamera,
  NO_CAMERA_HERE,
  openCamera,
  takeFrame,
} from "./camera";
import type { StageProps } from "./ImageStage";
import { FrameLoop } from "./loop";
import { Waiting } from "./Waiting";
import classes from "../Predict.module.css";

/** What a camera sees, with the masks over it. Off until a person starts it: the browser then asks for permission. */
export function CameraStage(props: StageProps) {
  const [stream, setStream] = useState<MediaStream | null>(null);
  const [device, setDevice] = useState("");
  const [cameras, setCameras] = useState<{ value: string; label: string }[]>([]);
  const [fault, setFault] = useState("");
  const [isStarting, setStarting] = useState(false);
  useEffect(
    () => () => {
      if (stream) closeCamera(stream);
    },
    [stream],
  );

  const start = async (id: string) => {
    setFault("");
    setStarting(true);
    setDevice(id);
    setStream(null);
    try {
      const opened = await openCamera(id);
      opened.getVideoTracks()[0]?.addEventListener("ended", () => {
        setStream(null);
        setFault("The camera was taken away. Connect it, then start it again.");
      });
      setStream(opened);
      setCameras(await listCameras());
    } catch (error) {
      setFault(cameraFault(error));
    } finally {
      setStarting(false);
    }
  };
  const stop = () => {
    setStream(null);
    props.onAnswer(null);
  };

  if (!mayHaveCamera()) {
    return (
      <Alert variant="light" color="yellow" icon={<IconCameraOff size={18} />}>
        {NO_CAMERA_HERE}
      </Alert>
    );
  }
  return (
    <Stack gap="sm">
      {fault && (
        <Alert variant="light" color="red" icon={<IconCameraOff size={18} />} role="alert">
          {fault}
        </Alert>
      )}
      {stream && props.model ? (
        <Watched
          key={`${stream.id} ${props.model.reference}`}
          {...props}
          model={props.model}
          stream={stream}
        />
      ) : (
        !fault && (
          <Text size="sm" c="dimmed" ta="center" py={60}>
            Hold your phone or webcam to something that the model knows. Frames go to this server alone, one
            at a time, and none is kept.
          </Text>
        )
      )}
      <Group gap="sm" justify="center">
        {stream ? (
          <Button variant="default" leftSection={<IconCameraOff size={16} />} onClick={stop}>
            Stop the camera
          </Button>
        ) : (
          <Button
            leftSection={<IconCamera size={16} />}
            loading={isStarting}
            disabled={!props.model}
            onClick={() => void start(device)}
          >
            Start the camera
          </Button>
        )}
        {stream && cameras.length > 1 && (
          <Select
            aria-label="Camera"
            w={220}
            allowDeselect={false}
            data={cameras}
            value={device || cameraOf(stream)}
            onChange={(id) => id && void start(id)}
          />
        )}
      </Group>
    </Stack>
  );
}

const cameraOf = (stream: MediaStream) => stream.getVideoTracks()[0]?.getSettings().deviceId ?? null;

/** The camera's picture and the masks of the newest frame that was answered. */
function Watched({
  model,
  confidence,
  onAnswer,
  stream,
}: StageProps & { model: ModelItem; stream: MediaStream }) {
  const video = useRef<HTMLVideoElement>(null);
  const still = useRef<HTMLCanvasElement>(null);
  const [answer, setAnswer] = useState<LiveAnswer | null>(null);
  const [fault, setFault] = useState<unknown>(null);
  const [reason, setReason] = useState("");
  const [since, setSince] = useState<number | null>(null);
  const [attempt, setAttempt] = useState(0);
  const [isStill, setIsStill] = useState(false);

  useEffect(() => {
    const player = video.current;
    const shown = still.current;
    if (!player || !shown) return;
    player.srcObject = stream;
    void player.play().catch(() => undefined); // the browser plays it when it is allowed to
    const canvas = document.createElement("canvas");
    const loop = new FrameLoop<Blob, LiveAnswer>({
      take: () => takeFrame(player, canvas),
      ask: (frame, signal) => {
        setSince(performance.now());
        return askModel(model, frame, signal);
      },
      show: (found, _, stats) => {
        Object.assign(shown, { width: canvas.width, height: canvas.height });
        shown.getContext("2d")?.drawImage(canvas, 0, 0);
        setAnswer(found);
        setReason("");
        onAnswer({ answer: found, stats });
      },
      fail: (error) => {
        const pause = askAgainAfter(error);
        if (pause === null) setFault(error);
        else setReason(waitsForWords(error));
        if (pause === null) setReason("");
        setSince(null);
        return pause;
      },
    });
    void loop.run();
    return () => loop.stop();
  }, [stream, model, onAnswer, attempt]);

  return (
    <Stack gap="xs">
      <div className={classes.stage}>
        <video ref={video} muted playsInline aria-label="Camera" hidden={isStill && answer !== null} />
        <canvas ref={still} hidden={!isStill || answer === null} aria-label="The frame that was answered" />
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
      {(answer === null || reason) && fault === null && <Waiting since={since} reason={reason} />}
      <Switch
        size="xs"
        label="Show the frame that was answered: masks fit, movement stutters"
        checked={isStill}
        onChange={(event) => setIsStill(event.currentTarget.checked)}
      />
      {fault !== null && (
        <ErrorNotice
          error={fault}
          onRetry={() => {
            setFault(null);
            setAttempt(attempt + 1);
          }}
        />
      )}
    </Stack>
  );
}
