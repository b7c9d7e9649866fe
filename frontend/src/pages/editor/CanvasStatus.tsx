import { objectCount } from "@/canvas/model/document";
import { endPurpose, mend, drawOnto } from "@/canvas/operations/drawing";
import { Loader } from "@mantine/core";
import { useEffect, useRef, useState } from "react";
import type { Editor } from "@/canvas/editor/editor";
import type { Seen } from "@/canvas/model/overlay";
import type { Hint, Offer } from "@/canvas/model/state";
import { duplicateSelected } from "@/canvas/operations/copies";
import { mergeSelected, moveSelected, simplifySelected, trimOverlaps } from "@/canvas/operations/objects";
import { formatIou, MAX_STROKE_TOLERANCE } from "@/canvas/geometry/strokes";
import type { ToolName } from "@/canvas/model/tools";
import { plural } from "@/lib/format";
import { useIsTouch } from "@/lib/pointer";
import classes from "./options.module.css";
import type { AnnotationSaver } from "./sync/saver";
import { useEditorState, useSaveState } from "./use-editing";
import { useKeyNames } from "./use-keys";

const MESSAGE_MS = 6000;
/** What changes this long after a message was not its cause: it is out of date then. */
const OUTDATED_AFTER_MS = 400;
/** What a finger does with each tool. */
const GESTURE_OF: Record<ToolName, string> = {
  select: "Tap an object to select it. Two fingers move and zoom.",
  draw: "Tap point by point, tap the first to close; or drag. Two fingers move and zoom.",
  wire: "Tap along an edge, tap the first point to close. Two fingers move and zoom.",
  box: "Drag a box around one object. Two fingers move and zoom.",
  rectangle: "Drag from corner to corner. Two fingers move and zoom.",
  ellipse: "Drag from corner to corner. Two fingers move and zoom.",
  brush: "Drag to paint. Two fingers move and zoom.",
  eraser: "Drag to erase. Two fingers move and zoom.",
  slice: "Drag a line through an object. Two fingers move and zoom.",
  pan: "Drag to move the view. Two fingers zoom.",
};
const ONTO = { add: "edit.add-to", cut: "edit.cut-from" } as const;

