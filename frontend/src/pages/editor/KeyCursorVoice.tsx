import { useEffect, useState } from "react";
import type { DatasetClass } from "@/api/types";
import type { Editor } from "@/canvas/editor/editor";
import { pointCount } from "@/canvas/geometry/ring";
import { lookOf } from "./class-look";
import classes from "./options.module.css";
import { useEditorState } from "./use-editing";

/** While an arrow is held, only where the cursor comes to rest is told. */
const REST_MS = 150;

type Props = { editor: Editor; classNames: ReadonlyMap<number, DatasetClass> };

/** Where the keyboard cursor is, what is under it and what was just done: to be read, and read out. */
export function KeyCursorVoice({ editor, classNames }: Props) {
  const { byKeys } = useEditorState(editor);
  const [words, setWords] = useState("");
  useEffect(() => {
    if (!byKeys) return setWords("");
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isChanged = false;
    const say = (): void => {
      timer = undefined;
      // Only now is what was in the hand out of it, so that Undo names what was done.
      const done = isChanged ? `Done: ${(editor.state.undoLabel ?? "undo").toLowerCase()}` : "";
      setWords([done, describeKeyCursor(editor, classNames)].filter(Boolean).join(". "));
      isChanged = false;
    };
    const soon = (): void => {
      clearTimeout(timer);
      timer = setTimeout(say, REST_MS);
    };
    say();
    const stops = [
      editor.on("overlay", soon),
      editor.on("change", soon),
      editor.on("document", () => {
        isChanged = true;
        soon();
      }),
    ];
    return () => {
      clearTimeout(timer);
      stops.forEach((stop) => stop());
    };
  }, [editor, byKeys, classNames]);
  return (
    <div role="status" aria-label="Keyboard cursor" className={classes.voice}>
      {words}
    </div>
  );
}

/** "120, 85 · vertex 2 of 14 of cat 3"; "" while the cursor is off. */
export function describeKeyCursor(editor: Editor, classNames: ReadonlyMap<number, DatasetClass>): string {
  const { keyCursor, draft } = editor;
  const { at, isHeld } = keyCursor;
  if (!at) return "";
  const digits = editor.viewport.camera.scale >= 2 && !Number.isInteger(at.x * at.y) ? 1 : 0;
  const words = [`${at.x.toFixed(digits)}, ${at.y.toFixed(digits)}`];
  if (isHeld) words.push("held");
  const drawn = draft.points.length / 2;
  if (editor.overlay().closesDraft) words.push("first point: Space closes the outline");
  else words.push(describeUnder(editor, classNames));
  if (drawn > 0) words.push(drawn === 1 ? "1 point set" : `${drawn} points set`);
  return words.join(" · ");
}

function describeUnder(editor: Editor, classNames: ReadonlyMap<number, DatasetClass>): string {
  const { at } = editor.keyCursor;
  if (!at) return "";
  const { instance, vertex, isOnEdge } = editor.keyCursor.under(at);
  if (!instance) return "no object";
  const number = editor.document.instances.indexOf(instance) + 1;
  const name = `${lookOf(classNames, instance.class_id)?.name ?? "Unknown class"} ${number}`;
  if (vertex) {
    const count = pointCount(instance.polygons[vertex.part]?.[vertex.ring] ?? []);
    return `vertex ${vertex.index + 1} of ${count} of ${name}`;
  }
  if (isOnEdge) return `edge of ${name}`;
  return editor.selection.ids.has(instance.id) ? `${name}, selected` : name;
}
