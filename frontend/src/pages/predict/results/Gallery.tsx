import { Button, CloseButton, Group, SegmentedControl, Select, Text } from "@mantine/core";
import { IconDatabasePlus, IconMoodEmpty } from "@tabler/icons-react";
import { useCallback, useMemo, useState } from "react";
import type { TakingBody } from "@/api/predictionResults";
import type { Prediction } from "@/api/types";
import { EmptyState } from "@/components/EmptyState";
import { formatCount, plural } from "@/lib/format";
import { useSteps } from "@/lib/wanted";
import { type Columns, placeOf } from "@/prediction-data/columns";
import { type Cut, cutParams, thresholdsOf } from "@/prediction-data/cut";
import { type Order, selectImages, type Show, type Tally } from "@/prediction-data/tally";
import { ImageGrid } from "../../dataset/ImageGrid";
import grid from "../../dataset/Dataset.module.css";
import review from "../../review/Review.module.css";
import type { Address } from "./address";
import { IntoDatasetDialog } from "./IntoDataset";
import { PredictedTile } from "./PredictedTile";
import { PredictedViewer } from "./PredictedViewer";
import classes from "./results.module.css";

const SHOW_WORDS: Record<Show, string> = {
  all: "All",
  found: "With objects",
  nothing: "Nothing found",
  errors: "With errors",
};
const ORDER_WORDS: Record<Order, string> = {
  position: "As they came",
  name: "Name",
  most: "Most objects",
  surest: "Most confident",
  unsurest: "Least confident",
  errors: "Errors first",
};
/** More rows than this are more than a browser can scroll. */
const MOST_TILES = 200_000;
const NONE: ReadonlySet<number> = new Set();

type Props = {
  prediction: Prediction;
  columns: Columns;
  tally: Tally;
  cut: Cut;
  address: Address;
  onAddress: (change: Partial<Address>, options?: { push?: boolean }) => void;
  /** Whether the person may carry images into a dataset. */
  mayCarry: boolean;
};

/** The images of a prediction: filtered, sorted, chosen, opened. Everything but the tiles is answered here. */
export function Gallery({ prediction, columns, tally, cut, address, onAddress, mayCarry }: Props) {
  const { show, order, by } = address;
  const onlyClass = address.class < prediction.classes.length ? address.class : -1;
  const thresholds = useMemo(
    () => thresholdsOf(cut, prediction.classes.length),
    [cut, prediction.classes.length],
  );
  const images = useMemo(
    () => selectImages(columns, tally, thresholds, { show, classIndex: onlyClass, order }),
    [columns, tally, thresholds, show, onlyClass, order],
  );
  const positionAt = (i: number): number => columns.position[images[i] as number] as number;

  const [selected, setSelected] = useState(NONE);
  const [anchor, setAnchor] = useState<number | null>(null);
  const toggle = useCallback(
    (position: number, range: boolean) => {
      setAnchor(position);
      setSelected((known) => toggled(known, position, range ? anchor : null, images, columns));
    },
    [anchor, images, columns],
  );
  const [taking, setTaking] = useState<{ count: number; chosen: Omit<TakingBody, "dataset"> } | null>(null);

  const open = useCallback(
    (position: number) => onAddress({ image: String(position) }, { push: true }),
    [onAddress],
  );
  const opened = address.image === "" ? -1 : placeOf(columns, Number(address.image));
  const index = opened < 0 ? -1 : images.indexOf(opened);
  const walk = useSteps(index, images.length, (to) => onAddress({ image: String(positionAt(to)) }));
  const around = useMemo(
    () =>
      index < 0
        ? []
        : [index + 1, index - 1]
            .filter((i) => i >= 0 && i < images.length)
            .map((i) => columns.position[images[i] as number] as number),
    [index, images, columns],
  );
  const shown = Math.min(images.length, MOST_TILES);
  const readable =
    show === "errors" ? 0 : images.length - (show === "all" ? tallyErrors(images, columns) : 0);
  const takeAll = () => {
    // Those that the filter matches now; while the job is at work more may come.
    const params = cutParams(cut, prediction.classes.length);
    const filter = show === "errors" ? "all" : show;
    setTaking({
      count: readable,
      chosen: { all: true, show: filter, class_index: onlyClass < 0 ? null : onlyClass, ...params },
    });
  };
  const isSelecting = selected.size > 0;
  return (
    <div>
      <FilterRow
        prediction={prediction}
        tally={tally}
        address={address}
        onlyClass={onlyClass}
        shownCount={images.length}
        total={columns.imageCount}
        onAddress={onAddress}
        onTake={mayCarry && readable > 0 && !isSelecting ? takeAll : null}
      />
      {images.length === 0 && (
        <NothingShown show={show} onAll={() => onAddress({ show: "all", class: -1 })} />
      )}
      <div className={isSelecting ? grid.selecting : undefined}>
        <ImageGrid
          label="Predicted images"
          minTile={columns.imageCount === 1 ? 560 : 230}
          count={shown}
          hasMore={false}
          onEnd={noMore}
          renderTile={(i, focus) => {
            const position = positionAt(i);
            return (
              <PredictedTile
                key={position}
                prediction={prediction.id}
                position={position}
                cut={cut}
                colouring={by}
                onOpen={open}
                selected={selected.has(position)}
                {...(mayCarry ? { onToggle: toggle } : {})}
                tile={focus["data-tile"]}
                tabIndex={focus.tabIndex}
                isWanted={focus.isWanted}
              />
            );
          }}
        />
      </div>
      {isSelecting && (
        <div className={classes.selected} role="region" aria-label="Chosen images">
          <Text size="sm" fw={600} className="tabular">
            {plural(selected.size, "image")} chosen
          </Text>
          <Group gap="xs" style={{ marginLeft: "auto" }}>
            <Button
              size="xs"
              leftSection={<IconDatabasePlus size={15} />}
              onClick={() => setTaking({ count: selected.size, chosen: { positions: [...selected] } })}
            >
              Into a dataset
            </Button>
            <CloseButton aria-label="Choose none" onClick={() => setSelected(NONE)} />
          </Group>
        </div>
      )}
      {opened >= 0 && (
        <PredictedViewer
          prediction={prediction.id}
          position={Number(address.image)}
          around={around}
          place={
            index < 0 ? "not in this filter" : `${formatCount(index + 1)} of ${formatCount(images.length)}`
          }
          cut={cut}
          colouring={by}
          onClose={() => onAddress({ image: "" })}
          {...(index > 0 ? { onPrevious: () => walk(-1) } : {})}
          {...(index >= 0 && index < images.length - 1 ? { onNext: () => walk(1) } : {})}
        />
      )}
      {taking && (
        <IntoDatasetDialog
          prediction={prediction}
          count={taking.count}
          chosen={taking.chosen}
          onClose={() => {
            setTaking(null);
            setSelected(NONE);
          }}
        />
      )}
    </div>
  );
}

