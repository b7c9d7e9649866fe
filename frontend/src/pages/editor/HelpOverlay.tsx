import { Button, Group, Modal, Text, TextInput } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { IconSearch } from "@tabler/icons-react";
import { useState } from "react";
import { type Command, GROUPS } from "./commands/command";
import { type Gesture, GESTURES } from "./commands/gestures";
import { CommandRow, Keys } from "./CommandRow";
import classes from "./editor.module.css";
import { KeyPresets } from "./KeyPresets";
import { giveChord, type Keymap, parseChord, resetChords } from "./keymap";
import { keysOf, useKeys } from "./use-keys";

/** Every key and gesture of the editor; found by what they do or by the keys themselves, and changed. */
export function HelpOverlay({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { keymap, commands: all, changes, setChanges } = useKeys();
  const isTouch = useMediaQuery("(pointer: coarse)");
  const [query, setQuery] = useState("");
  /** The command whose next keys are waited for. */
  const [changing, setChanging] = useState<string | null>(null);
  const close = (): void => {
    setChanging(null);
    setQuery("");
    onClose();
  };
  const wanted = matcherOf(query, keymap);
  const groups = GROUPS.map((group) => ({
    group,
    commands: all.filter((command) => command.group === group && wanted.command(command)),
    gestures: GESTURES.filter((gesture) => gesture.group === group && wanted.gesture(gesture)),
  })).filter(({ commands, gestures }) => commands.length + gestures.length > 0);
  const isChanged = Object.keys(changes).length > 0;

  return (
    <Modal
      opened={opened}
      onClose={close}
      // Escape ends the change, not the page of keys.
      closeOnEscape={changing === null}
      title="Keys and gestures"
      size={920}
    >
      <KeyPresets />
      <Group className={classes.find} gap="sm" wrap="nowrap">
        <TextInput
          type="search"
          // On a touch screen the keyboard would come up over what one wants to see.
          data-autofocus={!isTouch || undefined}
          style={{ flex: 1 }}
          leftSection={<IconSearch size={16} aria-hidden />}
          aria-label="Find a key"
          placeholder="Find by what it does, or by key: undo, ctrl+z"
          value={query}
          onChange={(event) => setQuery(event.currentTarget.value)}
        />
        <Button
          variant="default"
          disabled={!isChanged}
          onClick={() => {
            setChanging(null);
            setChanges({});
          }}
        >
          Reset all
        </Button>
      </Group>
      <div className={classes.shortcuts}>
        {groups.map(({ group, commands, gestures }) => (
          <section key={group} aria-label={`Keys: ${group}`}>
            <Text component="h3" fw={600} size="sm" c="dimmed" mb={4}>
              {group}
            </Text>
            {commands.map((command) => (
              <CommandRow
                key={command.id}
                command={command}
                keymap={keymap}
                isChanged={command.id in changes}
                isChanging={changing === command.id}
                onChanging={(isOn) => setChanging(isOn ? command.id : null)}
                onClear={() => setChanges({ ...changes, [command.id]: [] })}
                onReset={() => setChanges(resetChords(command, changes))}
                onGive={(chord, how) => setChanges(giveChord(all, changes, command.id, chord, how))}
              />
            ))}
            {gestures.map((gesture) => (
              <GestureRow key={gesture.label + gesture.keys.join()} gesture={gesture} />
            ))}
          </section>
        ))}
        {groups.length === 0 && (
          <Text size="sm" c="dimmed">
            Nothing is called that, and no command has that key.
          </Text>
        )}
      </div>
      <Text size="sm" c="dimmed">
        On a touch screen: one finger draws, two fingers move and zoom. Once a pen is used, the pen draws and
        one finger moves.
      </Text>
    </Modal>
  );
}

function GestureRow({ gesture: { label, keys } }: { gesture: Gesture }) {
  return (
    <div className={classes.shortcut}>
      <span>{label}</span>
      <Keys keys={keys} />
    </div>
  );
}

/** By words of the label, or by the keys themselves. */
function matcherOf(query: string, keymap: Keymap) {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const chord = parseChord(query);
  const inText = (text: string): boolean => words.every((word) => text.toLowerCase().includes(word));
  return {
    command: ({ id, label }: Command): boolean => {
      const chords = keymap.chords.get(id) ?? [];
      if (chord !== null) return chords.includes(chord) || (query.trim().length > 1 && inText(label));
      return inText(label) || chords.some((each) => inText(keysOf(each).join(" ")));
    },
    gesture: ({ label, keys }: Gesture): boolean => inText(label) || inText(keys.join(" ")),
  };
}
