import { useElementSize, useMergedRef } from "@mantine/hooks";
import { type ReactNode, useEffect, useRef } from "react";
import { panBy, place, type Size, type View, WHOLE, zoomAt } from "@/lib/viewport";
import classes from "./ZoomPane.module.css";

type ZoomPaneProps = {
  src: string;
  alt: string;
  picture: Size;
  view: View;
  onView: (change: (view: View) => View) => void;
  /** What lies over the picture and grows with it. */
  children?: ReactNode;
  caption?: ReactNode;
  captionAtRight?: boolean;
};

/** A picture to look at closely: wheel or pinch zooms at the pointer, drag moves, double click fits.
 *  The view belongs to the parent, so that two panes can share it. */
export function ZoomPane({
  src,
  alt,
  picture,
  view,
  onView,
  children,
  caption,
  captionAtRight,
}: ZoomPaneProps) {
  const { ref: sizeRef, width, height } = useElementSize<HTMLDivElement>();
  const element = useRef<HTMLDivElement>(null);
  const drag = useRef<{ x: number; y: number } | null>(null);
  const ref = useMergedRef(sizeRef, element);
  const pane = { width, height };
  const latest = useRef({ pane, picture });
  latest.current = { pane, picture };

  useEffect(() => {
    const node = element.current;
    if (!node) return;
    // React listens to wheel events passively, where the page's own scrolling cannot be held back.
    const onWheel = (event: WheelEvent) => {
      event.preventDefault();
      const box = node.getBoundingClientRect();
      const pointer = { x: event.clientX - box.left, y: event.clientY - box.top };
      const factor = Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.0018));
      onView((known) => zoomAt(known, factor, pointer, latest.current.pane, latest.current.picture));
    };
    node.addEventListener("wheel", onWheel, { passive: false });
    return () => node.removeEventListener("wheel", onWheel);
  }, [onView]);

  const box = place(view, pane, picture);
  return (
    <div
      ref={ref}
      className={classes.pane}
      data-zoomed={view.zoom > 1}
      onDoubleClick={() => onView(() => WHOLE)}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        drag.current = { x: event.clientX, y: event.clientY };
      }}
      onPointerMove={(event) => {
        const from = drag.current;
        if (!from) return;
        drag.current = { x: event.clientX, y: event.clientY };
        const [dx, dy] = [event.clientX - from.x, event.clientY - from.y];
        onView((known) => panBy(known, dx, dy, pane, picture));
      }}
      onPointerUp={() => (drag.current = null)}
      onPointerCancel={() => (drag.current = null)}
    >
      <div className={classes.picture} style={{ ...box, visibility: width > 0 ? "visible" : "hidden" }}>
        <img src={src} alt={alt} draggable={false} className={classes.image} />
        {children}
      </div>
      {caption && (
        <div className={classes.caption} data-right={captionAtRight}>
          {caption}
        </div>
      )}
    </div>
  );
}
