import type { Command, CommandContext } from "./command";

const isOn = ({ editor }: CommandContext): boolean => editor.state.byKeys;

function fine(name: string, dx: number, dy: number): Command {
  return {
    id: `cursor.fine-${name.toLowerCase()}`,
    group: "View",
    label: `Keyboard cursor ${name.toLowerCase()} by one pixel of the image`,
    keys: [`Mod+Arrow${name}`],
    when: isOn,
    run: ({ editor }) => editor.keyCursor.move(dx, dy, "fine"),
  };
}

/** A cursor that keys move over the image, for who works without a pointer. */
export const CURSOR_COMMANDS: readonly Command[] = [
  {
    id: "cursor.toggle",
    group: "View",
    label: "Keyboard cursor: arrows move it over the image, Space presses",
    keys: ["Shift+K"],
    run: ({ editor, page }) => {
      editor.keyCursor.toggle();
      page.focusCanvas();
    },
  },
  {
    id: "cursor.press",
    group: "Draw",
    label: "Keyboard cursor: set a point, select, take hold of a vertex and let it go",
    keys: ["Space"],
    when: isOn,
    run: ({ editor }) => editor.keyCursor.press(),
  },
  {
    id: "cursor.next-vertex",
    group: "Edit",
    label: "Keyboard cursor to the next vertex of the selected object",
    keys: [">"],
    when: isOn,
    run: ({ editor }) => editor.keyCursor.goToVertex(1),
  },
  {
    id: "cursor.previous-vertex",
    group: "Edit",
    label: "Keyboard cursor to the vertex before",
    keys: ["<"],
    when: isOn,
    run: ({ editor }) => editor.keyCursor.goToVertex(-1),
  },
  fine("Left", -1, 0),
  fine("Right", 1, 0),
  fine("Up", 0, -1),
  fine("Down", 0, 1),
];
