import {
  Alert,
  Anchor,
  Button,
  Group,
  SegmentedControl,
  SimpleGrid,
  Skeleton,
  Stack,
  Text,
} from "@mantine/core";
import { IconPhotoOff } from "@tabler/icons-react";
import { flushSync } from "react-dom";
import { useMemo } from "react";
import { Link, useParams } from "react-router";
import { useDataset } from "@/api/datasets";
import { isActive } from "@/api/jobs";
import { usePredictionColumns } from "@/api/predictionResults";
import { usePrediction } from "@/api/predictions";
import { asProblem } from "@/api/problem";
import type { Prediction, VideoFacts } from "@/api/types";
import { useSession } from "@/api/session";
import { Ago } from "@/components/Ago";
import { ConfidenceSlider } from "@/components/ConfidenceSlider";
import { EmptyState } from "@/components/EmptyState";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Page, Panel } from "@/components/Page";
import { formatCount, plural } from "@/lib/format";
import { isSameConfidence, useHeld } from "@/lib/held";
import { may } from "@/lib/roles";
import { useStickyBar } from "@/lib/stickyBar";
import { useUrlState } from "@/lib/urlState";
import { cutParams, FLOOR, thresholdsOf } from "@/prediction-data/cut";
import { tallyOf } from "@/prediction-data/tally";
import NotFoundPage from "../NotFoundPage";
import { ADDRESS, type Address, confidences, cutOf } from "./results/address";
import { ClassRows } from "./results/ClassRows";
import { CountCharts } from "./results/CountCharts";
import { DownloadMenu } from "./results/DownloadMenu";
import { Gallery } from "./results/Gallery";
import { JobPanel } from "./results/JobPanel";
import classes from "./results/results.module.css";
import { VideoPage } from "./video/VideoPage";

export default function PredictionPage() {
  const id = Number(useParams().id);
  const query = usePrediction(id);
  if (!Number.isInteger(id) || (query.isError && asProblem(query.error).status === 404))
    return <NotFoundPage />;
  if (query.isError) {
    return (
      <Page title={`Prediction ${id}`}>
        <ErrorNotice error={query.error} onRetry={() => void query.refetch()} />
      </Page>
    );
  }
  if (!query.data) {
    return (
      <Page title={`Prediction ${id}`}>
        <Skeleton height={320} />
      </Page>
    );
  }
  const { video } = query.data;
  if (video) return <Video prediction={query.data} video={video} />;
  return <Results prediction={query.data} />;
}

const isSameAt = (a: Address["at"], b: Address["at"]) => confidences.format(a) === confidences.format(b);

/** A model by its name, with the way to its run where it has one. */
function ModelName({ prediction: { checkpoint, model } }: { prediction: Prediction }) {
  if (!checkpoint) return <>{model.name}</>;
  return (
    <Anchor component={Link} to={`/runs/${checkpoint.run}`} inherit>
      {model.name}
    </Anchor>
  );
}

/** Whether the person may carry the images away: the server's rule (training/permissions.py). */
function useMayCarry({ dataset, created_by: by, source_kind: kind }: Prediction): boolean {
  const me = useSession().data?.user;
  const role = useDataset(dataset || undefined).data?.role;
  const isOwn = by !== null && by.id === me?.id && kind !== "dataset" && kind !== "version";
  return dataset === "" || isOwn || may(role, "export");
}

function Video({ prediction, video }: { prediction: Prediction; video: VideoFacts }) {
  return <VideoPage prediction={prediction} video={video} mayCarry={useMayCarry(prediction)} />;
}

