import { CLASS_COMMANDS } from "./commands/classes";
import type { Command, CommandContext, PageActions } from "./commands/command";
import { CURSOR_COMMANDS } from "./commands/cursor";
import { DRAW_COMMANDS } from "./commands/draw";
import { EDIT_COMMANDS } from "./commands/edit";
import { GHOST_COMMANDS } from "./commands/ghosts";
import { IMAGE_COMMANDS } from "./commands/images";
import { OBJECT_COMMANDS } from "./commands/objects";
import { TEAM_COMMANDS } from "./commands/team";
import { VIEW_COMMANDS } from "./commands/view";
import { buildKeymap, type Chord, chordOf, type Keymap } from "./keymap";

/** Everything that the editor does, each with a key. */
export const COMMANDS: readonly Command[] = [
  ...DRAW_COMMANDS,
  ...EDIT_COMMANDS,
  ...OBJECT_COMMANDS,
  ...GHOST_COMMANDS,
  ...CLASS_COMMANDS,
  ...VIEW_COMMANDS,
  ...IMAGE_COMMANDS,
  ...TEAM_COMMANDS,
  ...CURSOR_COMMANDS,
];

export const DEFAULT_KEYMAP = buildKeymap(COMMANDS, {});

const BY_ID = new Map(COMMANDS.map((command) => [command.id, command]));

/** Keys that a focused control uses itself. */
const OF_CONTROLS = new Set(["Enter", " ", "ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End"]);

/** False where the person is typing, or works a control with the keyboard. */
export function isForCanvas(event: KeyboardEvent): boolean {
  const { target } = event;
  if (event.defaultPrevented || event.isComposing || !(target instanceof HTMLElement)) return false;
  if (
    target.closest(
      "input:not([type=range]), textarea, select, [contenteditable=true], [role=dialog], [role=menu]",
    )
  ) {
    return false;
  }
  return !(
    OF_CONTROLS.has(event.key) &&
    target.closest("button, a, input, [role=slider], [role=option], [role=radio]")
  );
}

/** The canvas has the focus, not a control beside it. */
export function isOnCanvas({ target }: KeyboardEvent): boolean {
  return target instanceof Element && target.closest("[role=application]") !== null;
}

/** What leaves the annotation as it is: allowed while the canvas shows something else, or waits for a place. */
export function onlyLooks({ id, group }: Command): boolean {
  return group === "View" || group === "Team" || (group === "Images" && id !== "image.done");
}

function isTab(chord: Chord): boolean {
  return chord === "Tab" || chord === "Shift+Tab";
}

/** On the canvas alone, where there is something to walk through, and only while another key leaves the canvas. */
function takesTab({ isOnCanvas = false, editor }: CommandContext, keymap: Keymap): boolean {
  const leaves = keymap.chords.get("view.leave-canvas") ?? [];
  return isOnCanvas && leaves.length > 0 && editor.document.instances.length > 0;
}

/** What keys do while an image is on its way: there is nothing to draw on, but one may go on walking. */
const WHILE_OPENING: Readonly<
  Record<string, "next" | "previous" | "first" | "last" | "leave" | "toggleHelp">
> = {
  "image.next": "next",
  "image.previous": "previous",
  "image.first": "first",
  "image.last": "last",
  "image.leave": "leave",
  "edit.nudge-right": "next",
  "edit.nudge-left": "previous",
  "view.help": "toggleHelp",
};

/** Runs what the pressed keys stand for while an image is on its way; false when they mean nothing then. */
export function runWhileOpening(page: PageActions, keymap: Keymap, event: KeyboardEvent): boolean {
  const chord = chordOf(event);
  const action = chord === null ? undefined : WHILE_OPENING[keymap.owners.get(chord) ?? ""];
  if (!action) return false;
  event.preventDefault();
  page[action]();
  return true;
}

/**
 * Runs the command that the pressed keys stand for; false when there is none, and the browser keeps them. The keys of
 * a command that may not run now do nothing.
 */
export function runCommand(
  context: CommandContext,
  keymap: Keymap,
  event: KeyboardEvent,
  may: (command: Command) => boolean = () => true,
): boolean {
  const chord = chordOf(event);
  if (chord === null || (isTab(chord) && !takesTab(context, keymap))) return false;
  const command = BY_ID.get(keymap.owners.get(chord) ?? "");
  if (!command || !(command.when?.(context) ?? true)) return false;
  event.preventDefault();
  if (may(command)) command.run(context);
  return true;
}
