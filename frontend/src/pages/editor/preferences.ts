import { STROKE_TOLERANCE } from "@/canvas/geometry/strokes";
import { TOOL_NAMES, type ToolName } from "@/canvas/model/tools";
import type { ColorBy } from "@/canvas/model/style";
import { checkChanges, type KeyChanges } from "./keymap";
import { type Sort, SORTS } from "./object-list";

export type Preferences = {
  readonly opacity: number;
  readonly tool: ToolName;
  readonly snaps: boolean;
  readonly selectsNew: boolean;
  readonly colorBy: ColorBy;
  /** Names on the canvas. */
  readonly labels: boolean;
  /** In image pixels; null until the person has set it. */
  readonly brushRadius: number | null;
  /** What was drawn with last: the tool, and by dataset the class. */
  readonly drawTool: ToolName;
  readonly drawnClasses: Readonly<Record<string, number>>;
  /** Of the list of objects. */
  readonly objectSort: Sort;
  /** Keys move a cursor over the image. */
  readonly byKeys: boolean;
  /** Of freehand strokes, in CSS pixels. */
  readonly strokeTolerance: number;
  /** The class last used, by dataset. */
  readonly classes: Readonly<Record<string, number>>;
  /** Whether classes and objects are shown, and the image strip. */
  readonly panel: boolean;
  readonly strip: boolean;
};

const KEY = "segloop-editor";
const DEFAULTS: Preferences = {
  opacity: 0.35,
  tool: "draw",
  snaps: false,
  selectsNew: false,
  colorBy: "class",
  labels: false,
  objectSort: "order",
  brushRadius: null,
  drawTool: "draw",
  drawnClasses: {},
  byKeys: false,
  strokeTolerance: STROKE_TOLERANCE,
  classes: {},
  panel: true,
  strip: true,
};

function isTool(value: unknown): value is ToolName {
  return TOOL_NAMES.some((name) => name === value);
}

function isRecord(value: unknown): value is Record<string, number> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function readPreferences(): Preferences {
  try {
    const stored = JSON.parse(localStorage.getItem(KEY) ?? "{}") as Partial<Preferences>;
    return {
      opacity:
        typeof stored.opacity === "number" ? Math.max(0, Math.min(1, stored.opacity)) : DEFAULTS.opacity,
      tool: isTool(stored.tool) ? stored.tool : DEFAULTS.tool,
      snaps: stored.snaps === true,
      selectsNew: stored.selectsNew === true,
      colorBy: stored.colorBy === "object" ? "object" : "class",
      labels: stored.labels === true,
      objectSort: SORTS.find((sort) => sort === stored.objectSort) ?? DEFAULTS.objectSort,
      brushRadius: typeof stored.brushRadius === "number" ? stored.brushRadius : DEFAULTS.brushRadius,
      drawTool: isTool(stored.drawTool) ? stored.drawTool : DEFAULTS.drawTool,
      drawnClasses: isRecord(stored.drawnClasses) ? stored.drawnClasses : DEFAULTS.drawnClasses,
      byKeys: stored.byKeys === true,
      strokeTolerance:
        typeof stored.strokeTolerance === "number" ? stored.strokeTolerance : DEFAULTS.strokeTolerance,
      classes: isRecord(stored.classes) ? stored.classes : DEFAULTS.classes,
      panel: stored.panel !== false,
      strip: stored.strip !== false,
    };
  } catch {
    return DEFAULTS;
  }
}

/** Changes some of them; the others stay as they are. */
export function writePreferences(change: Partial<Preferences>): void {
  write(KEY, { ...readPreferences(), ...change });
}

/** Keys are a person's own: two at one device do not get each other's. */
const keysName = (userId: number): string => `segloop-keys-${userId}`;

export function readKeyChanges(userId: number): KeyChanges {
  return parseKeyChanges(read(keysName(userId)));
}

function parseKeyChanges(text: string | null): KeyChanges {
  try {
    return checkChanges(JSON.parse(text ?? "{}"));
  } catch {
    return {};
  }
}

export function writeKeyChanges(userId: number, changes: KeyChanges): void {
  write(keysName(userId), changes);
}

/** Tells of keys that were changed in another tab. */
export function subscribeToKeyChanges(userId: number, listener: (changes: KeyChanges) => void): () => void {
  return subscribe(keysName(userId), (text) => listener(parseKeyChanges(text)));
}

const presetName = (userId: number): string => `segloop-key-preset-${userId}`;

/** The id of the preset of keys; null where none was chosen. */
export function readKeyPreset(userId: number): unknown {
  return parse(read(presetName(userId)));
}

export function writeKeyPreset(userId: number, id: string): void {
  write(presetName(userId), id);
}

export function subscribeToKeyPreset(userId: number, listener: (id: unknown) => void): () => void {
  return subscribe(presetName(userId), (text) => listener(parse(text)));
}

function parse(text: string | null): unknown {
  try {
    return JSON.parse(text ?? "null");
  } catch {
    return null;
  }
}

function subscribe(name: string, listener: (text: string | null) => void): () => void {
  const onStorage = ({ key, newValue }: StorageEvent): void => {
    if (key === name) listener(newValue);
  };
  window.addEventListener("storage", onStorage);
  return () => window.removeEventListener("storage", onStorage);
}

function read(name: string): string | null {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

function write(name: string, value: unknown): void {
  try {
    localStorage.setItem(name, JSON.stringify(value));
  } catch {
    // A full or forbidden store only means that the next visit starts with the defaults.
  }
}
