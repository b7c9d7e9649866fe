import { SegmentedControl, Stack, Text } from "@mantine/core";
import { useId } from "react";
import { plural } from "@/lib/format";
import classes from "./editor.module.css";
import { clashesWith, keylessUnder, PRESETS, presetOf } from "./presets";
import { keysOf, useKeys } from "./use-keys";

/** Whose keys these are, and what each choice costs: keys that cannot be had, commands that lose theirs. */
export function KeyPresets() {
  const { preset, setPreset, changes } = useKeys();
  const label = useId();
  const keyless = keylessUnder(preset);
  const clashes = clashesWith(preset, changes);
  const own = Object.keys(changes).length;
  return (
    <Stack gap={4} mb="sm">
      <div className={classes.presetChoice}>
        <Text size="sm" fw={600} id={label}>
          Keys as in
        </Text>
        <SegmentedControl
          size="xs"
          aria-labelledby={label}
          value={preset.id}
          onChange={(id) => setPreset(presetOf(id))}
          data={PRESETS.map(({ id, name }) => ({ value: id, label: name }))}
        />
      </div>
      <div role="status">
        {own > 0 && (
          <Text size="xs" c="dimmed">
            {plural(own, "command")} with keys of your own: they stay, and are marked below.
          </Text>
        )}
        {preset.limits.map((limit) => (
          <Text size="xs" c="dimmed" key={limit}>
            {limit}
          </Text>
        ))}
        {keyless.length > 0 && (
          <Text size="xs" c="dimmed">
            Without a key: {keyless.map((command) => `“${command.label}”`).join(", ")}.
          </Text>
        )}
        {clashes.map(({ chord, own: yours, loser }) => (
          <Text size="xs" key={`${yours.id} ${chord}`}>
            Your {keysOf(chord).join(" + ")} for “{yours.label}” takes it from “{loser.label}”.
          </Text>
        ))}
      </div>
    </Stack>
  );
}
