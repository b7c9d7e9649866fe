import { Button, Group, Text } from "@mantine/core";
import { IconPencil, IconRestore } from "@tabler/icons-react";
import { useEffect, useEffectEvent, useRef, useState } from "react";
import { COMMANDS } from "./commands";
import type { Command } from "./commands/command";
import classes from "./editor.module.css";
import { type Chord, chordOf, type Keymap, refusalOf } from "./keymap";
import { keysOf } from "./use-keys";

type Props = {
  command: Command;
  keymap: Keymap;
  isChanged: boolean;
  isChanging: boolean;
  onChanging: (isOn: boolean) => void;
  onClear: () => void;
  onReset: () => void;
  onGive: (chord: Chord, how: "replace" | "swap") => void;
};

/** One command with its keys; while they are changed, the next press says what they become. */
export function CommandRow(props: Props) {
  const { command, keymap, isChanged, isChanging, onChanging, onReset } = props;
  const chords = keymap.chords.get(command.id) ?? [];
  const button = useRef<HTMLButtonElement>(null);
  const setChanging = (isOn: boolean): void => {
    onChanging(isOn);
    // The button that was pressed may go: the keyboard stays at this row.
    if (!isOn) button.current?.focus();
  };
  return (
    <div role="group" aria-label={command.label} data-changing={isChanging} className={classes.command}>
      <div className={classes.shortcut}>
        <span>{command.label}</span>
        <span className={classes.keys}>
          {isChanged && (
            <button
              type="button"
              title="Its own keys again"
              className={classes.rowButton}
              aria-label={`Reset the keys of ${command.label}`}
              onClick={onReset}
            >
              <IconRestore size={14} />
            </button>
          )}
          <button
            type="button"
            title="Change"
            ref={button}
            className={`${classes.rowButton} ${classes.change}`}
            aria-label={`Change the keys of ${command.label}`}
            aria-expanded={isChanging}
            onClick={() => setChanging(!isChanging)}
          >
            <IconPencil size={14} />
          </button>
          {chords.length === 0 && <Text size="xs">no key</Text>}
          {chords.map((chord, index) => (
            <span key={chord} className={classes.chord}>
              {index > 0 && <span className={classes.dim}>or</span>}
              <ChordKeys chord={chord} />
            </span>
          ))}
        </span>
      </div>
      {isChanging && <Recorder {...props} onChanging={setChanging} />}
    </div>
  );
}

function ChordKeys({ chord }: { chord: Chord }) {
  return <Keys keys={keysOf(chord)} />;
}

/** Plain elements: a hundred rows are on the page at once. */
export function Keys({ keys }: { keys: readonly string[] }) {
  return (
    <span className={classes.chord}>
      {keys.map((key) => (
        <kbd key={key} className={classes.kbd}>
          {key}
        </kbd>
      ))}
    </span>
  );
}

/** Takes the next press for itself, whatever it would do elsewhere. */
function Recorder({ command, keymap, onChanging, onClear, onGive }: Props) {
  const [pressed, setPressed] = useState<Chord | null>(null);
  const owner = pressed === null ? undefined : keymap.owners.get(pressed);
  const other = owner === command.id ? undefined : COMMANDS.find(({ id }) => id === owner);
  const refusal = pressed === null ? null : refusalOf(pressed);
  const canSwap = (keymap.chords.get(command.id)?.length ?? 0) > 0;

  const take = useEffectEvent((event: KeyboardEvent): void => {
    const chord = chordOf(event);
    // A question is on the page: its buttons are worked with these.
    if (other && (chord === "Enter" || chord === "Space" || chord === "Tab" || chord === "Shift+Tab")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (chord === null) return;
    if (chord === "Escape") return onChanging(false);
    if (chord === "Backspace") {
      onClear();
      return onChanging(false);
    }
    const isFree = (keymap.owners.get(chord) ?? command.id) === command.id;
    if (isFree && refusalOf(chord) === null) give(chord, "replace");
    else setPressed(chord);
  });

  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => take(event);
    window.addEventListener("keydown", onKey, { capture: true });
    return () => window.removeEventListener("keydown", onKey, { capture: true });
  }, []);

  function give(chord: Chord, how: "replace" | "swap"): void {
    onGive(chord, how);
    onChanging(false);
  }

  return (
    <div className={classes.recorder} role="status">
      {pressed !== null && refusal !== null && (
        <Text size="sm">
          <ChordKeys chord={pressed} /> cannot be used. {refusal} Press others.
        </Text>
      )}
      {pressed !== null && refusal === null && other && (
        <>
          <Text size="sm">
            <ChordKeys chord={pressed} /> is “{other.label}” now.
          </Text>
          <Group gap="xs">
            <Button size="compact-sm" onClick={() => give(pressed, "replace")}>
              Use it here
            </Button>
            {canSwap && (
              <Button size="compact-sm" variant="default" onClick={() => give(pressed, "swap")}>
                Swap the two
              </Button>
            )}
            <Button size="compact-sm" variant="default" onClick={() => onChanging(false)}>
              Cancel
            </Button>
          </Group>
        </>
      )}
      {pressed === null && (
        <Text size="sm">
          Press the new keys. <kbd className={classes.kbd}>Esc</kbd> leaves them as they are,{" "}
          <kbd className={classes.kbd}>Backspace</kbd> takes them away.
        </Text>
      )}
    </div>
  );
}
