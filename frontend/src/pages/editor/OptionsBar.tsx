import { ActionIcon, Tooltip } from "@mantine/core";
import { IconMinus, IconPlus } from "@tabler/icons-react";
import { type ReactNode, type RefObject, useSyncExternalStore } from "react";
import type { Editor } from "@/canvas/editor/editor";
import type { DatasetClass } from "@/api/types";
import { Coordinates } from "./Coordinates";
import classes from "./options.module.css";
import { KeyCursorVoice } from "./KeyCursorVoice";
import { useEditorState } from "./use-editing";
import { useKeyNames, withKey } from "./use-keys";

type Props = {
  /** What the canvas shows. */
  editor: Editor;
  stage: RefObject<HTMLElement | null>;
  classNames: ReadonlyMap<number, DatasetClass>;
  children?: ReactNode;
};

/** Below the canvas, always as high: what to do next and the options of the tool, where the pointer is, the zoom. */
export function OptionsBar({ editor, stage, classNames, children }: Props) {
  const { byKeys } = useEditorState(editor);
  return (
    <section className={classes.options} aria-label="Options of the tool">
      <div className={classes.what}>{children}</div>
      {byKeys ? (
        <KeyCursorVoice editor={editor} classNames={classNames} />
      ) : (
        <Coordinates editor={editor} stage={stage} />
      )}
      <Zoom editor={editor} />
    </section>
  );
}

/** First in the order of the focus: past the bars, to where the work is. */
export function SkipToCanvas({ onSkip }: { onSkip: () => void }) {
  return (
    <a
      className="skip-link"
      href="#canvas"
      onClick={(event) => {
        event.preventDefault();
        onSkip();
      }}
    >
      Skip to the canvas
    </a>
  );
}

export function Zoom({ editor }: { editor: Editor }) {
  const percent = useSyncExternalStore(
    (onChange) => editor.on("camera", onChange),
    () => Math.round(editor.viewport.camera.scale * 100),
  );
  const keyOf = useKeyNames();
  return (
    <div className={classes.zooms} role="group" aria-label="Zoom">
      <Tooltip label={withKey("Zoom out", keyOf("view.zoom-out"))}>
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label="Zoom out"
          onClick={() => editor.viewport.zoomBy(1 / 1.4)}
        >
          <IconMinus size={16} />
        </ActionIcon>
      </Tooltip>
      <Tooltip label={withKey("Show at 100 %", keyOf("view.full-size"))}>
        <button
          type="button"
          className={classes.zoom}
          aria-label={`${percent} %: show at 100 %`}
          onClick={() => editor.viewport.zoomBy(1 / editor.viewport.camera.scale)}
        >
          {percent} %
        </button>
      </Tooltip>
      <Tooltip label={withKey("Zoom in", keyOf("view.zoom-in"))}>
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label="Zoom in"
          onClick={() => editor.viewport.zoomBy(1.4)}
        >
          <IconPlus size={16} />
        </ActionIcon>
      </Tooltip>
    </div>
  );
}
