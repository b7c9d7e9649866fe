import { Button, Group, Skeleton, Stack, Text } from "@mantine/core";
import { IconDownload, IconPhotoOff } from "@tabler/icons-react";
import { useCallback, useState } from "react";
import { Link, useParams } from "react-router";
import { isActive } from "@/api/jobs";
import { useCancelPrediction, usePredictedImages, usePrediction } from "@/api/predictions";
import { asProblem } from "@/api/problem";
import type { PredictedImage, Prediction } from "@/api/types";
import { Ago } from "@/components/Ago";
import { ConfidenceSlider } from "@/components/ConfidenceSlider";
import { EmptyState } from "@/components/EmptyState";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Page, Panel } from "@/components/Page";
import { ProgressLine } from "@/components/ProgressLine";
import { StateBadge } from "@/components/StateBadge";
import { plural } from "@/lib/format";
import { numberIn, text, useUrlState } from "@/lib/urlState";
import { useSteps } from "@/lib/wanted";
import { ImageGrid } from "../dataset/ImageGrid";
import NotFoundPage from "../NotFoundPage";
import { PredictedTile } from "./PredictedTile";
import { formatThreshold } from "@/lib/figures";
import { PredictedViewer } from "./PredictedViewer";
import { VideoPage } from "./video/VideoPage";

/** Below this nothing was stored. */
const FLOOR = 0.05;
const ADDRESS = { confidence: numberIn(0, 1, -1), image: text() };

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
  if (video) return <VideoPage prediction={query.data} video={video} />;
  return <Loaded prediction={query.data} />;
}

function Loaded({ prediction }: { prediction: Prediction }) {
  const { id, checkpoint, model, state } = prediction;
  const [address, setAddress] = useUrlState(ADDRESS);
  const settled = address.confidence < 0 ? Math.max(FLOOR, prediction.confidence) : address.confidence;
  const [moving, setMoving] = useState<number | null>(null);
  const confidence = moving ?? settled;
  const cancel = useCancelPrediction(id);
  const active = isActive(state);
  const images = usePredictedImages(id, state !== "queued");
  const { items, hasNextPage, loadMore } = images;
  const open = useCallback((image: string) => setAddress({ image }, { push: true }), [setAddress]);
  const index = address.image ? items.findIndex(({ key }) => key === address.image) : -1;
  const walk = useSteps(index, items.length, (to) => setAddress({ image: items[to]?.key ?? "" }));
  const shown = items[index];
  const query = `confidence=${formatThreshold(confidence)}`;

  return (
    <Page
      title={`Prediction ${id}`}
      lead={
        <>
          {checkpoint ? (
            <Link to={`/runs/${checkpoint.run}`} style={{ color: "inherit" }}>
              {model.name}
            </Link>
          ) : (
            model.name
          )}{" "}
          · {plural(prediction.image_count, "image")}
          {prediction.device_name && ` · ${prediction.device_name}`} · <Ago time={prediction.created_at} />
        </>
      }
      actions={
        active ? (
          <Button
            variant="default"
            loading={cancel.isPending}
            disabled={state === "cancelling"}
            onClick={() => cancel.mutate()}
          >
            Cancel
          </Button>
        ) : (
          items.length > 0 && (
            <>
              <Button
                component="a"
                variant="default"
                href={`/api/predictions/${id}/result.json?${query}`}
                download
                leftSection={<IconDownload size={16} />}
              >
                JSON
              </Button>
              <Button
                component="a"
                href={`/api/predictions/${id}/labels.zip?${query}`}
                download
                leftSection={<IconDownload size={16} />}
              >
                YOLO labels (.zip)
              </Button>
            </>
          )
        )
      }
    >
      <Stack gap="md">
        {cancel.isError && <ErrorNotice error={cancel.error} />}
        {active && (
          <Panel title="Predicting">
            <ProgressLine progress={prediction.progress} label="Predicting" />
          </Panel>
        )}
        {state === "failed" && (
          <ErrorNotice
            title="The prediction failed"
            error={new Error(prediction.error || "The log of the worker says more.")}
          />
        )}
        {state === "cancelled" && <StateBadge state={state} />}
        <Group gap="lg">
          <ConfidenceSlider
            value={settled}
            min={FLOOR}
            onMove={setMoving}
            onSettle={(value) => {
              setMoving(null);
              setAddress({ confidence: value });
            }}
          />
          {items.length > 0 && (
            <Text size="sm" c="dimmed" className="tabular">
              {plural(countAbove(items, confidence), "object")} on {plural(items.length, "image")}
            </Text>
          )}
        </Group>
        {images.isError && <ErrorNotice error={images.error} onRetry={() => void images.refetch()} />}
        {images.isPending && active && <Skeleton height={260} />}
        {images.isSuccess && items.length === 0 && !active && (
          <EmptyState icon={IconPhotoOff} title="No image was predicted" />
        )}
        {items.length > 0 && (
          <ImageGrid
            label="Predicted images"
            minTile={items.length === 1 ? 640 : 300}
            count={items.length}
            hasMore={hasNextPage}
            onEnd={loadMore}
            renderTile={(i) => {
              const image = items[i];
              return image ? (
                <PredictedTile key={image.key} image={image} confidence={confidence} onOpen={open} />
              ) : null;
            }}
          />
        )}
      </Stack>
      {shown && (
        <PredictedViewer
          image={shown}
          position={`${index + 1} of ${items.length}${hasNextPage ? "+" : ""}`}
          confidence={confidence}
          onClose={() => setAddress({ image: "" })}
          onPrevious={index > 0 ? () => walk(-1) : undefined}
          onNext={index < items.length - 1 ? () => walk(1) : undefined}
        />
      )}
    </Page>
  );
}

export function countAbove(images: readonly Pick<PredictedImage, "instances">[], confidence: number): number {
  return images.reduce(
    (sum, { instances }) => sum + instances.filter((instance) => instance.confidence >= confidence).length,
    0,
  );
}
