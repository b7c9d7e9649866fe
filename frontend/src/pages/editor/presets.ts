/** Keys as other programs have them: a preset stands in the place of Segloop's own keys, below what a person changes. */
import { COMMANDS } from "./commands";
import type { Command } from "./commands/command";
import { buildKeymap, type Chord, type KeyChanges } from "./keymap";

type PresetId = "segloop" | "cvat" | "labelme" | "roboflow";

export type Preset = {
  readonly id: PresetId;
  readonly name: string;
  /** Of the commands whose keys differ from Segloop's. */
  readonly keys: KeyChanges;
  /** Keys of that program that cannot be had here, and what takes their place: a sentence each. */
  readonly limits: readonly string[];
};

export const PRESETS: readonly Preset[] = [
  { id: "segloop", name: "Segloop", keys: {}, limits: [] },
  {
    id: "cvat",
    name: "CVAT",
    keys: {
      "image.next": ["F", "PageDown"],
      "image.previous": ["D", "PageUp"],
      "image.done": ["Mod+Enter"],
      "image.jump": ["`", "Mod+G"],
      "draw.again": ["N"],
      "edit.merge": ["M", "J"],
      "tool.slice": ["Alt+J", "K"],
      "edit.occluded": ["Q", "/"],
      "edit.delete": ["Delete", "Shift+Delete"],
      "edit.to-front": ["+", "=", "Mod+]"],
      "edit.to-back": ["-", "_", "Mod+["],
      "edit.next-object": ["Tab", "."],
      "edit.previous-object": ["Shift+Tab", ","],
      "view.hide-selected": ["H"],
      "view.hide-all": ["Shift+H"],
      "view.zoom-to-selected": ["Alt+F"],
      "view.zoom-in": ["Alt++"],
      "view.zoom-out": ["Alt+-"],
      "view.help": ["F1", "?"],
    },
    limits: [
      "Ctrl + 1 … 9 belong to the browser: the digits alone choose the class.",
      "T, then H or L (two keys one after the other): Shift + H hides all objects, Shift + L unlocks all.",
    ],
  },
  {
    id: "labelme",
    name: "labelme",
    keys: {
      "image.next": ["D", "Mod+Shift+D", "PageDown"],
      "image.previous": ["A", "Mod+Shift+A", "PageUp"],
      "image.done": ["Mod+Enter"],
      "tool.select": ["Mod+J", "V"],
      "edit.add-to": ["Shift+A"],
      "edit.details": ["Mod+E", "Shift+E"],
      "edit.trim": ["Alt+T"],
      "view.fit": ["Mod+F", "0"],
      "view.fit-width": ["Mod+Shift+F", "Alt+0"],
      "view.hide-all": ["T", "H"],
    },
    limits: [
      "Ctrl + N and Ctrl + R belong to the browser: P draws a polygon, R a rectangle, N the last once more.",
      "Ctrl + plus, minus and 0 zoom the browser: plus, minus and Shift + 0 zoom the image.",
    ],
  },
  {
    id: "roboflow",
    name: "Roboflow",
    keys: {
      "tool.rectangle": ["B"],
      "tool.box": ["S", "G"],
      "tool.select": ["D", "V"],
      "tool.brush": ["Alt+P"],
      "draw.snap": ["Alt+S"],
      "edit.repeat": ["R", "Mod+Shift+V"],
      "image.done": ["Mod+Enter"],
    },
    limits: [
      "The arrows walk through the images while nothing is selected; with an object selected they move it.",
    ],
  },
];

export function presetOf(id: unknown): Preset {
  return PRESETS.find((preset) => preset.id === id) ?? (PRESETS[0] as Preset);
}

const commandsByPreset = new Map<PresetId, readonly Command[]>();

/** The commands with a preset's keys, each of which runs one of them. */
export function commandsOf(preset: Preset): readonly Command[] {
  let commands = commandsByPreset.get(preset.id);
  if (!commands) {
    const { chords } = buildKeymap(COMMANDS, preset.keys);
    commands = COMMANDS.map((command) => ({ ...command, keys: chords.get(command.id) ?? [] }));
    commandsByPreset.set(preset.id, commands);
  }
  return commands;
}

/** Commands that have a key in Segloop and none under a preset: another command has it there. */
export function keylessUnder(preset: Preset): Command[] {
  return commandsOf(preset).filter(
    ({ keys }, i) => keys.length === 0 && (COMMANDS[i] as Command).keys.length > 0,
  );
}

export type Clash = { readonly chord: Chord; readonly own: Command; readonly loser: Command };

/** Keys that a person gave to one command and the preset to another, which goes without. */
export function clashesWith(preset: Preset, changes: KeyChanges): Clash[] {
  const commands = commandsOf(preset);
  return Object.entries(changes).flatMap(([id, chords]) => {
    const own = commands.find((command) => command.id === id);
    if (!own) return [];
    return chords.flatMap((chord) => {
      const loser = commands.find((command) => command.id !== id && command.keys.includes(chord));
      return loser && !(loser.id in changes) ? [{ chord, own, loser }] : [];
    });
  });
}
