import {
  Badge,
  Button,
  CloseButton,
  Group,
  Popover,
  RangeSlider,
  SegmentedControl,
  Select,
  Stack,
  Text,
} from "@mantine/core";
import { IconAdjustmentsHorizontal } from "@tabler/icons-react";
import { memo, type ReactNode } from "react";
import { OUTCOME_COLORS, OUTCOME_DASHES, OUTCOME_WORDS } from "@/lib/colors";
import { ERROR_WORDS } from "@/lib/evaluations";
import { plural } from "@/lib/format";
import { isSameConfidence, useHeld } from "@/lib/held";
import {
  ANY,
  OUTCOME_FILTERS,
  type OutcomeFilter,
  SIZE_FILTERS,
  type SizeFilter,
} from "@/review-data/select";
import type { SelectionAddress } from "./address";
import { type Colouring, COLOURINGS } from "./seen";
import { formatThreshold } from "@/lib/figures";
import classes from "./Review.module.css";

const OUTCOME_NAMES: Record<OutcomeFilter, string> = {
  all: "Every outcome",
  missed: "Missed",
  false: "False positives",
  wrong_class: "Wrong class",
  low_iou: "Correct, IoU below 0.70",
  right: "Correct",
  labelled: "Every label",
  predicted: "Every prediction",
};
const SIZE_NAMES: Record<SizeFilter, string> = {
  all: "Every size",
  small: "Small (< 32²)",
  medium: "Medium (< 96²)",
  large: "Large",
};

type Shown = SelectionAddress & { ordering: "worst" | "name"; colouring: Colouring };

type ChoicesProps = {
  address: Shown;
  classNames: readonly string[];
  knowsSizes: boolean;
  onChange: (change: Partial<Shown>) => void;
};

export function FilterBar({ count, ...choices }: ChoicesProps & { count: number }) {
  const { view, colouring } = choices.address;
  return (
    <section className={classes.filters} aria-label="Filters">
      <Choices {...choices} />
      <Text size="xs" c="dimmed" className="tabular" role="status">
        {plural(count, view === "objects" ? "object" : "image")}
        {view === "objects" ? ", worst first" : ""}
      </Text>
      {colouring === "outcome" && <OutcomeKey />}
    </section>
  );
}

/** Not rendered again while the count follows a slider. */
const Choices = memo(function Choices({ address, classNames, knowsSizes, onChange }: ChoicesProps) {
  const { view, outcome, cell, error } = address;
  const nameOf = (index: number) => classNames[index] ?? "background";
  return (
    <>
      <SegmentedControl
        size="xs"
        aria-label="Gallery of"
        value={view}
        onChange={(value) => onChange({ view: value === "objects" ? "objects" : "images" })}
        data={[
          { value: "images", label: "Images" },
          { value: "objects", label: "Objects" },
        ]}
      />
      <Select
        size="xs"
        w={184}
        aria-label="Outcome"
        allowDeselect={false}
        value={outcome}
        onChange={(value) => onChange({ outcome: OUTCOME_FILTERS.find((name) => name === value) ?? "all" })}
        data={OUTCOME_FILTERS.map((value) => ({ value, label: OUTCOME_NAMES[value] }))}
      />
      <Select
        size="xs"
        w={150}
        aria-label="Class"
        searchable
        allowDeselect={false}
        value={String(address.class)}
        onChange={(value) => onChange({ class: Number(value ?? -1) })}
        data={[
          { value: "-1", label: "Every class" },
          ...classNames.map((label, i) => ({ value: String(i), label })),
        ]}
      />
      <Select
        size="xs"
        w={132}
        aria-label="Size of the object"
        allowDeselect={false}
        disabled={!knowsSizes}
        title={knowsSizes ? undefined : "Evaluate again to filter by size"}
        value={address.size}
        onChange={(value) => onChange({ size: SIZE_FILTERS.find((name) => name === value) ?? "all" })}
        data={SIZE_FILTERS.map((value) => ({ value, label: SIZE_NAMES[value] }))}
      />
      <Bands address={address} onChange={onChange} />
      {cell && (
        <Chosen drop="Show other cells too" onDrop={() => onChange({ cell: null })}>
          {[
            cell[1] === ANY ? "" : `labelled ${nameOf(cell[1])}`,
            cell[0] === ANY ? "" : `predicted ${nameOf(cell[0])}`,
          ]
            .filter(Boolean)
            .join(", ")}
        </Chosen>
      )}
      {error !== "all" && (
        <Chosen drop="Show other errors too" onDrop={() => onChange({ error: "all" })}>
          error: {ERROR_WORDS[error]}
        </Chosen>
      )}
      {view === "images" && (
        <Select
          size="xs"
          w={124}
          aria-label="Order"
          allowDeselect={false}
          value={address.ordering}
          onChange={(value) => onChange({ ordering: value === "name" ? "name" : "worst" })}
          data={[
            { value: "worst", label: "Worst first" },
            { value: "name", label: "By name" },
          ]}
        />
      )}
      <SegmentedControl
        size="xs"
        aria-label="Colours"
        value={address.colouring}
        onChange={(value) => onChange({ colouring: COLOURINGS.find((name) => name === value) ?? "outcome" })}
        data={COLOURINGS.map((value) => ({ value, label: `By ${value}` }))}
      />
    </>
  );
});

