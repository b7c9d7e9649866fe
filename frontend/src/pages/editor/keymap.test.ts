import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  buildKeymap,
  checkChanges,
  type Chord,
  chordOf,
  giveChord,
  type KeyChanges,
  type KeyPress,
  parseChord,
  printChord,
  refusalOf,
  resetChords,
} from "./keymap";

const press = (init: Partial<KeyPress>): KeyPress => ({
  ...{ key: "", code: "", ctrlKey: false, metaKey: false, altKey: false, shiftKey: false },
  ...init,
});

describe("chordOf", () => {
  it.each<[string, Partial<KeyPress>, Chord | null]>([
    ["a letter", { key: "p", code: "KeyP" }, "P"],
    ["a letter with caps lock", { key: "P", code: "KeyP" }, "P"],
    ["a shifted letter", { key: "T", code: "KeyT", shiftKey: true }, "Shift+T"],
    ["Ctrl", { key: "z", code: "KeyZ", ctrlKey: true }, "Mod+Z"],
    ["Cmd", { key: "z", code: "KeyZ", metaKey: true }, "Mod+Z"],
    ["the letter that AZERTY prints", { key: "a", code: "KeyQ" }, "A"],
    ["the letter that QWERTZ prints", { key: "y", code: "KeyZ", ctrlKey: true }, "Mod+Y"],
    ["the letter that Dvorak prints", { key: "s", code: "Semicolon" }, "S"],
    ["the place of a letter in Cyrillic", { key: "з", code: "KeyP" }, "P"],
    ["the place of a letter under Option", { key: "˙", code: "KeyH", altKey: true }, "Alt+H"],
    ["a letter without a capital", { key: "ß", code: "Minus" }, "ß"],
    ["a letter of its own", { key: "ö", code: "Semicolon" }, "Ö"],
    ["a digit", { key: "1", code: "Digit1" }, "1"],
    ["a digit of AZERTY", { key: "&", code: "Digit1" }, "1"],
    ["a shifted digit", { key: "!", code: "Digit1", shiftKey: true }, "Shift+1"],
    ["a digit of the number block", { key: "4", code: "Numpad4" }, "4"],
    ["the number block without its lock", { key: "Home", code: "Numpad7" }, "Home"],
    ["the place of a bracket", { key: "ü", code: "BracketLeft" }, "["],
    ["a sign, shifted here", { key: "?", code: "Slash", shiftKey: true }, "?"],
    ["a sign, not shifted there", { key: "?", code: "KeyW" }, "?"],
    ["a named key", { key: "PageDown", code: "PageDown" }, "PageDown"],
    ["a shifted arrow", { key: "ArrowUp", code: "ArrowUp", shiftKey: true }, "Shift+ArrowUp"],
    ["the space bar", { key: " ", code: "Space" }, "Space"],
    ["a letter beyond the basic plane", { key: "𞤢", code: "KeyA" }, "A"],
    ["such a letter on a key of no Latin letter", { key: "𞤢", code: "Quote" }, "𞤀"],
    ["a minus as it is printed", { key: "−", code: "Slash" }, "-"],
    ["an arrow typed as a sign", { key: "←", code: "KeyY" }, "ArrowLeft"],
    ["a modifier", { key: "Control", code: "ControlLeft", ctrlKey: true }, null],
    ["half an accent", { key: "Dead", code: "BracketLeft" }, null],
  ])("%s", (_, init, chord) => {
    expect(chordOf(press(init))).toBe(chord);
  });
});

describe("parseChord", () => {
  it.each([
    ["ctrl+z", "Mod+Z"],
    ["Shift + Ctrl + z", "Mod+Shift+Z"],
    ["⌘ + z", "Mod+Z"],
    ["page down", "PageDown"],
    ["Esc", "Escape"],
    ["←", "ArrowLeft"],
    ["ctrl + +", "Mod++"],
    ["+", "+"],
    ["shift+?", "?"],
    ["f5", "F5"],
    ["undo", null],
    ["ctrl+", null],
    ["", null],
  ])("%s → %s", (text, chord) => {
    expect(parseChord(text)).toBe(chord);
  });
});

describe("printChord", () => {
  it("says what is printed on the keys of the machine", () => {
    expect(printChord("Mod+Alt+Shift+ArrowUp")).toEqual(["Ctrl", "Alt", "Shift", "↑"]);
    expect(printChord("Mod+Z", true)).toEqual(["⌘", "Z"]);
    expect(printChord("-")).toEqual(["−"]);
    expect(printChord("+")).toEqual(["+"]);
  });
});

const pressed = fc
  .record({
    key: fc.oneof(
      fc.constantFrom(...Array.from("aZöß?+-=.é9[−←𞤢"), " ", "Enter", "PageUp", "ArrowLeft", "F2", "Delete"),
      fc.string({ unit: "binary", minLength: 1, maxLength: 1 }).filter((key) => key.trim() === key),
    ),
    code: fc.constantFrom("", "KeyA", "Digit4", "BracketRight", "Minus", "Numpad3"),
    ctrlKey: fc.boolean(),
    metaKey: fc.boolean(),
    altKey: fc.boolean(),
    shiftKey: fc.boolean(),
  })
  .map((init) => chordOf(init) ?? "A");

