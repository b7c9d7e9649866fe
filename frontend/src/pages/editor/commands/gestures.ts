import type { Group } from "./command";

/** Moves that need the pointer: shown with the keys, run by the canvas itself. */
export type Gesture = { readonly group: Group; readonly label: string; readonly keys: readonly string[] };

export const GESTURES: readonly Gesture[] = [
  { group: "Draw", label: "Point by point", keys: ["Click"] },
  { group: "Draw", label: "Freehand", keys: ["Drag"] },
  { group: "Draw", label: "Live wire: a straight line", keys: ["Shift", "Click"] },
  { group: "Draw", label: "Outline that was found: not this", keys: ["Alt", "Drag"] },
  { group: "Draw", label: "Outline that was found: take it", keys: ["Click outside"] },
  { group: "Draw", label: "Close the outline", keys: ["Double click"] },
  {
    group: "Draw",
    label: "Follow a border to the next point (Alt: the longer way)",
    keys: ["Shift", "Click"],
  },
  { group: "Draw", label: "Take back the last point", keys: ["Right click"] },
  { group: "View", label: "Zoom at the pointer", keys: ["Wheel"] },
  { group: "View", label: "Move the view", keys: ["Space", "Drag"] },
  { group: "View", label: "Move and zoom the view by touch", keys: ["Two fingers"] },
  { group: "View", label: "Move the view, once a pen has drawn", keys: ["One finger"] },
  { group: "Edit", label: "Insert a vertex", keys: ["Drag an edge"] },
  { group: "Edit", label: "Delete a vertex, down to three", keys: ["Alt", "Click it"] },
  { group: "Edit", label: "What lies under the object just selected", keys: ["Click again"] },
  { group: "Edit", label: "Menu of an object", keys: ["Right click"] },
  { group: "Edit", label: "Insert a vertex where it is", keys: ["Alt", "Click an edge"] },
  { group: "Edit", label: "Select several", keys: ["Shift", "Click"] },
  { group: "Edit", label: "Select what a rectangle touches", keys: ["Shift", "Drag from nothing"] },
];
