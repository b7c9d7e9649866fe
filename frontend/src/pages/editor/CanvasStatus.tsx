import { useEffect, useState } from "react";
import type { Editor } from "@/canvas/editor";
import classes from "./editor.module.css";
import type { AnnotationSaver } from "./sync/saver";
import { useEditorState, useSaveState } from "./use-editing";

const MESSAGE_MS = 6000;

/** What to do next while drawing, and sentences from the editor. */
export function CanvasStatus({ editor, saver }: { editor: Editor; saver: AnnotationSaver }) {
  const { draftPoints, document, allHidden } = useEditorState(editor);
  useSaveState(saver);
  const [message, setMessage] = useState("");
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout>;
    const show = (text: string): void => {
      setMessage(text);
      clearTimeout(timer);
      timer = setTimeout(() => setMessage(""), MESSAGE_MS);
    };
    const stops = [
      editor.on("message", show),
      editor.on("needsClass", () => show("Choose a class for this outline. It stays here until you do.")),
    ];
    return () => {
      clearTimeout(timer);
      stops.forEach((stop) => stop());
    };
  }, [editor]);

  const isBackground = saver.status === "done" && document.instances.length === 0;
  return (
    <div className={classes.status}>
      <div aria-live="polite">{message && <div className={classes.note}>{message}</div>}</div>
      {allHidden && <div className={classes.note}>All objects are hidden. H shows them.</div>}
      {isBackground && <div className={classes.note}>Done with no objects: a background image</div>}
      {draftPoints > 0 && <DraftActions editor={editor} points={draftPoints} />}
    </div>
  );
}

/** The keys of drawing, which are buttons too: a tablet has no Enter. */
function DraftActions({ editor, points }: { editor: Editor; points: number }) {
  const actions = [
    { keys: "Enter", label: "closes", run: () => editor.confirm() },
    { keys: "Backspace", label: "takes back", run: () => editor.backspace() },
    { keys: "Esc", label: "abandons", run: () => editor.abandon() },
  ];
  return (
    <div className={classes.note}>
      <span>{points === 1 ? "1 point" : `${points} points`}</span>
      {actions.map(({ keys, label, run }) => (
        <button
          key={keys}
          type="button"
          className={classes.noteAction}
          onMouseDown={(event) => event.preventDefault()}
          onClick={run}
        >
          <kbd>{keys}</kbd> {label}
        </button>
      ))}
    </div>
  );
}
