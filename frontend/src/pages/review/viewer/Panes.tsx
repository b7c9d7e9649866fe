import { type ReactNode, useRef, useState } from "react";
import type { ImageShapes } from "@/api/types";
import { MaskOverlay } from "@/components/MaskOverlay";
import { ZoomPane } from "@/components/ZoomPane";
import type { View } from "@/lib/viewport";
import { drawIgnored, drawShapes, type Drawing, type Place, type SeenImage, type SeenShape } from "../seen";
import { DifferenceLayer } from "./DifferenceLayer";
import type { Layout } from "./keys";
import classes from "../Review.module.css";

type PanesProps = Drawing & {
  shapes: ImageShapes;
  seen: SeenImage;
  layout: Layout;
  hidden: { labels: boolean; predictions: boolean };
  difference: boolean;
  view: View;
  onView: (change: (view: View) => View) => void;
  onHover: (place: Place | null) => void;
  onPick: (place: Place) => void;
};

/** The picture with its masks: one over the other, side by side, or with a border to swipe. */
export function Panes(props: PanesProps) {
  const { seen, layout, hidden } = props;
  const labels = hidden.labels ? [] : seen.labels;
  const predictions = hidden.predictions ? [] : seen.predictions;
  if (layout === "side")
    return (
      <>
        <Pane {...props} name="Label" labels={labels} predictions={[]} />
        <Pane {...props} name="Prediction" labels={[]} predictions={predictions} />
      </>
    );
  if (layout === "swipe")
    return (
      <Swiped
        left={<Pane {...props} name="Label" labels={labels} predictions={[]} />}
        right={<Pane {...props} name="Prediction" atRight labels={[]} predictions={predictions} />}
      />
    );
  return <Pane {...props} name="Prediction over label" labels={labels} predictions={predictions} />;
}

function Pane({
  shapes,
  seen,
  difference,
  view,
  onView,
  onHover,
  onPick,
  name,
  atRight = false,
  labels,
  predictions,
  ...drawing
}: PanesProps & {
  name: string;
  atRight?: boolean;
  labels: readonly SeenShape[];
  predictions: readonly SeenShape[];
}) {
  const size = { width: shapes.width, height: shapes.height };
  const drawn = [...labels, ...predictions];
  const placeOf = (i: number) => drawn[i] as SeenShape;
  return (
    <ZoomPane
      src={shapes.image_url}
      alt={`${shapes.file_name}: ${name.toLowerCase()}`}
      picture={size}
      view={view}
      onView={onView}
      caption={name}
      captionAtRight={atRight}
    >
      {difference && <DifferenceLayer labels={seen.labels} predictions={seen.predictions} {...size} />}
      <MaskOverlay
        masks={[
          ...drawIgnored(predictions.length > 0 || labels.length === 0 ? seen : { ...seen, ignored: [] }),
          ...drawShapes(labels, { ...drawing, captions: false }, predictions.length > 0),
          ...drawShapes(predictions, { ...drawing, captions: true }),
        ]}
        {...size}
        fit="contain"
        fillOpacity={difference ? 0 : 0.16}
        strokeWidth={2}
        captionScale={1 / view.zoom}
        onHover={(i) => onHover(i === null ? null : placeOf(i))}
        onPick={(i) => onPick(placeOf(i))}
      />
    </ZoomPane>
  );
}

const STEP = 0.05;

/** Two panes in one place; the right one begins at a border that is dragged, or moved by arrow keys. */
function Swiped({ left, right }: { left: ReactNode; right: ReactNode }) {
  const [at, setAt] = useState(0.5);
  const holder = useRef<HTMLDivElement>(null);
  const put = (share: number) => setAt(Math.min(1, Math.max(0, share)));
  return (
    <div ref={holder} className={classes.swiped}>
      <div className={classes.half}>{left}</div>
      <div className={classes.half} style={{ clipPath: `inset(0 0 0 ${at * 100}%)` }}>
        {right}
      </div>
      <div
        role="slider"
        tabIndex={0}
        aria-label="Border between label and prediction"
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(at * 100)}
        className={classes.divider}
        style={{ left: `${at * 100}%`, right: "auto" }}
        onKeyDown={(event) => {
          const step = { ArrowLeft: -STEP, ArrowRight: STEP }[event.key];
          if (step === undefined) return;
          event.stopPropagation();
          event.preventDefault();
          put(at + step);
        }}
        onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
        onPointerMove={(event) => {
          const box = holder.current?.getBoundingClientRect();
          if (box && event.currentTarget.hasPointerCapture(event.pointerId))
            put((event.clientX - box.left) / box.width);
        }}
      />
    </div>
  );
}
