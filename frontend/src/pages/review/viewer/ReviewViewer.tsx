import { Button, Group, Kbd, SegmentedControl, Skeleton, Switch } from "@mantine/core";
import { IconPencil } from "@tabler/icons-react";
import { useEffect, useMemo, useState } from "react";
import { Link, useNavigate } from "react-router";
import { useShapes, useShapesOf } from "@/api/evaluations";
import type { Evaluation } from "@/api/types";
import { ErrorNotice } from "@/components/ErrorNotice";
import { usePageKeys } from "@/components/use-page-keys";
import { Viewer } from "@/components/Viewer";
import { formatCount } from "@/lib/format";
import { viewOf } from "@/lib/viewport";
import type { Columns } from "@/review-data/columns";
import { editorAddress } from "../../verdicts/object";
import { PinButton } from "../../verdicts/PinButton";
import { VerdictMenu } from "../../verdicts/VerdictMenu";
import {
  type ClassColors,
  type Colouring,
  faultWords,
  isSame,
  locate,
  type Place,
  type SeenImage,
  seeImage,
} from "../seen";
import { LAYOUT_WORDS, LAYOUTS, type Layout } from "./keys";
import { ObjectList, stepObject } from "./ObjectList";
import { Panes } from "./Panes";

const AHEAD = 2;

type ViewerProps = {
  evaluation: Evaluation;
  columns: Columns;
  confidence: number;
  /** What the gallery shows, in its order. */
  items: Int32Array;
  view: "images" | "objects";
  image: string;
  meant: Place | null;
  layout: Layout;
  colouring: Colouring;
  colors: ClassColors;
  onLayout: (layout: Layout) => void;
  onMeant: (place: Place | null) => void;
  onGo: (image: number, place: Place | undefined) => void;
  onClose: () => void;
};

const NOBODY: SeenImage = { labels: [], predictions: [] };

