/** Keys of the player, as video editors have them. */
export type Command =
  | "toggle"
  | "pause"
  | "backwards"
  | "forwards"
  | "nextFrame"
  | "previousFrame"
  | "nextSecond"
  | "previousSecond"
  | "start"
  | "end"
  | "fullScreen"
  | "mute"
  | "take"
  | "mark"
  | "previousMark"
  | "nextMark"
  | "names"
  | "zoomIn"
  | "zoomOut"
  | "zoomWhole"
  | "help";

type Row = { readonly command: Command; readonly does: string; readonly keys: readonly string[] };

/** `keys`: as `usePageKeys` names them. */
export const KEYS: readonly Row[] = [
  { command: "toggle", does: "Play or pause", keys: ["space"] },
  { command: "pause", does: "Pause", keys: ["k"] },
  { command: "forwards", does: "Play; again: faster", keys: ["l"] },
  { command: "backwards", does: "Play backwards; again: faster", keys: ["j"] },
  { command: "nextFrame", does: "Next frame", keys: ["ArrowRight", "."] },
  { command: "previousFrame", does: "Previous frame", keys: ["ArrowLeft", ","] },
  { command: "nextSecond", does: "A second on", keys: ["shift+ArrowRight"] },
  { command: "previousSecond", does: "A second back", keys: ["shift+ArrowLeft"] },
  { command: "start", does: "First frame", keys: ["Home"] },
  { command: "end", does: "Last frame", keys: ["End"] },
  { command: "take", does: "This frame into the dataset", keys: ["d"] },
  { command: "mark", does: "Mark this frame, or unmark it", keys: ["m"] },
  { command: "previousMark", does: "Previous marked frame", keys: ["shift+ArrowUp"] },
  { command: "nextMark", does: "Next marked frame", keys: ["shift+ArrowDown"] },
  { command: "names", does: "Names and confidences", keys: ["n"] },
  { command: "zoomIn", does: "Zoom in on the timeline", keys: ["[plus]", "shift+[plus]", "="] },
  { command: "zoomOut", does: "Zoom out", keys: ["-"] },
  { command: "zoomWhole", does: "The whole video on the timeline", keys: ["0"] },
  { command: "mute", does: "Sound on or off", keys: ["shift+m"] },
  { command: "fullScreen", does: "Full screen", keys: ["f"] },
  { command: "help", does: "This list", keys: ["shift+?", "?"] },
];

const SIGNS: Record<string, string> = {
  space: "Space",
  ArrowRight: "→",
  ArrowLeft: "←",
  ArrowUp: "↑",
  ArrowDown: "↓",
  "[plus]": "+",
};

/** "shift+ArrowRight" as it is printed on keys: ["Shift", "→"]. */
export function printed(key: string): string[] {
  if (key === "shift+?") return ["?"];
  return key.split("+").map((part) => (part === "shift" ? "Shift" : (SIGNS[part] ?? printedSign(part))));
}

const printedSign = (part: string): string => (part.length === 1 ? part.toUpperCase() : part);

/** One way to print each command's keys: what needs Shift on some keyboards only is not repeated. */
export function printedKeys(keys: readonly string[]): string[][] {
  const shown = keys.filter((key) => key !== "shift+[plus]" && key !== "=" && key !== "?");
  return shown.map(printed);
}
