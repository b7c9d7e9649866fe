import { Indicator } from "@mantine/core";
import {
  IconAdjustmentsHorizontal,
  IconHistory,
  IconLayersSubtract,
  IconMessage2,
  IconPhoto,
} from "@tabler/icons-react";
import type { ReactNode } from "react";
import type { DatasetClass } from "@/api/types";
import type { Editor } from "@/canvas/editor/editor";
import { classOfChoice, objectCount } from "@/canvas/model/document";
import { lookOf, swatchOf } from "./class-look";
import classes from "./sheets.module.css";
import { useEditorState } from "./use-editing";
import type { Layout, Sheet } from "./use-layout";
import type { Team } from "./use-team";

type Props = {
  editor: Editor;
  layout: Layout;
  /** Absent where the person draws alone. */
  team: Team | null;
  openComments: number;
  classNames: ReadonlyMap<number, DatasetClass>;
};

/** In a narrow window: what else there is, one sheet at a time below the canvas. */
export function SheetTabs({ editor, layout, team, openComments, classNames }: Props) {
  const { activeClassId, document } = useEditorState(editor);
  const side = team?.side ?? null;
  const open = side ?? layout.sheet;
  const chosen = activeClassId === null ? undefined : lookOf(classNames, classOfChoice(activeClassId));
  const pick = (sheet: Sheet): void => {
    if (side !== null) team?.setSide(null);
    layout.setSheet(open === sheet ? null : sheet);
  };
  const pickSide = (next: "comments" | "history"): void => {
    layout.setSheet(null);
    team?.setSide(open === next ? null : next);
  };
  return (
    <nav className={classes.tabs} aria-label="Sheets">
      <Tab
        label="Class"
        name={chosen ? `Class: ${chosen.name}` : "Class"}
        isOpen={open === "classes"}
        onPick={() => pick("classes")}
      >
        <span
          className={classes.swatch}
          style={{ background: swatchOf(chosen?.isIgnored ? null : activeClassId, chosen?.color) }}
        />
      </Tab>
      <Tab
        label="Objects"
        name={`Objects: ${objectCount(document)}`}
        isOpen={open === "objects"}
        onPick={() => pick("objects")}
      >
        <IconLayersSubtract size={20} stroke={1.7} />
      </Tab>
      {team && (
        <>
          <Tab label="Images" isOpen={open === "images"} onPick={() => pick("images")}>
            <IconPhoto size={20} stroke={1.7} />
          </Tab>
          <Tab label="Comments" isOpen={open === "comments"} onPick={() => pickSide("comments")}>
            <Indicator label={openComments} disabled={openComments === 0} size={16} color="pond">
              <IconMessage2 size={20} stroke={1.7} />
            </Indicator>
          </Tab>
          <Tab label="History" isOpen={open === "history"} onPick={() => pickSide("history")}>
            <IconHistory size={20} stroke={1.7} />
          </Tab>
        </>
      )}
      <Tab label="View" isOpen={open === "view"} onPick={() => pick("view")}>
        <IconAdjustmentsHorizontal size={20} stroke={1.7} />
      </Tab>
    </nav>
  );
}

type TabProps = {
  label: string;
  /** In more words, for those who do not see it. */
  name?: string;
  isOpen: boolean;
  onPick: () => void;
  children: ReactNode;
};

function Tab({ label, name, isOpen, onPick, children }: TabProps) {
  return (
    <button type="button" className={classes.tab} aria-label={name} aria-expanded={isOpen} onClick={onPick}>
      {children}
      <span className={classes.word}>{label}</span>
    </button>
  );
}
