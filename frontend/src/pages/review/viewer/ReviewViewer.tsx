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
import { useSteps, useWanted } from "@/lib/wanted";
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
import { itemAt, placeAmong } from "../gallery";
import { LAYOUT_WORDS, LAYOUTS, type Layout } from "./keys";
import { ObjectList, stepObject } from "./ObjectList";
import { Panes } from "./Panes";

const AHEAD = 2;

type ViewerProps = {
  evaluation: Evaluation;
  columns: Columns;
  confidence: number;
  /** The gallery, as the address of the editor names it. */
  gallery: string;
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

const isSamePlace = (a: Place | null, b: Place | null) => a === b || isSame(a, b);
const NOBODY: SeenImage = { labels: [], predictions: [], ignored: [], regions: [] };

/** One image large, with all that can be done about its objects. */
export function ReviewViewer(props: ViewerProps) {
  const { evaluation, columns, confidence, gallery, items, view, image, meant, layout, onMeant } = props;
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
  const walk = useSteps(at, items.length, (to) => {
    const next = itemAt(columns, items, to, view);
    props.onGo(next.image, next.place);
  });
  const wanted = useWanted(meant, isSamePlace);
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
          gallery,
        )
      : null;
  const step = (by: number) => () => {
    setHovered(null);
    const next = stepObject(seen, wanted.latest(), by);
    wanted.ask(next);
    onMeant(next);
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
      onPrevious={at > 0 ? () => walk(-1) : undefined}
      onNext={at < items.length - 1 ? () => walk(1) : undefined}
      actions={
        <Actions
          difference={difference}
          onDifference={setDifference}
          layout={layout}
          onLayout={props.onLayout}
          address={address}
        />
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

type ActionsProps = {
  difference: boolean;
  onDifference: (isOn: boolean) => void;
  layout: Layout;
  onLayout: (layout: Layout) => void;
  /** Of the editor; null while it is not known. */
  address: string | null;
};

/** How labels and predictions are laid over each other, and the way to the editor. */
function Actions({ difference, onDifference, layout, onLayout, address }: ActionsProps) {
  return (
    <>
      <Switch
        size="xs"
        label="Difference"
        checked={difference}
        onChange={(event) => onDifference(event.currentTarget.checked)}
      />
      <SegmentedControl
        size="xs"
        aria-label="Show"
        value={layout}
        onChange={(value) => onLayout(LAYOUTS.find((name) => name === value) ?? "over")}
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
  );
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
  const shapes = useShapesOf(evaluation, [...new Set(images)]);
  const urls = Array.from(shapes.values(), ({ image_url }) => image_url).join(" ");
  useEffect(() => {
    for (const url of urls.split(" ")) if (url) new Image().src = url;
  }, [urls]);
}
