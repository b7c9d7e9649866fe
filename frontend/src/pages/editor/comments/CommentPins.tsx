import { IconCheck, IconPlus } from "@tabler/icons-react";
import { type CSSProperties, useEffect, useRef } from "react";
import type { Comment } from "@/api/types";
import type { CommentPlace } from "@/api/comments";
import type { Editor } from "@/canvas/editor/editor";
import type { Point } from "@/canvas/geometry/types";
import { plural } from "@/lib/format";
import { useEditorState } from "../use-editing";
import classes from "./comments.module.css";
import { isOpen, placeOf } from "./place";

type Props = {
  editor: Editor;
  comments: readonly Comment[];
  selected: number | null;
  draft: CommentPlace | null;
  onSelect: (id: number) => void;
};

/** The comments where they belong, above the canvas; while a tool draws they take no presses there. A camera that moves only changes three numbers of the layer. */
export function CommentPins({ editor, comments, selected, draft, onSelect }: Props) {
  const layer = useRef<HTMLDivElement>(null);
  const { document, tool } = useEditorState(editor);
  useEffect(() => {
    const follow = (): void => {
      const { scale, x, y } = editor.viewport.camera;
      layer.current?.style.setProperty("--scale", String(scale));
      layer.current?.style.setProperty("--left", `${x}px`);
      layer.current?.style.setProperty("--top", `${y}px`);
    };
    follow();
    return editor.on("camera", follow);
  }, [editor]);

  const isDrawing = tool !== "select" && tool !== "pan";
  const shown = comments.filter((comment) => isOpen(comment) || comment.id === selected);
  const draftPlace = draft && placeOf(draft, document);
  return (
    <div ref={layer} className={classes.pins} data-passive={isDrawing}>
      {shown.map((comment) => {
        const place = placeOf(comment, document);
        if (!place) return null;
        const author = comment.author?.display_name || comment.author?.username || "Somebody";
        return (
          <button
            key={comment.id}
            type="button"
            className={classes.pin}
            style={at(place)}
            aria-pressed={comment.id === selected}
            data-resolved={!isOpen(comment)}
            aria-label={`Comment ${numberOf(comments, comment)} by ${author}: ${comment.text}`}
            title={`${author}: ${comment.text}`}
            onClick={() => onSelect(comment.id)}
          >
            <span>{isOpen(comment) ? numberOf(comments, comment) : <IconCheck size={15} stroke={3} />}</span>
          </button>
        );
      })}
      {draftPlace && (
        <span className={classes.pin} style={at(draftPlace)} data-draft>
          <span>
            <IconPlus size={15} stroke={3} aria-hidden />
          </span>
        </span>
      )}
    </div>
  );
}

function at({ x, y }: Point): CSSProperties {
  return { "--x": x, "--y": y } as CSSProperties;
}

/** Comments are counted as they came: the number of one never changes while others are resolved. */
export function numberOf(comments: readonly Comment[], comment: Comment): number {
  return comments.indexOf(comment) + 1;
}

export function describeCount(count: number): string {
  return count === 0 ? "No open comments" : plural(count, "open comment");
}