/** What to do next while drawing, and sentences from the editor: outside the image, where no stroke can meet it. */
export function CanvasStatus({ editor, saver }: { editor: Editor; saver: AnnotationSaver }) {
  const {
    crossing,
    repair,
    staysOn,
    draftPoints,
    document,
    allHidden,
    purpose,
    selection,
    tool,
    brushRadius,
    offer,
    hint,
    seen,
  } = useEditorState(editor);
  useSaveState(saver);
  const isTouch = useIsTouch();
  const [message, setMessage] = useState("");
  const shownAt = useRef(0);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout>;
    const show = (text: string): void => {
      setMessage(text);
      shownAt.current = performance.now();
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

  useEffect(() => {
    if (performance.now() - shownAt.current > OUTDATED_AFTER_MS) setMessage("");
  }, [draftPoints, document, tool]);

  const isFinished = saver.status === "done" || saver.status === "accepted";
  const isBackground = isFinished && objectCount(document) === 0;
  const hints = (
    <>
      {draftPoints > 0 ? (
        <DraftActions editor={editor} points={draftPoints} closes={crossing !== "outline"} />
      ) : (
        purpose === "new" && tool === "select" && <SelectionActions editor={editor} count={selection.size} />
      )}
      {purpose !== "new" && <PurposeNote editor={editor} purpose={purpose} staysOn={staysOn} />}
      {isTouch && draftPoints === 0 && selection.size === 0 && !offer && (
        <div className={classes.gesture}>{GESTURE_OF[tool]}</div>
      )}
      {(tool === "brush" || tool === "eraser") && <BrushSize editor={editor} radius={brushRadius} />}
      {tool === "draw" && <StrokeTolerance editor={editor} />}
      {allHidden && (
        <Actions
          title="All objects are hidden"
          actions={[
            {
              command: "view.hide-all",
              label: "shows them",
              touch: "Show them",
              run: () => editor.selection.setAllHidden(false),
            },
          ]}
        />
      )}
      {seen && <ModelViewNote seen={seen} />}
      {isBackground && <div className={classes.note}>Done with no objects: a background image</div>}
    </>
  );
  return (
    <div className={classes.status}>
      <div aria-live="polite" className={message === "" ? undefined : classes.message}>
        {message}
      </div>
      {offer && <OfferActions editor={editor} offer={offer} hint={hint} />}
      {crossing && (
        <MendActions
          editor={editor}
          crossing={crossing}
          isBowTie={repair?.isBowTie === true}
          isExplained={message !== ""}
        />
      )}
      {/* A sentence has the room of the hints: cut off, nobody could read it. A finger keeps its buttons. */}
      {(message === "" || isTouch) && hints}
    </div>
  );
}

type Action = {
  /** Of the command that does the same: its key is shown. */
  command: string;
  label: string;
  /** What a button says where no key is named. */
  touch?: string;
  run: () => void;
};

/** Keys that are buttons too: a tablet has none. */
function Actions({ title, actions }: { title: string; actions: readonly Action[] }) {
  const keyOf = useKeyNames();
  const isTouch = useIsTouch();
  return (
    <div className={classes.note}>
      <span>{title}</span>
      {actions.map(({ command, label, touch, run }) => (
        <button
          key={command}
          type="button"
          className={classes.action}
          onMouseDown={(event) => event.preventDefault()}
          onClick={run}
        >
          {isTouch ? (
            (touch ?? capital(label))
          ) : (
            <>
              <Key of={keyOf(command)} /> {label}
            </>
          )}
        </button>
      ))}
    </div>
  );
}

function capital(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function Key({ of }: { of: string }) {
  return of === "" ? null : <kbd>{of}</kbd>;
}

/** The keys that make what a slider sets smaller and larger. */
function SliderKeys() {
  const keyOf = useKeyNames();
  if (useIsTouch()) return null;
  return (
    <>
      <Key of={keyOf("brush.smaller")} /> <Key of={keyOf("brush.larger")} />
    </>
  );
}

type DraftProps = { editor: Editor; points: number; closes: boolean };

function DraftActions({ editor, points, closes }: DraftProps) {
  const close = { command: "draw.close", label: "closes", touch: "Close", run: () => editor.confirm() };
  return (
    <Actions
      title={plural(points, "point")}
      actions={[
        ...(closes ? [close] : []),
        { command: "draw.back", label: "takes back", touch: "Take back", run: () => editor.backspace() },
        { command: "draw.abandon", label: "abandons", touch: "Abandon", run: () => editor.abandon() },
      ]}
    />
  );
}

function ModelViewNote({ seen: { size, vanished, objects } }: { seen: Seen }) {
  return (
    <div className={classes.note}>
      As the model sees it at {size.imgsz}, mask ratio {size.maskRatio}.
      {vanished.length > 0 && ` ${vanished.length} of ${plural(objects.length, "object")} vanish.`}
    </div>
  );
}

function OfferActions({ editor, offer, hint }: { editor: Editor; offer: Offer; hint: Hint }) {
  const stop = { command: "draw.abandon", label: "abandons", touch: "Abandon", run: () => editor.abandon() };
  if (offer === "looking") {
    return (
      <div className={classes.offer} role="status">
        <Loader size={16} aria-hidden />
        <Actions title="Looking for the outline…" actions={[stop]} />
      </div>
    );
  }
  const other = hint === "inside" ? "outside" : "inside";
  return (
    <Actions
      title={hint === "inside" ? "Strokes say: this too" : "Strokes say: not this"}
      actions={[
        { command: "draw.close", label: "takes it", touch: "Take it", run: () => editor.confirm() },
        {
          command: "draw.hint",
          label: other === "inside" ? "this too" : "not this",
          run: () => editor.options.set({ hint: other }),
        },
        { command: "draw.back", label: "takes back", touch: "Take back", run: () => editor.backspace() },
        stop,
      ]}
    />
  );
}

const CROSSINGS = {
  outline: "The outline crosses itself",
  object: "This object crosses itself",
  mended: "It crossed itself: the outer contour was kept",
} as const;

type MendProps = {
  editor: Editor;
  crossing: keyof typeof CROSSINGS;
  isBowTie: boolean;
  /** A sentence beside it says what crosses. */
  isExplained: boolean;
};

/** What an outline that crosses itself can become. Of a bow tie both would be the same. */
function MendActions({ editor, crossing, isBowTie, isExplained }: MendProps) {
  const outer = { command: "draw.close", label: "outer contour", run: () => mend(editor, "outer") };
  const parts = { command: "draw.close-parts", label: "the parts", run: () => mend(editor, "parts") };
  const undo = { command: "edit.undo", label: "as before", run: () => editor.undo() };
  return (
    <Actions
      title={isExplained ? "" : isBowTie ? "The outline crosses itself like a bow tie" : CROSSINGS[crossing]}
      actions={[
        ...(isBowTie ? [{ ...outer, label: "keeps the parts" }] : [outer, parts]),
        ...(crossing === "mended" ? [undo] : []),
      ]}
    />
  );
}

type PurposeProps = { editor: Editor; purpose: "add" | "cut"; staysOn: boolean };

function PurposeNote({ editor, purpose, staysOn }: PurposeProps) {
  const other = purpose === "add" ? "cut" : "add";
  const what = purpose === "add" ? "added to the object" : "cut out of the object";
  return (
    <Actions
      title={staysOn ? `All that you draw is ${what}` : `The next outline is ${what}`}
      actions={[
        {
          command: ONTO[purpose],
          label: staysOn ? "once only" : "stay on",
          run: () => editor.aiming.setStaysOn(!staysOn),
        },
        { command: ONTO[other], label: other, run: () => drawOnto(editor, other) },
        { command: "draw.abandon", label: "ends this", touch: "End this", run: () => endPurpose(editor) },
      ]}
    />
  );
}

function SelectionActions({ editor, count }: { editor: Editor; count: number }) {
  if (count === 0) return null;
  const one: Action[] = [
    { command: ONTO.add, label: "add to it", run: () => drawOnto(editor, "add") },
    { command: ONTO.cut, label: "cut out of it", run: () => drawOnto(editor, "cut") },
  ];
  const several: Action[] = [{ command: "edit.merge", label: "merge", run: () => mergeSelected(editor) }];
  return (
    <Actions
      title={plural(count, "object")}
      actions={[
        ...(count === 1 ? one : several),
        { command: "tool.slice", label: "slice", run: () => editor.setTool("slice") },
        { command: "edit.trim", label: "trim overlap", run: () => trimOverlaps(editor, "selected") },
        { command: "edit.simplify", label: "simplify", run: () => simplifySelected(editor) },
        { command: "edit.duplicate", label: "duplicate", run: () => duplicateSelected(editor) },
        { command: "edit.to-front", label: "to front", run: () => moveSelected(editor, "front") },
      ]}
    />
  );
}

/** How closely freehand outlines follow the hand, and what that has cost the one just drawn. */
function StrokeTolerance({ editor }: { editor: Editor }) {
  const { strokeTolerance, stroke } = useEditorState(editor);
  return (
    <label className={`${classes.note} ${classes.slider}`}>
      <span>
        <SliderKeys /> Freehand tolerance
      </span>
      <input
        type="range"
        min={0}
        max={MAX_STROKE_TOLERANCE}
        step={0.25}
        value={strokeTolerance}
        aria-valuetext={`${strokeTolerance} screen pixels`}
        onChange={(event) => editor.outlines.setTolerance(Number(event.currentTarget.value))}
      />
      <span className="tabular">{strokeTolerance.toFixed(2)} px</span>
      {stroke && (
        <span className="tabular" role="status">
          {plural(stroke.points, "point")} · IoU {formatIou(stroke.iou)}
        </span>
      )}
    </label>
  );
}

/** The slider is even in what the eye sees: each step the same factor. */
function BrushSize({ editor, radius }: { editor: Editor; radius: number }) {
  const most = Math.max(editor.size.width, editor.size.height) / 2;
  return (
    <label className={`${classes.note} ${classes.slider}`}>
      <span>
        <SliderKeys /> Brush
      </span>
      <input
        type="range"
        min={0}
        max={100}
        value={(100 * Math.log(radius / 0.5)) / Math.log(most / 0.5)}
        aria-valuetext={`${Math.round(2 * radius)} pixels wide`}
        onChange={(event) =>
          editor.options.set({ brushRadius: 0.5 * (most / 0.5) ** (Number(event.currentTarget.value) / 100) })
        }
      />
      <span className="tabular">{radius < 5 ? (2 * radius).toFixed(1) : Math.round(2 * radius)} px</span>
    </label>
  );
}