/** Which images are shown, in which order and colours. */
function FilterRow({
  prediction,
  tally,
  address,
  onlyClass,
  shownCount,
  total,
  onAddress,
  onTake,
}: Pick<Props, "prediction" | "tally" | "address" | "onAddress"> & {
  onlyClass: number;
  shownCount: number;
  total: number;
  /** Takes all that are shown into a dataset; null where that is not offered. */
  onTake: (() => void) | null;
}) {
  const { show, order, by } = address;
  const used = prediction.classes
    .map(({ name }, i) => ({ value: String(i), label: name, count: tally.ofClass[i] ?? 0 }))
    .filter(({ count, value }) => count > 0 || Number(value) === onlyClass);
  return (
    <div className={review.filters} style={{ marginTop: 0 }}>
      <SegmentedControl
        size="xs"
        aria-label="Which images"
        value={show}
        onChange={(value) => onAddress({ show: value as Show })}
        data={Object.entries(SHOW_WORDS)
          .filter(([value]) => value !== "errors" || tally.errors > 0 || show === "errors")
          .map(([value, label]) => ({
            value,
            label: value === "errors" ? `${label} (${formatCount(tally.errors)})` : label,
          }))}
      />
      <Select
        size="xs"
        w={170}
        searchable
        clearable
        aria-label="Only images with this class"
        placeholder="Any class"
        value={onlyClass < 0 ? null : String(onlyClass)}
        onChange={(value) => onAddress({ class: value === null ? -1 : Number(value) })}
        data={used}
      />
      <Select
        size="xs"
        w={160}
        allowDeselect={false}
        aria-label="Order"
        value={order}
        onChange={(value) => onAddress({ order: value as Order })}
        data={Object.entries(ORDER_WORDS).map(([value, label]) => ({ value, label }))}
      />
      <SegmentedControl
        size="xs"
        aria-label="Colours"
        value={by}
        onChange={(value) => onAddress({ by: value })}
        data={[
          { value: "class", label: "By class" },
          { value: "object", label: "By object" },
        ]}
      />
      <Text size="xs" c="dimmed" className="tabular" role="status">
        {shownCount === total
          ? plural(shownCount, "image")
          : `${formatCount(shownCount)} of ${plural(total, "image")}`}
      </Text>
      {onTake && (
        <Button
          size="compact-sm"
          variant="default"
          leftSection={<IconDatabasePlus size={15} />}
          onClick={onTake}
        >
          Into a dataset
        </Button>
      )}
    </div>
  );
}

const noMore = () => undefined;

function tallyErrors(images: Uint32Array, { hasError }: Columns): number {
  return images.reduce((sum, image) => sum + (hasError[image] as number), 0);
}

/** Switches one image, or adds all between it and `anchor` in the order of the gallery. */
export function toggled(
  known: ReadonlySet<number>,
  position: number,
  anchor: number | null,
  images: Uint32Array,
  columns: Pick<Columns, "position" | "hasError">,
): ReadonlySet<number> {
  const next = new Set(known);
  const [from, to] = [anchor, position].map((each) =>
    each === null ? -1 : images.indexOf(placeOf(columns, each)),
  ) as [number, number];
  if (from < 0 || to < 0) {
    if (!next.delete(position)) next.add(position);
    return next;
  }
  for (const image of images.subarray(Math.min(from, to), Math.max(from, to) + 1))
    if (!columns.hasError[image]) next.add(columns.position[image] as number);
  return next;
}

function NothingShown({ show, onAll }: { show: Show; onAll: () => void }) {
  const words: Record<Show, string> = {
    all: "No image holds an object of this class at this confidence.",
    found: "Nothing was found at this confidence. Move the slider to the left, or switch classes on.",
    nothing: "Something was found in every image at this confidence.",
    errors: "Every image could be read.",
  };
  return (
    <EmptyState
      icon={IconMoodEmpty}
      title="No image matches"
      action={
        <Button variant="default" onClick={onAll}>
          Show all images
        </Button>
      }
    >
      {words[show]}
    </EmptyState>
  );
}
