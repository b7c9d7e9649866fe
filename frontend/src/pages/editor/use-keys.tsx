import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useState } from "react";
import { COMMANDS, DEFAULT_KEYMAP } from "./commands";
import type { Command } from "./commands/command";
import { buildKeymap, type Chord, type KeyChanges, type Keymap, printChord } from "./keymap";
import {
  readKeyChanges,
  readKeyPreset,
  subscribeToKeyChanges,
  subscribeToKeyPreset,
  writeKeyChanges,
  writeKeyPreset,
} from "./preferences";
import { commandsOf, type Preset, presetOf } from "./presets";

type Keys = {
  readonly keymap: Keymap;
  readonly preset: Preset;
  readonly setPreset: (preset: Preset) => void;
  /** With the keys of the preset. */
  readonly commands: readonly Command[];
  /** What the person has changed on top of it. */
  readonly changes: KeyChanges;
  readonly setChanges: (changes: KeyChanges) => void;
};

const KeysContext = createContext<Keys>({
  keymap: DEFAULT_KEYMAP,
  preset: presetOf("segloop"),
  setPreset: () => undefined,
  commands: COMMANDS,
  changes: {},
  setChanges: () => undefined,
});

/** The keys as this person has them, on this device. */
export function KeysProvider({ userId, children }: { userId: number; children: ReactNode }) {
  const [changes, setChanged] = useState(() => readKeyChanges(userId));
  const [preset, setChosen] = useState(() => presetOf(readKeyPreset(userId)));
  useEffect(() => subscribeToKeyChanges(userId, setChanged), [userId]);
  useEffect(() => subscribeToKeyPreset(userId, (id) => setChosen(presetOf(id))), [userId]);
  const setPreset = useCallback(
    (next: Preset) => {
      setChosen(next);
      writeKeyPreset(userId, next.id);
    },
    [userId],
  );
  const setChanges = useCallback(
    (next: KeyChanges) => {
      setChanged(next);
      writeKeyChanges(userId, next);
    },
    [userId],
  );
  const keys = useMemo(() => {
    const commands = commandsOf(preset);
    return { keymap: buildKeymap(commands, changes), preset, setPreset, commands, changes, setChanges };
  }, [preset, setPreset, changes, setChanges]);
  return <KeysContext value={keys}>{children}</KeysContext>;
}

export function useKeys(): Keys {
  return useContext(KeysContext);
}

// What stands for it, `userAgentData`, neither Firefox nor Safari has.
// eslint-disable-next-line @typescript-eslint/no-deprecated
const IS_MAC = /^(Mac|iP)/.test(navigator.platform);

/** The keys of a chord, as they are printed on this machine's keyboard. */
export function keysOf(chord: Chord): string[] {
  return printChord(chord, IS_MAC);
}

/** The keys that run a command now ("Ctrl + Z"); "" when it has none. */
export function useKeyOf(id: string): string {
  const keyOf = useKeyNames();
  return keyOf(id);
}

/** `useKeyOf` for many commands at once. */
export function useKeyNames(): (id: string) => string {
  const { keymap } = useKeys();
  return useCallback(
    (id) => {
      const chords = keymap.chords.get(id);
      if (!chords) throw new Error(`There is no command ${id}.`);
      const [first] = chords;
      return first === undefined ? "" : keysOf(first).join(" + ");
    },
    [keymap],
  );
}

/** A label with the key that does the same, where there is one. */
export function withKey(label: string, key: string): string {
  return key === "" ? label : `${label} (${key})`;
}
