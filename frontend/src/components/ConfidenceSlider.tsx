import { Group, NumberInput, Slider, Text } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { formatThreshold } from "@/lib/figures";
import { isSameConfidence, useHeld } from "@/lib/held";

/** A confidence between limits. Pages follow `onMove` at once; `onSettle` comes when the hand rests, for
 *  the address and for questions to the server. */
export function ConfidenceSlider({
  value,
  onMove,
  onSettle,
  min = 0,
  best,
  label = "Confidence",
  width = 220,
}: {
  value: number;
  onMove?: (value: number) => void;
  onSettle: (value: number) => void;
  min?: number;
  /** A confidence worth pointing at, for example that of the best F1. */
  best?: number;
  label?: string;
  width?: number;
}) {
  const hand = useHeld(value, isSameConfidence);
  const draft = hand.shown;
  const settle = useDebouncedCallback((next: number) => {
    hand.settle(next);
    onSettle(next);
  }, 140);
  const move = (next: number) => {
    hand.move(next);
    onMove?.(next);
    settle(next);
  };
  return (
    <Group gap="sm" wrap="nowrap" maw="100%">
      <Text size="sm" fw={500}>
        {label}
      </Text>
      <Slider
        w={width}
        miw={80}
        style={{ flexShrink: 1 }}
        min={min}
        max={1}
        step={0.01}
        value={draft}
        onChange={move}
        label={formatThreshold}
        thumbLabel={label}
        marks={best !== undefined ? [{ value: best }] : []}
      />
      <NumberInput
        size="xs"
        w={74}
        style={{ flex: "none" }}
        min={min}
        max={1}
        step={0.001}
        decimalScale={3}
        fixedDecimalScale
        aria-label={`${label}, as a number`}
        value={Number(draft.toFixed(3))}
        onChange={(next) => {
          if (typeof next === "number" && next >= min && next <= 1) move(next);
        }}
      />
    </Group>
  );
}
