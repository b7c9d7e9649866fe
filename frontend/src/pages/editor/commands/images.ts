import type { Command, PageActions } from "./command";

function image(action: keyof PageActions & Action, label: string, ...keys: string[]): Command {
  return { id: `image.${action}`, group: "Images", label, keys, run: ({ page }) => page[action]() };
}

type Action = "done" | "next" | "previous" | "first" | "last" | "jump" | "filter" | "saveNow" | "leave";

export const IMAGE_COMMANDS: readonly Command[] = [
  image("done", "Done, next; reviewing: accept, next", "D", "Mod+Enter"),
  image("next", "Next image", "PageDown"),
  image("previous", "Previous image", "PageUp"),
  image("first", "First image", "Home"),
  image("last", "Last image", "End"),
  image("jump", "Jump to an image by its name", "J", "Mod+G"),
  image("filter", "Filter the images", "Shift+F"),
  image("saveNow", "Save now", "Mod+S"),
  image("leave", "Back to all images", "Alt+ArrowUp"),
];
