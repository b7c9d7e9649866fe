import { ActionIcon, Button, Group, Slider, Switch, Text, TextInput } from "@mantine/core";
import { IconRestore, IconSearch } from "@tabler/icons-react";
import { useState } from "react";
import type { Prediction } from "@/api/types";
import { ClassDot } from "@/components/ClassDot";
import { formatThreshold } from "@/lib/figures";
import { formatCount } from "@/lib/format";
import { type Cut, FLOOR } from "@/prediction-data/cut";
import type { Tally } from "@/prediction-data/tally";
import classes from "./results.module.css";

type Props = {
  classesOf: Prediction["classes"];
  /** Objects of each class from the floor on: a class of which nothing was found is not shown. */
  all: Uint32Array;
  tally: Tally | null;
  cut: Cut;
  /** While the hand moves. */
  onMove: (classIndex: number, confidence: number) => void;
  onThreshold: (classIndex: number, confidence: number | null) => void;
  onHidden: (hidden: readonly number[]) => void;
};

const MANY = 8;

/** A switch and a slider a class; everything follows them in the browser. */
export function ClassRows({ classesOf, all, tally, cut, onMove, onThreshold, onHidden }: Props) {
  const [search, setSearch] = useState("");
  const found = classesOf
    .map((each, index) => ({ ...each, index }))
    .filter(({ index }) => (all[index] ?? 0) > 0);
  const shown = found.filter(({ name }) => name.toLowerCase().includes(search.trim().toLowerCase()));
  const set = (index: number, isOn: boolean) =>
    onHidden([...cut.hidden].filter((each) => each !== index).concat(isOn ? [] : [index]));
  if (found.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        No object of any class was found.
      </Text>
    );
  }
  return (
    <div>
      {found.length > 1 && (
        <Group gap="xs" mb={6}>
          {found.length > MANY && (
            <TextInput
              size="xs"
              style={{ flex: "1 1 120px" }}
              placeholder="Find a class"
              aria-label="Find a class"
              leftSection={<IconSearch size={14} />}
              value={search}
              onChange={(event) => setSearch(event.currentTarget.value)}
            />
          )}
          <Button
            size="compact-xs"
            variant="subtle"
            disabled={cut.hidden.size === 0}
            onClick={() => onHidden([])}
          >
            All on
          </Button>
          <Button
            size="compact-xs"
            variant="subtle"
            onClick={() => onHidden(found.map(({ index }) => index))}
          >
            All off
          </Button>
        </Group>
      )}
      <div className={classes.classes}>
        {shown.map(({ name, color, index }) => {
          const own = cut.ofClass.get(index);
          const isOn = !cut.hidden.has(index);
          return (
            <div key={index} className={classes.class} data-off={!isOn}>
              <Switch
                size="xs"
                checked={isOn}
                onChange={(event) => set(index, event.currentTarget.checked)}
                aria-label={`Show ${name}`}
              />
              <ClassDot color={color} />
              <Text size="sm" truncate title={name} style={{ flex: 1, minWidth: 0 }}>
                {name}
              </Text>
              <Text size="sm" className="tabular" c={isOn ? undefined : "dimmed"}>
                {formatCount(tally?.ofClass[index] ?? 0)}
              </Text>
              <div className={classes.slider}>
                <Slider
                  size="xs"
                  style={{ flex: 1 }}
                  min={FLOOR}
                  max={1}
                  step={0.01}
                  disabled={!isOn}
                  value={own ?? Math.max(FLOOR, cut.confidence)}
                  onChange={(value) => onMove(index, value)}
                  onChangeEnd={(value) => onThreshold(index, value)}
                  label={formatThreshold}
                  thumbLabel={`Confidence of ${name}`}
                  color={own === undefined ? "gray" : undefined}
                />
                <ActionIcon
                  size="sm"
                  variant="subtle"
                  color="gray"
                  aria-label={`${name} follows the slider of all classes`}
                  title="Follow the slider of all classes"
                  style={{ visibility: own === undefined ? "hidden" : undefined }}
                  onClick={() => onThreshold(index, null)}
                >
                  <IconRestore size={14} />
                </ActionIcon>
              </div>
            </div>
          );
        })}
      </div>
    </div>
  );
}
