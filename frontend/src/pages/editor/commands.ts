import { CLASS_COMMANDS } from "./commands/classes";
import type { Command, CommandContext } from "./commands/command";
import { CURSOR_COMMANDS } from "./commands/cursor";
import { DRAW_COMMANDS } from "./commands/draw";
import { EDIT_COMMANDS } from "./commands/edit";
import { GHOST_COMMANDS } from "./commands/ghosts";
import { IMAGE_COMMANDS } from "./commands/images";
import { OBJECT_COMMANDS } from "./commands/objects";
import { TEAM_COMMANDS } from "./commands/team";
import { VIEW_COMMANDS } from "./commands/view";
import { buildKeymap, chordOf, type Keymap } from "./keymap";

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

/** What leaves the annotation as it is: allowed while the canvas shows something else, or waits for a place. */
export function onlyLooks({ id, group }: Command): boolean {
  return group === "View" || group === "Team" || (group === "Images" && id !== "image.done");
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
  const command = chord === null ? undefined : BY_ID.get(keymap.owners.get(chord) ?? "");
  if (!command || !(command.when?.(context) ?? true)) return false;
  event.preventDefault();
  if (may(command)) command.run(context);
  return true;
}
