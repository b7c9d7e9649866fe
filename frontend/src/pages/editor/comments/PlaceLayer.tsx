import { useEffect, useRef } from "react";
import { type CommentPlace } from "@/api/comments";
import type { Editor } from "@/canvas/editor/editor";
import { toImage } from "@/canvas/geometry/camera";
import { useIsTouch } from "@/lib/pointer";
import notices from "../notices.module.css";
import classes from "./comments.module.css";
import { pinAt, pinOn, WHOLE_IMAGE } from "./place";

const NOTCH = 1.25;

type Props = { editor: Editor; onPlace: (place: CommentPlace) => void; onAbandon: () => void };

/** Over the canvas while the place of a comment is asked for. By keys: the selected object, or the middle of the view. */
export function PlaceLayer({ editor, onPlace, onAbandon }: Props) {
  const ref = useRef<HTMLButtonElement>(null);
  useEffect(() => ref.current?.focus({ preventScroll: true }), []);
  const { single: selected } = editor.selection;

  const placeAt = (x: number, y: number): void => {
    const place = pinAt(toImage(editor.viewport.camera, { x, y }), selected, editor.size);
    if (place) onPlace(place);
    else editor.notify("That is outside the image. Click on the image.");
  };
  return (
    <button
      ref={ref}
      type="button"
      className={classes.placing}
      aria-label={
        selected
          ? "Where does the comment belong? Click on the image; Enter pins it to the selected object"
          : "Where does the comment belong? Click on the image; Enter pins it to the middle of the view"
      }
      onClick={(event) => {
        const { left, top } = event.currentTarget.getBoundingClientRect();
        // A press of Enter is a click without a pointer.
        if (event.detail > 0) placeAt(event.clientX - left, event.clientY - top);
        else if (selected) onPlace(pinOn(selected));
        else placeAt(editor.viewport.view.width / 2, editor.viewport.view.height / 2);
      }}
      onWheel={(event) => {
        const { left, top } = event.currentTarget.getBoundingClientRect();
        const point = { x: event.clientX - left, y: event.clientY - top };
        editor.viewport.zoomAt(point, NOTCH ** Math.max(-2, Math.min(2, -event.deltaY / 120)));
      }}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.preventDefault();
        event.stopPropagation();
        onAbandon();
      }}
    />
  );
}

/** Beside the canvas meanwhile: the question, and the answers that are no place on the image. */
export function PlaceAsk({ editor, onPlace, onAbandon }: Props) {
  const isTouch = useIsTouch();
  const { single: selected } = editor.selection;
  return (
    <div className={notices.bar} role="status">
      <span>{isTouch ? "Tap" : "Click"} where the comment belongs.</span>
      {selected && (
        <button type="button" className={notices.button} onClick={() => onPlace(pinOn(selected))}>
          {!isTouch && <kbd>Enter</kbd>} The selected object
        </button>
      )}
      <button type="button" className={notices.button} onClick={() => onPlace(WHOLE_IMAGE)}>
        The whole image
      </button>
      <button type="button" className={notices.button} onClick={onAbandon}>
        {!isTouch && <kbd>Esc</kbd>} {isTouch ? "Cancel" : "abandons"}
      </button>
    </div>
  );
}
