import { SegmentedControl, Select, Skeleton, SimpleGrid } from "@mantine/core";
import { IconMoodSmile } from "@tabler/icons-react";
import { useCallback, useEffect, useMemo } from "react";
import { REVIEW_FILTERS, type ReviewFilter, useEvaluatedImages } from "@/api/runs";
import type { Evaluation } from "@/api/types";
import { ConfidenceSlider } from "@/components/ConfidenceSlider";
import { EmptyState } from "@/components/EmptyState";
import { ErrorNotice } from "@/components/ErrorNotice";
import { OUTCOME_COLORS, OUTCOME_WORDS } from "@/lib/colors";
import { numberIn, oneOf, text, useUrlState } from "@/lib/urlState";
import { ImageGrid } from "../dataset/ImageGrid";
import { EvaluationGate } from "../run/EvaluationGate";
import { useCurrentRun } from "../run/RunLayout";
import { OUTCOMES } from "./masks";
import { ReviewTile } from "./ReviewTile";
import { LAYER_CHOICES, ReviewViewer } from "./ReviewViewer";
import classes from "./Review.module.css";

const LAYERS = ["side", "both", "labels", "predictions"] as const;
const ADDRESS = {
  filter: oneOf(REVIEW_FILTERS, "all"),
  class: numberIn(-1, 100_000, -1, 0),
  ordering: oneOf(["worst", "name"], "worst"),
  confidence: numberIn(0, 1, 0.25),
  layers: oneOf(LAYERS, "both"),
  colouring: oneOf(["outcome", "class"], "outcome"),
  image: text(),
};
const FILTER_WORDS: Record<ReviewFilter, string> = {
  all: "All images",
  missed: "With missed objects",
  false: "With false positives",
  wrong_class: "With a wrong class",
  low_iou: "With low IoU",
};

export default function PredictionsPage() {
  const run = useCurrentRun();
  return <EvaluationGate run={run}>{(evaluation) => <Review evaluation={evaluation} />}</EvaluationGate>;
}

function Review({ evaluation }: { evaluation: Evaluation }) {
  const [{ layers, colouring, image: openKey, ...address }, setAddress] = useUrlState(ADDRESS);
  const filters = { ...address, confidence: Math.max(address.confidence, evaluation.confidence_floor) };
  const images = useEvaluatedImages(evaluation.id, filters);
  const colors = useMemo(
    () => new Map(evaluation.per_class.map(({ class_index, color }) => [class_index, color])),
    [evaluation.per_class],
  );
  const open = useCallback((image: string) => setAddress({ image }, { push: true }), [setAddress]);
  const { fetchNextPage, hasNextPage, isFetchingNextPage, items } = images;
  const loadMore = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [fetchNextPage, hasNextPage, isFetchingNextPage]);
  const index = openKey ? items.findIndex(({ key }) => key === openKey) : -1;
  const shown = items[index];
  const nearEnd = index >= 0 && index >= items.length - 5;
  useEffect(() => {
    if (nearEnd) loadMore();
  }, [nearEnd, loadMore]);
  const walkTo = (step: number) => {
    const next = items[index + step];
    return next ? () => setAddress({ image: next.key }) : undefined;
  };

  return (
    <>
      <div className={classes.bar}>
        <Select
          w={190}
          aria-label="Which images"
          allowDeselect={false}
          value={filters.filter}
          onChange={(value) => setAddress({ filter: REVIEW_FILTERS.find((f) => f === value) ?? "all" })}
          data={REVIEW_FILTERS.map((value) => ({ value, label: FILTER_WORDS[value] }))}
        />
        <Select
          w={160}
          aria-label="Class"
          searchable
          allowDeselect={false}
          value={String(filters.class)}
          onChange={(value) => setAddress({ class: Number(value ?? -1) })}
          data={[
            { value: "-1", label: "Every class" },
            ...evaluation.per_class.map(({ class_index, name }) => ({
              value: String(class_index),
              label: name,
            })),
          ]}
        />
        <Select
          w={130}
          aria-label="Order"
          allowDeselect={false}
          value={filters.ordering}
          onChange={(value) => setAddress({ ordering: value === "name" ? "name" : "worst" })}
          data={[
            { value: "worst", label: "Worst first" },
            { value: "name", label: "By name" },
          ]}
        />
        <ConfidenceSlider
          value={filters.confidence}
          min={evaluation.confidence_floor}
          best={evaluation.best_confidence.mask}
          width={160}
          onSettle={(confidence) => setAddress({ confidence })}
        />
        <SegmentedControl
          size="xs"
          aria-label="Show"
          value={layers}
          onChange={(value) => setAddress({ layers: LAYERS.find((layer) => layer === value) ?? "both" })}
          data={LAYER_CHOICES}
        />
        <SegmentedControl
          size="xs"
          aria-label="Colours"
          value={colouring}
          onChange={(value) => setAddress({ colouring: value === "class" ? "class" : "outcome" })}
          data={[
            { value: "outcome", label: "By outcome" },
            { value: "class", label: "By class" },
          ]}
        />
        {colouring === "outcome" && <OutcomeKey />}
      </div>
      {images.isError && <ErrorNotice error={images.error} onRetry={() => void images.refetch()} />}
      {images.isPending && (
        <SimpleGrid cols={{ base: 2, md: 4 }} aria-label="Loading">
          {Array.from({ length: 12 }, (_, i) => (
            <Skeleton key={i} radius={8} style={{ aspectRatio: "4 / 3" }} />
          ))}
        </SimpleGrid>
      )}
      {images.isSuccess && items.length === 0 && (
        <EmptyState icon={IconMoodSmile} title="No image matches">
          {filters.filter === "all"
            ? "No image of this split holds this class."
            : "At this confidence nothing of the kind is left. Move the slider or choose another filter."}
        </EmptyState>
      )}
      {items.length > 0 && (
        <ImageGrid
          label="Evaluated images"
          minTile={260}
          count={items.length}
          hasMore={hasNextPage}
          onEnd={loadMore}
          renderTile={(i) => {
            const image = items[i];
            if (!image) return null;
            return (
              <ReviewTile
                key={image.key}
                image={image}
                layers={layers}
                colouring={colouring}
                colors={colors}
                onOpen={open}
              />
            );
          }}
        />
      )}
      {shown && (
        <ReviewViewer
          evaluation={evaluation}
          image={shown}
          index={index}
          known={items.length}
          more={hasNextPage}
          layers={layers}
          colouring={colouring}
          colors={colors}
          onLayers={(next) => setAddress({ layers: next })}
          onClose={() => setAddress({ image: "" })}
          onPrevious={walkTo(-1)}
          onNext={walkTo(1)}
        />
      )}
    </>
  );
}

function OutcomeKey() {
  return (
    <div style={{ display: "flex", gap: 14, flexWrap: "wrap" }} aria-label="Colours mean">
      {OUTCOMES.map((outcome) => (
        <span key={outcome} className={classes.key}>
          <span className={classes.swatch} style={{ background: OUTCOME_COLORS[outcome] }} />
          {OUTCOME_WORDS[outcome]}
        </span>
      ))}
    </div>
  );
}