/** One image large, with all that can be done about its objects. */
export function ReviewViewer(props: ViewerProps) {
  const { evaluation, columns, confidence, items, view, image, meant, layout, onMeant } = props;
  const query = useShapes(evaluation.id, image);
  const shapes = query.data;
  const seen = useMemo(
    () => (shapes ? seeImage(columns, shapes, confidence) : NOBODY),
    [columns, shapes, confidence],
  );
  const [hovered, setHovered] = useState<Place | null>(null);
  const [hidden, setHidden] = useState({ labels: false, predictions: false });
  const [difference, setDifference] = useState(false);
  const [asking, setAsking] = useState(false);
  const navigate = useNavigate();

  const at = useMemo(
    () => placeAmong(columns, items, view, Number(image), meant),
    [columns, items, view, image, meant],
  );
  useAhead(evaluation.id, columns, items, view, at);
  const goTo = (place: number) => {
    const item = items[place];
    if (item === undefined) return undefined;
    return () => {
      const next = view === "objects" ? locate(columns, item) : { image: item, place: undefined };
      props.onGo(next.image, next.place);
    };
  };
  const object = meant
    ? [...seen.labels, ...seen.predictions].find((shape) => isSame(shape, meant))
    : undefined;
  const ref = object && {
    evaluation: evaluation.id,
    key: image,
    side: object.side,
    index: object.index,
  };
  const address =
    shapes?.image != null
      ? editorAddress(
          evaluation.dataset,
          shapes.image,
          ref ?? { evaluation: evaluation.id, key: image },
          confidence,
        )
      : null;
  const step = (by: number) => () => {
    setHovered(null);
    onMeant(stepObject(seen, meant, by));
  };
  usePageKeys([
    ["1", () => props.onLayout("over")],
    ["2", () => props.onLayout("side")],
    ["3", () => props.onLayout("swipe")],
    ["l", () => setHidden((known) => ({ ...known, labels: !known.labels }))],
    ["p", () => setHidden((known) => ({ ...known, predictions: !known.predictions }))],
    ["d", () => setDifference((known) => !known)],
    ["ArrowDown", step(1)],
    ["ArrowUp", step(-1)],
    ["v", () => setAsking(true)],
    ["Enter", () => address && void navigate(address)],
  ]);
  const position = `${at < 0 ? "–" : formatCount(at + 1)} of ${formatCount(items.length)} · ${faultWords(seen)}`;
  return (
    <Viewer
      title={shapes?.file_name ?? "Loading"}
      position={position}
      // In the gallery of objects each comes close; in that of images the whole picture does.
      focus={view === "objects" && object && shapes ? viewOf(object.box, shapes) : undefined}
      focusOn={view === "objects" && object ? `${image} ${object.side} ${object.index}` : image}
      onClose={props.onClose}
      onPrevious={goTo(at - 1)}
      onNext={goTo(at + 1)}
      actions={
        <>
          <Switch
            size="xs"
            label="Difference"
            visibleFrom="md"
            checked={difference}
            onChange={(event) => setDifference(event.currentTarget.checked)}
          />
          <SegmentedControl
            size="xs"
            visibleFrom="sm"
            aria-label="Show"
            value={layout}
            onChange={(value) => props.onLayout(LAYOUTS.find((name) => name === value) ?? "over")}
            data={LAYOUTS.map((value) => ({ value, label: LAYOUT_WORDS[value] }))}
          />
          {address && (
            <Button
              component={Link}
              to={address}
              size="xs"
              style={{ flex: "none" }}
              leftSection={<IconPencil size={14} />}
              rightSection={<Kbd size="xs">Enter</Kbd>}
            >
              Fix label
            </Button>
          )}
        </>
      }
      side={
        <>
          {object && ref && (
            <Group gap="xs" mb="md">
              <VerdictMenu
                dataset={evaluation.dataset}
                object={ref}
                outcome={object.outcome}
                opened={asking}
                onOpened={setAsking}
              />
              {object.side === "label" && <PinButton dataset={evaluation.dataset} object={ref} />}
            </Group>
          )}
          <ObjectList
            seen={seen}
            classNames={columns.classNames}
            colors={props.colors}
            meant={meant}
            hovered={hovered}
            onHover={setHovered}
            onPick={(place) => onMeant(isSame(place, meant) ? null : place)}
          />
        </>
      }
    >
      {(pane, onPane) => {
        if (query.isError) return <ErrorNotice error={query.error} onRetry={() => void query.refetch()} />;
        if (!shapes) return <Skeleton height="100%" radius={0} role="status" aria-label="Loading" />;
        return (
          <Panes
            shapes={shapes}
            seen={seen}
            layout={layout}
            hidden={hidden}
            difference={difference}
            colouring={props.colouring}
            colors={props.colors}
            meant={meant}
            hovered={hovered}
            view={pane}
            onView={onPane}
            onHover={setHovered}
            onPick={(place) => onMeant({ side: place.side, index: place.index })}
          />
        );
      }}
    </Viewer>
  );
}

/** Where the image, or the object, stands in the gallery; -1 where the filters have left it out. */
export function placeAmong(
  columns: Columns,
  items: Int32Array,
  view: "images" | "objects",
  image: number,
  meant: Place | null,
): number {
  if (view === "images") return items.indexOf(image);
  if (meant === null) return -1;
  const rows = meant.side === "label" ? columns.labels : columns.predictions;
  const number = (rows.start[image] ?? 0) + meant.index;
  const found = items.indexOf(meant.side === "label" ? ~number : number);
  if (found >= 0 || meant.side === "prediction") return found;
  // A label that was found is told by its prediction.
  const partner = columns.labels.match[number] ?? -1;
  return partner < 0 ? -1 : items.indexOf(partner);
}

/** Fetches the next pictures and the one before, so that they are there when the key is pressed. */
function useAhead(
  evaluation: number,
  columns: Columns,
  items: Int32Array,
  view: "images" | "objects",
  at: number,
): void {
  const places = at < 0 ? [] : [at + 1, at - 1, ...Array.from({ length: AHEAD - 1 }, (_, i) => at + 2 + i)];
  const images = places.flatMap((place) => {
    const item = items[place];
    if (item === undefined) return [];
    return [String(view === "objects" ? locate(columns, item).image : item)];
  });
  const queries = useShapesOf(evaluation, [...new Set(images)]);
  const urls = queries.flatMap(({ data }) => (data ? [data.image_url] : [])).join(" ");
  useEffect(() => {
    for (const url of urls.split(" ")) if (url) new Image().src = url;
  }, [urls]);
}