function Results({ prediction }: { prediction: Prediction }) {
  const { id, state } = prediction;
  const [address, setAddress] = useUrlState(ADDRESS);
  const settled = address.confidence < 0 ? Math.max(FLOOR, prediction.confidence) : address.confidence;
  const hand = useHeld(settled, isSameConfidence);
  const classHand = useHeld(address.at, isSameAt);
  const confidence = hand.shown;
  const { off } = address;
  const at = classHand.shown;
  const cut = useMemo(() => cutOf({ at, off }, confidence), [at, off, confidence]);
  const active = isActive(state);
  const query = usePredictionColumns(id, active, state !== "queued");
  const columns = query.data;
  const classCount = prediction.classes.length;
  const tally = useMemo(
    () => (columns ? tallyOf(columns, thresholdsOf(cut, classCount)) : null),
    [columns, cut, classCount],
  );
  const all = useMemo(
    () => (columns ? tallyOf(columns, new Uint16Array(classCount)).ofClass : new Uint32Array(classCount)),
    [columns, classCount],
  );
  const bar = useStickyBar();
  const mayCarry = useMayCarry(prediction);
  const move = (value: number) => flushSync(() => hand.move(value));
  const settle = (value: number) => {
    hand.settle(value);
    setAddress({ confidence: value });
  };
  const setThreshold = (index: number, value: number | null) => {
    const others = at.filter(([each]) => each !== index);
    const next = value === null ? others : [...others, [index, value] as const];
    classHand.settle(next);
    setAddress({ at: next });
  };
  const count = columns?.imageCount ?? 0;
  return (
    <Page
      title={prediction.source_name || `Prediction ${id}`}
      lead={
        <>
          Prediction {id} · <ModelName prediction={prediction} /> · {plural(prediction.image_count, "image")}
          {prediction.device_name && ` · ${prediction.device_name}`} · <Ago time={prediction.created_at} />
        </>
      }
      actions={
        count > 0 && (
          <DownloadMenu
            prediction={prediction}
            cut={cutParams(cut, classCount)}
            mayCarry={mayCarry}
            hasImages={columns?.timeMs == null}
          />
        )
      }
    >
      <Stack gap="md">
        <JobPanel prediction={prediction} done={count} />
        {query.isError && <ErrorNotice error={query.error} onRetry={() => void query.refetch()} />}
        {columns && !columns.isWhole && !active && (
          <Alert color="blue" variant="light">
            Counting: {formatCount(count)} of {plural(prediction.image_count, "image")} so far.
          </Alert>
        )}
        {query.isPending && query.isFetching && <Loading />}
        {columns && count === 0 && !active && <NoImages prediction={prediction} />}
        {columns && tally && count > 0 && (
          <>
            <div ref={bar} className={classes.bar}>
              <ConfidenceSlider value={settled} min={FLOOR} onMove={move} onSettle={settle} />
              <Text size="sm" className="tabular" role="status">
                <b>{plural(tally.total, "object")}</b>{" "}
                <Text span c="dimmed" size="sm">
                  in {formatCount(tally.found)} of {plural(count, "image")}
                </Text>
              </Text>
              <SegmentedControl
                size="xs"
                style={{ marginLeft: "auto" }}
                aria-label="What to show"
                value={address.tab}
                onChange={(tab) => setAddress({ tab: tab })}
                data={[
                  { value: "images", label: "Images" },
                  { value: "counts", label: "Counts" },
                ]}
              />
            </div>
            <div className={classes.layout}>
              {address.tab === "images" ? (
                <Gallery
                  prediction={prediction}
                  columns={columns}
                  tally={tally}
                  cut={cut}
                  address={address}
                  onAddress={setAddress}
                  mayCarry={mayCarry}
                />
              ) : (
                <CountCharts prediction={prediction} columns={columns} tally={tally} cut={cut} />
              )}
              <aside className={classes.side}>
                <Panel title="Classes">
                  <ClassRows
                    classesOf={prediction.classes}
                    all={all}
                    tally={tally}
                    cut={cut}
                    onMove={(index, value) =>
                      classHand.move([...at.filter(([each]) => each !== index), [index, value]])
                    }
                    onThreshold={setThreshold}
                    onHidden={(hidden) => setAddress({ off: hidden })}
                  />
                </Panel>
              </aside>
            </div>
          </>
        )}
      </Stack>
    </Page>
  );
}

function Loading() {
  return (
    <SimpleGrid cols={{ base: 2, md: 4 }} aria-label="Loading">
      {Array.from({ length: 12 }, (_, i) => (
        <Skeleton key={i} radius={8} style={{ aspectRatio: "4 / 3" }} />
      ))}
    </SimpleGrid>
  );
}

function NoImages({ prediction }: { prediction: Prediction }) {
  return (
    <EmptyState
      icon={IconPhotoOff}
      title="No image was predicted"
      action={
        <Group>
          <Button component={Link} to="/predict">
            Predict again
          </Button>
        </Group>
      }
    >
      {prediction.state === "cancelled"
        ? "It was cancelled before the first image."
        : "The source held no image that could be read."}
    </EmptyState>
  );
}
