/**
 * Keys as data. A chord is one press, written "Mod+Alt+Shift+Key" with the modifiers that are held, in this order: "P",
 * "Mod+Shift+Z", "Shift+1", "PageDown", "?". Mod is Ctrl, or Cmd on a Mac. Letters go by what is printed on the key, so
 * that every layout has them where its person looks; digits and brackets go by their place, because what is printed
 * there differs. A printed sign ("?") says nothing of Shift: which signs need it differs from layout to layout.
 */
export type Chord = string;

export type KeyPress = Pick<KeyboardEvent, "key" | "code" | "ctrlKey" | "metaKey" | "altKey" | "shiftKey">;

type Parts = { readonly mod: boolean; readonly alt: boolean; readonly shift: boolean; readonly key: string };

const BRACKETS: Readonly<Record<string, string>> = { BracketLeft: "[", BracketRight: "]" };
/** Held for others, or not a press of a key at all. */
const NO_KEYS = new Set(
  "Control Shift Alt Meta AltGraph CapsLock NumLock ScrollLock Fn OS Dead Process Unidentified Compose".split(
    " ",
  ),
);
const MODIFIERS: Readonly<Record<string, "mod" | "alt" | "shift">> = {
  ...{ mod: "mod", ctrl: "mod", control: "mod", cmd: "mod", meta: "mod", "⌘": "mod" },
  ...{ alt: "alt", option: "alt", "⌥": "alt", shift: "shift", "⇧": "shift" },
};
const NAMED = new Map(
  [
    ...[
      "Enter",
      "Escape",
      "Backspace",
      "Delete",
      "Insert",
      "Tab",
      "Space",
      "Home",
      "End",
      "PageUp",
      "PageDown",
    ],
    ...["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "ContextMenu", "Pause", "PrintScreen"],
    ...Array.from({ length: 24 }, (_, index) => `F${index + 1}`),
  ].map((name) => [name.toLowerCase(), name]),
);
const SHOWN: Readonly<Record<string, string>> = {
  ...{ ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓" },
  ...{ PageUp: "Page Up", PageDown: "Page Down", Escape: "Esc", "-": "−" },
};
const PARSED = new Map(Object.entries(SHOWN).map(([key, shown]) => [shown.toLowerCase(), key]));

/** One character, also of those beyond the basic plane (Adlam, Deseret), which a string holds as two units. */
function isCharacter(key: string): boolean {
  return Array.from(key).length === 1;
}

/** A sign that some layouts print on a shifted key and others do not. */
function isSign(key: string): boolean {
  return isCharacter(key) && !/[\p{L}\d[\]]/u.test(key);
}

function write({ mod, alt, shift, key }: Parts): Chord {
  return `${mod ? "Mod+" : ""}${alt ? "Alt+" : ""}${shift && !isSign(key) ? "Shift+" : ""}${key}`;
}

function partsOf(chord: Chord): Parts {
  const [, mod, alt, shift, key = ""] = /^(Mod\+)?(Alt\+)?(Shift\+)?(.+)$/.exec(chord) ?? [];
  return { mod: mod !== undefined, alt: alt !== undefined, shift: shift !== undefined, key };
}

function keyOf({ key, code, altKey }: KeyPress): string | null {
  if (NO_KEYS.has(key) || key === "") return null;
  const digit = /^Digit(\d)$/.exec(code)?.[1] ?? /^\d$/.exec(key)?.[0];
  if (digit !== undefined) return digit;
  const bracket = BRACKETS[code];
  if (bracket !== undefined) return bracket;
  if (key === " ") return "Space";
  if (!isCharacter(key)) return NAMED.get(key.toLowerCase()) ?? key;
  if (/^[a-z]$/i.test(key)) return key.toUpperCase();
  // A layout that types the very sign by which a key is shown ("−", "←"): one chord, or nobody could tell the two.
  const shown = PARSED.get(key);
  if (shown !== undefined) return shown;
  // Where no Latin letters are printed (Greek, Cyrillic), or Option makes another sign of them: their place.
  const latin = altKey || /\p{L}/u.test(key) ? /^Key([A-Z])$/.exec(code)?.[1] : undefined;
  return latin ?? upper(key);
}

/** A letter whose capital is two (ß) stays as it is. */
function upper(key: string): string {
  const capital = key.toUpperCase();
  return capital.length === key.length ? capital : key;
}

/** The chord of a key press; null while only modifiers are down. */
export function chordOf(press: KeyPress): Chord | null {
  const key = keyOf(press);
  if (key === null) return null;
  return write({ mod: press.ctrlKey || press.metaKey, alt: press.altKey, shift: press.shiftKey, key });
}

/** What somebody wrote ("ctrl + shift + z", "page down", "←") as a chord; null when it is none. */
export function parseChord(text: string): Chord | null {
  const found = { mod: false, alt: false, shift: false };
  let rest = text.trim();
  for (;;) {
    const [whole, word = ""] = /^([^\s+]+)\s*\+\s*(?=\S)/.exec(rest) ?? [];
    const modifier = MODIFIERS[word.toLowerCase()];
    if (whole === undefined || modifier === undefined) break;
    found[modifier] = true;
    rest = rest.slice(whole.length);
  }
  const known = PARSED.get(rest.toLowerCase()) ?? NAMED.get(rest.toLowerCase());
  if (known === undefined && !isCharacter(rest)) return null;
  return write({ ...found, key: known ?? upper(rest) });
}

/** The keys to press, as they are printed. */
export function printChord(chord: Chord, isMac = false): string[] {
  const { mod, alt, shift, key } = partsOf(chord);
  return [
    ...(mod ? [isMac ? "⌘" : "Ctrl"] : []),
    ...(alt ? [isMac ? "⌥" : "Alt"] : []),
    ...(shift ? ["Shift"] : []),
    SHOWN[key] ?? key,
  ];
}

const TAB = "The browser opens, closes and changes tabs with it.";
const PAGE = "The browser loads the page again with it.";
const ZOOM = "The browser makes its whole window larger or smaller with it.";
const RESERVED = new Map<Chord, string>([
  ...["Mod+W", "Mod+T", "Mod+N", "Mod+Shift+W", "Mod+Shift+T", "Mod+Shift+N", "Mod+Tab", "Mod+Shift+Tab"].map(
    (chord) => [chord, TAB] as const,
  ),
  ...["Mod+PageUp", "Mod+PageDown", ...Array.from("123456789", (digit) => `Mod+${digit}`)].map(
    (chord) => [chord, TAB] as const,
  ),
  ...["F5", "Mod+F5", "Shift+F5", "Mod+R", "Mod+Shift+R"].map((chord) => [chord, PAGE] as const),
  ...["Mod++", "Mod+=", "Mod+-", "Mod+0"].map((chord) => [chord, ZOOM] as const),
  ...["Mod+L", "F6", "Alt+D"].map(
    (chord) => [chord, "The browser goes to its address line with it."] as const,
  ),
  ...["Alt+ArrowLeft", "Alt+ArrowRight"].map(
    (chord) => [chord, "The browser goes back and forth with it."] as const,
  ),
  ...["Mod+Q", "Alt+F4", "F11", "F12", "Mod+Shift+I", "Mod+Shift+J", "Alt+Tab"].map(
    (chord) => [chord, "The browser or the system keeps it for itself."] as const,
  ),
  ["Space", "Held, it moves the view."],
]);

/** Why a chord cannot be given to a command, as a sentence; null when it can. */
export function refusalOf(chord: Chord): string | null {
  return RESERVED.get(chord) ?? null;
}

/** What has keys: a command, by a name that stays. */
export type Keyed = { readonly id: string; readonly keys: readonly Chord[] };

/** What a person has changed: the chords of a command, instead of its own. An empty list: it has no key. */
export type KeyChanges = Readonly<Record<string, readonly Chord[]>>;

export type Keymap = {
  /** By command, those that work: a chord of its own that was given to another is not among them. */
  readonly chords: ReadonlyMap<string, readonly Chord[]>;
  /** Which command a chord runs. */
  readonly owners: ReadonlyMap<Chord, string>;
};

/** Every chord runs one command. Where two want it, the one that a person gave it to has it. */
export function buildKeymap(commands: readonly Keyed[], changes: KeyChanges): Keymap {
  const owners = new Map<Chord, string>();
  const own = (id: string, keys: readonly Chord[]): void => {
    for (const chord of keys) if (!owners.has(chord)) owners.set(chord, id);
  };
  for (const { id } of commands) own(id, changes[id] ?? []);
  for (const { id, keys } of commands) if (!changes[id]) own(id, keys);
  const chords = new Map(
    commands.map(({ id, keys }) => [
      id,
      [...new Set(changes[id] ?? keys)].filter((chord) => owners.get(chord) === id),
    ]),
  );
  return { chords, owners };
}

/** Takes chords away from all commands but one that a person gave them to. */
function without(changes: KeyChanges, taken: readonly Chord[], except: string): KeyChanges {
  return Object.fromEntries(
    Object.entries(changes).map(([id, keys]) => [
      id,
      id === except ? keys : keys.filter((chord) => !taken.includes(chord)),
    ]),
  );
}

/**
 * The changes after a command was given a chord in place of all it had. A command that had the chord before goes
 * without, or (swap) takes what this one had.
 */
export function giveChord(
  commands: readonly Keyed[],
  changes: KeyChanges,
  id: string,
  chord: Chord,
  how: "replace" | "swap",
): KeyChanges {
  const { chords, owners } = buildKeymap(commands, changes);
  const loser = owners.get(chord);
  // What another command had been given first does not come to life again.
  const working = Object.fromEntries(
    Object.entries(changes).map(([each, keys]) => [each, chords.get(each) ?? keys]),
  );
  const next = { ...without(working, [chord], id), [id]: [chord] };
  if (loser === undefined || loser === id || how === "replace") return next;
  const swapped = (chords.get(loser) ?? []).flatMap((each) =>
    each === chord ? (chords.get(id) ?? []) : [each],
  );
  return { ...next, [loser]: swapped };
}

/** The changes after a command has its own chords again; whoever had been given one of them goes without. */
export function resetChords({ id, keys }: Keyed, changes: KeyChanges): KeyChanges {
  const others = Object.entries(changes).filter(([other]) => other !== id);
  return without(Object.fromEntries(others), keys, id);
}

/** What was stored, as far as it makes sense. */
export function checkChanges(stored: unknown): KeyChanges {
  if (typeof stored !== "object" || stored === null || Array.isArray(stored)) return {};
  return Object.fromEntries(
    Object.entries(stored).flatMap(([id, keys]) =>
      Array.isArray(keys) && keys.every((key) => typeof key === "string" && parseChord(key) === key)
        ? [[id, keys as Chord[]]]
        : [],
    ),
  );
}