describe("a chord", () => {
  it("is read back from how it is written and from how it is printed", () => {
    fc.assert(
      fc.property(pressed, fc.boolean(), (chord, isMac) => {
        expect(parseChord(chord)).toBe(chord);
        expect(parseChord(printChord(chord, isMac).join(" + "))).toBe(chord);
      }),
      { numRuns: 500 },
    );
  });
});

const CHORDS = ["A", "B", "C", "D", "Mod+A", "Shift+A", "F2", "?"];
const COMMANDS = [
  { id: "one", keys: ["A"] },
  { id: "two", keys: ["B", "C"] },
  { id: "three", keys: ["D"] },
  { id: "four", keys: [] },
];
const ids = fc.constantFrom(...COMMANDS.map(({ id }) => id));
const changesOf = fc.dictionary(ids, fc.array(fc.constantFrom(...CHORDS), { maxLength: 3 }), {
  noNullPrototype: true,
});

describe("buildKeymap", () => {
  it("is as the commands say while nothing is changed", () => {
    const { chords, owners } = buildKeymap(COMMANDS, {});
    for (const { id, keys } of COMMANDS) expect(chords.get(id)).toEqual(keys);
    expect(owners.size).toBe(4);
  });

  it("lets what a person chose win over what a command would have", () => {
    const { chords } = buildKeymap(COMMANDS, { three: ["A"] });
    expect(chords.get("three")).toEqual(["A"]);
    expect(chords.get("one")).toEqual([]);
  });

  it("never lets a chord run two commands, whatever is stored", () => {
    fc.assert(
      fc.property(changesOf, (changes) => {
        const { chords, owners } = buildKeymap(COMMANDS, changes);
        const all = [...chords.values()].flat();
        expect(new Set(all).size).toBe(all.length);
        expect(all.length).toBe(owners.size);
        for (const [id, keys] of chords) for (const chord of keys) expect(owners.get(chord)).toBe(id);
      }),
    );
  });
});

describe("giving chords", () => {
  const given = fc.tuple(changesOf, ids, fc.constantFrom(...CHORDS));

  it("gives the command just that chord, and takes it from whoever had it", () => {
    fc.assert(
      fc.property(
        given,
        fc.constantFrom("replace" as const, "swap" as const),
        ([changes, id, chord], how) => {
          const { chords } = buildKeymap(COMMANDS, giveChord(COMMANDS, changes, id, chord, how));
          expect(chords.get(id)).toEqual([chord]);
          for (const [other, keys] of chords) if (other !== id) expect(keys).not.toContain(chord);
        },
      ),
    );
  });

  it("swaps without losing a key of either", () => {
    fc.assert(
      fc.property(given, ([changes, id, chord]) => {
        const before = buildKeymap(COMMANDS, changes);
        const loser = before.owners.get(chord);
        fc.pre(loser !== undefined && loser !== id);
        const after = buildKeymap(COMMANDS, giveChord(COMMANDS, changes, id, chord, "swap"));
        const ofBoth = ({ chords }: typeof before): Chord[] =>
          [id, loser].flatMap((each) => chords.get(each) ?? []).sort();
        expect(ofBoth(after)).toEqual(ofBoth(before));
      }),
    );
  });

  it("swaps a chord that was the default of the other", () => {
    expect(giveChord(COMMANDS, {}, "one", "B", "swap")).toEqual({ one: ["B"], two: ["A", "C"] });
  });

  it("takes a command's own chords back from whoever got them", () => {
    fc.assert(
      fc.property(changesOf, ids, (changes, id) => {
        const command = COMMANDS.find((each) => each.id === id) ?? { id, keys: [] };
        const { chords } = buildKeymap(COMMANDS, resetChords(command, changes));
        expect(chords.get(id)).toEqual(command.keys);
      }),
    );
  });
});

describe("what is stored", () => {
  it("is taken as far as it makes sense", () => {
    const stored: unknown = { one: ["Mod+A"], two: "B", three: ["ctrl+x"], four: [] };
    expect(checkChanges(stored)).toEqual({ one: ["Mod+A"], four: [] } satisfies KeyChanges);
    for (const nonsense of [null, 7, "x", ["A"]]) expect(checkChanges(nonsense)).toEqual({});
  });
});

describe("refusalOf", () => {
  it.each(["Mod+W", "Mod+T", "Mod+N", "Mod+R", "F5", "Mod+L", "Mod+Tab", "Space", "Mod+3"])("%s", (chord) => {
    expect(refusalOf(chord)).toMatch(/\.$/);
  });

  it("lets the others be used", () => {
    for (const chord of ["P", "Mod+D", "Shift+F5x", "F2", "?"]) expect(refusalOf(chord)).toBeNull();
  });
});
