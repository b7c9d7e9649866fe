import type { Command } from "./command";

/** What keys do with predictions shown over the image; without them the browser keeps the keys. */
export const GHOST_COMMANDS: readonly Command[] = [
  {
    id: "ghost.take",
    group: "Edit",
    label: "Take the prediction shown: as a new object, or as the outline of the one that is there",
    keys: ["Z"],
    when: ({ ghosts }) => Boolean(ghosts),
    run: ({ ghosts }) => ghosts?.take(),
  },
  {
    id: "ghost.next",
    group: "View",
    label: "Next prediction",
    keys: ["Shift+Z"],
    when: ({ ghosts }) => Boolean(ghosts),
    run: ({ ghosts }) => ghosts?.step(1),
  },
  {
    id: "ghost.previous",
    group: "View",
    label: "Previous prediction",
    keys: ["Alt+Z"],
    when: ({ ghosts }) => Boolean(ghosts),
    run: ({ ghosts }) => ghosts?.step(-1),
  },
  {
    id: "ghost.skip",
    group: "Images",
    label: "Next of the fixes that wait",
    keys: ["Shift+J"],
    when: ({ ghosts }) => Boolean(ghosts?.skip),
    run: ({ ghosts }) => ghosts?.skip?.(),
  },
];
