import { STROKE_TOLERANCE } from "@/canvas/strokes";
import { TOOL_NAMES, type ToolName } from "@/canvas/tools/tool";

export type Preferences = {
  readonly opacity: number;
  readonly tool: ToolName;
  readonly snaps: boolean;
  /** Of freehand strokes, in CSS pixels. */
  readonly strokeTolerance: number;
  /** The class last used, by dataset. */
  readonly classes: Readonly<Record<string, number>>;
};

const KEY = "segloop-editor";
const DEFAULTS: Preferences = {
  opacity: 0.35,
  tool: "draw",
  snaps: false,
  strokeTolerance: STROKE_TOLERANCE,
  classes: {},
};

function isTool(value: unknown): value is ToolName {
  return TOOL_NAMES.some((name) => name === value);
}

export function readPreferences(): Preferences {
  try {
    const stored = JSON.parse(localStorage.getItem(KEY) ?? "{}") as Partial<Preferences>;
    return {
      opacity:
        typeof stored.opacity === "number" ? Math.max(0, Math.min(1, stored.opacity)) : DEFAULTS.opacity,
      tool: isTool(stored.tool) ? stored.tool : DEFAULTS.tool,
      snaps: stored.snaps === true,
      strokeTolerance:
        typeof stored.strokeTolerance === "number" ? stored.strokeTolerance : DEFAULTS.strokeTolerance,
      classes:
        typeof stored.classes === "object" && stored.classes !== null ? stored.classes : DEFAULTS.classes,
    };
  } catch {
    return DEFAULTS;
  }
}

export function writePreferences(preferences: Preferences): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(preferences));
  } catch {
    // A full or forbidden store only means that the next visit starts with the defaults.
  }
}
