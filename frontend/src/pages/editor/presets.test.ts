import { describe, expect, it } from "vitest";
import { COMMANDS } from "./commands";
import { buildKeymap, parseChord, refusalOf, resetChords } from "./keymap";
import { clashesWith, commandsOf, keylessUnder, PRESETS, presetOf } from "./presets";

const keymapOf = (id: string, changes = {}) => buildKeymap(commandsOf(presetOf(id)), changes);

describe.each(PRESETS.map((preset) => [preset.name, preset] as const))("the keys of %s", (_, preset) => {
  it("name commands that are there, and keys that a browser leaves to the page", () => {
    const ids = new Set(COMMANDS.map(({ id }) => id));
    for (const [id, chords] of Object.entries(preset.keys)) {
      expect(ids.has(id), id).toBe(true);
      for (const chord of chords) {
        expect(parseChord(chord)).toBe(chord);
        expect(refusalOf(chord), chord).toBeNull();
      }
    }
  });

  it("run one command each, and leave every command in the list", () => {
    const chords = commandsOf(preset).flatMap(({ keys }) => keys);
    expect(new Set(chords).size).toBe(chords.length);
    expect(commandsOf(preset).map(({ id }) => id)).toEqual(COMMANDS.map(({ id }) => id));
  });

  it("keep what every hand needs", () => {
    const { chords } = buildKeymap(commandsOf(preset), {});
    for (const id of [
      "image.next",
      "image.previous",
      "image.done",
      "edit.undo",
      "edit.delete",
      "draw.again",
    ]) {
      expect(chords.get(id), id).not.toEqual([]);
    }
  });
});

describe("presets", () => {
  it.each([
    ["cvat", "F", "image.next"],
    ["cvat", "D", "image.previous"],
    ["cvat", "N", "draw.again"],
    ["cvat", "H", "view.hide-selected"],
    ["cvat", "Shift+Delete", "edit.delete"],
    ["cvat", "+", "edit.to-front"],
    ["labelme", "D", "image.next"],
    ["labelme", "A", "image.previous"],
    ["labelme", "Mod+J", "tool.select"],
    ["labelme", "Mod+E", "edit.details"],
    ["labelme", "Mod+Shift+F", "view.fit-width"],
    ["roboflow", "B", "tool.rectangle"],
    ["roboflow", "R", "edit.repeat"],
    ["segloop", "D", "image.done"],
  ])("%s: %s is %s", (preset, chord, command) => {
    expect(keymapOf(preset).owners.get(chord)).toBe(command);
  });

  it("lie below what a person changed, which is reset to the preset's key", () => {
    const changes = { "image.next": ["F9"] };
    expect(keymapOf("cvat", changes).chords.get("image.next")).toEqual(["F9"]);
    const command = commandsOf(presetOf("cvat")).find(({ id }) => id === "image.next");
    if (!command) throw new Error("no such command");
    const reset = resetChords(command, changes);
    expect(keymapOf("cvat", reset).owners.get("F")).toBe("image.next");
  });

  it("say which commands go without a key, and whose key a person took", () => {
    expect(keylessUnder(presetOf("segloop"))).toEqual([]);
    expect(keylessUnder(presetOf("roboflow")).every(({ keys }) => keys.length === 0)).toBe(true);
    const clashes = clashesWith(presetOf("cvat"), { "tool.draw": ["F"] });
    expect(clashes.map(({ own, loser }) => [own.id, loser.id])).toEqual([["tool.draw", "image.next"]]);
    expect(clashesWith(presetOf("segloop"), { "tool.draw": ["F9"] })).toEqual([]);
  });

  it("are Segloop's where another name is stored", () => {
    expect(presetOf("emacs").id).toBe("segloop");
    expect(presetOf(null).id).toBe("segloop");
  });
});
