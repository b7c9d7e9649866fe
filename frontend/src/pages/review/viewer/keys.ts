/** How one image is laid out, and the keys of the viewer. */
export const LAYOUTS = ["over", "side", "swipe"] as const;
export type Layout = (typeof LAYOUTS)[number];
export const LAYOUT_WORDS: Record<Layout, string> = {
  over: "Overlaid",
  side: "Side by side",
  swipe: "Swipe",
};

export const VIEWER_KEYS: readonly (readonly [string, string])[] = [
  ["← →", "previous, next"],
  ["↑ ↓", "through the objects"],
  ["1 2 3", "overlaid, side by side, swipe"],
  ["L P", "labels, predictions"],
  ["D", "where they differ"],
  ["Enter", "fix the label"],
  ["V", "verdict"],
  ["+ − 0", "zoom, fit"],
];
