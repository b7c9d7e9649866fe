import { useEffect, useMemo } from "react";
import type { DatasetClass } from "@/api/types";
import { isForCanvas, isOnCanvas, onlyLooks, runCommand, runWhileOpening } from "./commands";
import type { PageActions } from "./commands/command";
import type { GhostView } from "./ghosts/use-ghosts";
import type { Editing } from "./use-editing";
import { useKeys } from "./use-keys";
import type { Team } from "./use-team";

type Given = {
  editing: Editing | null;
  page: PageActions;
  team: Team;
  /** In the order of their number keys. */
  choices: readonly DatasetClass[];
  ghosts: GhostView;
  skipFix: (() => void) | null;
};

/** Every key that is not for a field or a dialog goes to the editor and the page around it. */
export function useEditorKeys({ editing, page, team, choices, ghosts, skipFix }: Given): void {
  const { keymap } = useKeys();
  const { canvas, isLooking, leave } = team;
  const { isOpen, take, step } = ghosts;
  const ghostActions = useMemo(
    () => (isOpen ? { take, step, skip: skipFix } : null),
    [isOpen, take, step, skipFix],
  );
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (!isForCanvas(event)) return;
      if (document.querySelector("[role=dialog]") && event.key !== "?") return;
      if (!editing) return void runWhileOpening(page, keymap, event);
      if (event.key === "Escape" && leave()) return event.preventDefault();
      const editor = canvas ?? editing.editor;
      runCommand(
        { editor, classes: choices, page, ghosts: ghostActions, isOnCanvas: isOnCanvas(event) },
        keymap,
        event,
        isLooking ? onlyLooks : undefined,
      );
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [editing, choices, page, ghostActions, keymap, canvas, isLooking, leave]);

  useEffect(() => {
    if (!editing) return;
    return editing.editor.on("needsClass", page.searchClasses);
  }, [editing, page]);
}
