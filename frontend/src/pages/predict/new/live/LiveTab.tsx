import { Grid, Group, SegmentedControl, Skeleton, Stack, Text } from "@mantine/core";
import { IconCamera, IconPhoto } from "@tabler/icons-react";
import { useState } from "react";
import { Link } from "react-router";
import { ClassDot } from "@/components/ClassDot";
import { ConfidenceSlider } from "@/components/ConfidenceSlider";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Panel } from "@/components/Page";
import { FLOOR } from "../address";
import type { LiveAnswer } from "@/api/types";
import { ModelField } from "../ModelField";
import { isUsable } from "../modelList";
import { useChosenModel } from "../use-chosen-model";
import type { useForm } from "../use-form";
import { countsOf } from "./answers";
import { CameraStage } from "./CameraStage";
import { ImageStage, type Shown } from "./ImageStage";
import type { FrameStats } from "./loop";

/** A model that answers at once: one image, or what a camera sees. Nothing is kept. */
export function LiveTab({ form: [address, change] }: { form: ReturnType<typeof useForm> }) {
  const { model, query } = useChosenModel(address);
  const [input, setInput] = useState<"image" | "camera">("image");
  const [shown, setShown] = useState<Shown | null>(null);
  const [moving, setMoving] = useState<number | null>(null);
  const confidence = moving ?? address.confidence;
  const usable = model && isUsable(model) ? model : undefined;
  const stage = { model: usable, confidence, onAnswer: setShown };
  return (
    <Grid gap="lg">
      <Grid.Col span={{ base: 12, md: 8 }}>
        <Panel
          title="On what"
          aside={
            <SegmentedControl
              size="xs"
              aria-label="What the model looks at"
              value={input}
              onChange={(next) => {
                setInput(next);
                setShown(null);
              }}
              data={[
                { value: "image", label: <Labelled icon={<IconPhoto size={14} />}>One image</Labelled> },
                { value: "camera", label: <Labelled icon={<IconCamera size={14} />}>Camera</Labelled> },
              ]}
            />
          }
        >
          {input === "image" ? <ImageStage {...stage} /> : <CameraStage {...stage} />}
        </Panel>
      </Grid.Col>
      <Grid.Col span={{ base: 12, md: 4 }}>
        <Panel title="With what">
          <Stack gap="md">
            {query.isError && <ErrorNotice error={query.error} onRetry={() => void query.refetch()} />}
            {query.isPending && <Skeleton height={76} />}
            {query.data && (
              <ModelField
                models={query.data}
                model={model}
                wanted={address.model}
                onChange={(reference) => {
                  setShown(null);
                  change({ model: reference, checkpoint: 0 });
                }}
              />
            )}
            <ConfidenceSlider
              value={address.confidence}
              min={FLOOR}
              width={130}
              onMove={setMoving}
              onSettle={(value) => {
                setMoving(null);
                change({ confidence: value });
              }}
            />
            {shown && <Findings shown={shown} colors={usable?.colors ?? []} confidence={confidence} />}
            <Text size="xs" c="dimmed">
              Nothing is kept. To keep images and what was found in them,{" "}
              <Link to="/predict" style={{ color: "inherit" }}>
                start a prediction
              </Link>
              .
            </Text>
          </Stack>
        </Panel>
      </Grid.Col>
    </Grid>
  );
}

function Labelled({ icon, children }: { icon: React.ReactNode; children: string }) {
  return (
    <Group gap={6} wrap="nowrap" component="span">
      {icon}
      {children}
    </Group>
  );
}

function Findings({
  shown: { answer, stats },
  colors,
  confidence,
}: {
  shown: Shown;
  colors: string[];
  confidence: number;
}) {
  const counts = countsOf(answer, { colors }, confidence);
  return (
    <Stack gap={6}>
      <Text size="sm" fw={600}>
        Objects ({counts.reduce((sum, { count }) => sum + count, 0)})
      </Text>
      <Stack gap={6} mah={280} style={{ overflowY: "auto" }}>
        {counts.map(({ name, color, count }) => (
          <Group key={name} gap="xs" wrap="nowrap">
            <ClassDot color={color} />
            <Text size="sm" truncate title={name} style={{ flex: 1 }}>
              {name}
            </Text>
            <Text size="sm" fw={600} className="tabular">
              {count}
            </Text>
          </Group>
        ))}
      </Stack>
      {counts.length === 0 && (
        <Text size="sm" c="dimmed">
          None at this confidence.
        </Text>
      )}
      <Text size="xs" c="dimmed" className="tabular">
        {timeWords(answer, stats)}
      </Text>
    </Stack>
  );
}

/** "4.2 frames a second · 210 ms an answer, 160 of them the model". */
export function timeWords(answer: Pick<LiveAnswer, "milliseconds">, stats: FrameStats | null): string {
  const { model } = answer.milliseconds;
  const whole = stats?.milliseconds;
  return [
    stats && stats.framesPerSecond > 0 && `${stats.framesPerSecond.toFixed(1)} frames a second`,
    whole !== undefined &&
      `${Math.round(whole)} ms an answer${model === undefined ? "" : `, ${Math.round(model)} of them the model`}`,
  ]
    .filter(Boolean)
    .join(" · ");
}