/** A filter that a figure of the results has set, and a button to be rid of it. */
function Chosen({ drop, onDrop, children }: { drop: string; onDrop: () => void; children: ReactNode }) {
  return (
    <Badge
      variant="light"
      size="lg"
      tt="none"
      maw={320}
      rightSection={<CloseButton size="xs" aria-label={drop} onClick={onDrop} />}
    >
      {children}
    </Badge>
  );
}

type Band = readonly [number, number];
const WHOLE: Band = [0, 1];
const isSameBand = (a: Band, b: Band) => isSameConfidence(a[0], b[0]) && isSameConfidence(a[1], b[1]);

function BandSlider({
  label,
  value,
  onChange,
}: {
  label: string;
  value: Band;
  onChange: (next: Band) => void;
}) {
  const hand = useHeld(value, isSameBand);
  return (
    <RangeSlider
      min={0}
      max={1}
      step={0.05}
      minRange={0}
      label={formatThreshold}
      value={[hand.shown[0], hand.shown[1]]}
      onChange={(next) => {
        hand.settle(next);
        onChange(next);
      }}
      thumbFromLabel={`${label} from`}
      thumbToLabel={`${label} to`}
    />
  );
}

/** Bands of confidence and IoU, behind a button: they are asked for seldom. */
function Bands({ address, onChange }: { address: Shown; onChange: (change: Partial<Shown>) => void }) {
  const { sure, pairs } = address;
  const active = Number(sure !== null) + Number(pairs !== null);
  const slider = (
    label: string,
    hint: string,
    value: readonly [number, number] | null,
    set: (value: readonly [number, number] | null) => void,
  ) => (
    <div>
      <Group justify="space-between">
        <Text size="sm" fw={500}>
          {label}
        </Text>
        <Text size="xs" c="dimmed" className="tabular">
          {value ? `${formatThreshold(value[0])} to ${formatThreshold(value[1])}` : "any"}
        </Text>
      </Group>
      <BandSlider
        label={label}
        value={value ?? WHOLE}
        onChange={(next) => set(next[0] === 0 && next[1] === 1 ? null : next)}
      />
      <Text size="xs" c="dimmed" mt={6}>
        {hint}
      </Text>
    </div>
  );
  return (
    <Popover width={300} position="bottom-start" withArrow trapFocus>
      <Popover.Target>
        <Button
          size="xs"
          variant={active ? "light" : "default"}
          leftSection={<IconAdjustmentsHorizontal size={14} />}
        >
          {active ? `Bands (${active})` : "Bands"}
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <Stack gap="md">
          {slider("Confidence", "Leaves out what was missed: it has none.", sure, (value) =>
            onChange({ sure: value }),
          )}
          {slider("IoU of pairs", "Leaves out what has no partner.", pairs, (value) =>
            onChange({ pairs: value }),
          )}
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}

const KEYS = ["tp", "fp", "wrong_class", "fn"] as const;

/** Colours and dashes, and what they mean. */
const OutcomeKey = memo(function OutcomeKey() {
  return (
    <Group gap={14} aria-label="Lines mean">
      {KEYS.map((outcome) => (
        <span key={outcome} className={classes.key}>
          <svg width={26} height={8} aria-hidden="true">
            <line
              x1={1}
              x2={25}
              y1={4}
              y2={4}
              stroke={OUTCOME_COLORS[outcome]}
              strokeWidth={3}
              strokeDasharray={OUTCOME_DASHES[outcome]}
            />
          </svg>
          {OUTCOME_WORDS[outcome]}
        </span>
      ))}
    </Group>
  );
});
