import {
  ActionIcon,
  Button,
  Group,
  SegmentedControl,
  Slider,
  Stack,
  Switch,
  Text,
  Tooltip,
} from "@mantine/core";
import { IconAdjustmentsHorizontal, IconRestore } from "@tabler/icons-react";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useMemo, useRef, useState } from "react";
import { ClassDot } from "@/components/ClassDot";
import { ConfidenceSlider } from "@/components/ConfidenceSlider";
import { Panel } from "@/components/Page";
import { SearchField } from "@/components/SearchField";
import { formatThreshold } from "@/lib/figures";
import { FLOOR } from "@/prediction-data/cut";
import type { ColorBy } from "./paint";
import type { Shown } from "./shown";
import classes from "./VideoPage.module.css";

/** From so many classes on one looks for them by name. */
const MANY = 12;

type Props = {
  classList: readonly { readonly name: string; readonly color: string }[];
  /** Indices of the classes that were found, the most frequent first. */
  found: readonly number[];
  shown: Shown;
  onMove: (shown: Shown) => void;
  onSettle: (shown: Shown) => void;
  isTracked: boolean;
  colorBy: ColorBy;
  onColorBy: (colorBy: ColorBy) => void;
  names: boolean;
  onNames: (names: boolean) => void;
};

/** What is drawn and counted: one confidence for all, one a class where it differs, classes on and off. */
export function ClassPanel(props: Props) {
  const { shown, onMove, onSettle, isTracked, colorBy, onColorBy, names, onNames } = props;
  return (
    <Panel title="What is shown">
      <Stack gap="sm">
        <ConfidenceSlider
          value={shown.confidence}
          min={FLOOR}
          width={110}
          onMove={(confidence) => onMove({ ...shown, confidence })}
          onSettle={(confidence) => onSettle({ ...shown, confidence })}
        />
        <ClassList {...props} />
        <Switch
          size="sm"
          label="Names and confidences"
          checked={names}
          onChange={(event) => onNames(event.currentTarget.checked)}
        />
        {isTracked && (
          <Group gap="sm">
            <Text size="sm">Colour by</Text>
            <SegmentedControl
              size="xs"
              aria-label="Colour by"
              value={colorBy}
              onChange={(value) => onColorBy(value === "track" ? "track" : "class")}
              data={[
                { value: "class", label: "Class" },
                { value: "track", label: "Track" },
              ]}
            />
          </Group>
        )}
      </Stack>
    </Panel>
  );
}

const ROW = 36;
const OPEN_ROW = 68;

function ClassList({ classList, found, shown, onMove, onSettle }: Props) {
  const [query, setQuery] = useState("");
  const [open, setOpen] = useState<number | null>(null);
  const holder = useRef<HTMLDivElement>(null);
  const listed = useMemo(() => {
    const rest = classList.map((_, index) => index).filter((index) => !found.includes(index));
    const words = query.trim().toLowerCase();
    return [...found, ...rest].filter((index) => classList[index]?.name.toLowerCase().includes(words));
  }, [classList, found, query]);
  const rows = useVirtualizer({
    count: listed.length,
    getScrollElement: () => holder.current,
    estimateSize: (i) => (listed[i] === open ? OPEN_ROW : ROW),
    getItemKey: (i) => `${listed[i] ?? i}${listed[i] === open ? "-open" : ""}`,
    overscan: 6,
  });
  const hide = (hidden: ReadonlySet<number>) => onSettle({ ...shown, hidden });
  const toggle = (index: number) => {
    const hidden = new Set(shown.hidden);
    if (!hidden.delete(index)) hidden.add(index);
    hide(hidden);
  };
  return (
    <div>
      {classList.length > 1 && (
        <Group gap={4} mb={4}>
          <Button size="compact-xs" variant="subtle" color="gray" onClick={() => hide(new Set())}>
            All on
          </Button>
          <Button
            size="compact-xs"
            variant="subtle"
            color="gray"
            onClick={() => hide(new Set(classList.keys()))}
          >
            All off
          </Button>
        </Group>
      )}
      {classList.length > MANY && (
        <SearchField label="Find a class" value={query} onChange={setQuery} width="100%" />
      )}
      <div ref={holder} className={classes.list}>
        <div style={{ position: "relative", height: rows.getTotalSize() }}>
          {rows.getVirtualItems().map(({ index: i, start, size, key }) => {
            const index = listed[i] as number;
            const item = classList[index];
            if (!item) return null;
            const own = shown.ofClass.get(index);
            return (
              <div key={key} style={{ position: "absolute", top: start, left: 0, right: 0, height: size }}>
                <div className={classes.classRow}>
                  <ClassDot color={item.color} />
                  <Text size="sm" truncate title={item.name} c={found.includes(index) ? undefined : "dimmed"}>
                    {item.name}
                  </Text>
                  <Tooltip label="A confidence of its own">
                    <Button
                      size="compact-xs"
                      variant={own === undefined ? "subtle" : "light"}
                      color="gray"
                      aria-label={`Confidence of ${item.name}`}
                      aria-expanded={open === index}
                      onClick={() => setOpen(open === index ? null : index)}
                    >
                      {own === undefined ? <IconAdjustmentsHorizontal size={15} /> : formatThreshold(own)}
                    </Button>
                  </Tooltip>
                  <Switch
                    size="xs"
                    aria-label={`Show ${item.name}`}
                    checked={!shown.hidden.has(index)}
                    onChange={() => toggle(index)}
                  />
                </div>
                {open === index && (
                  <OwnConfidence name={item.name} index={index} {...{ shown, onMove, onSettle }} />
                )}
              </div>
            );
          })}
        </div>
      </div>
    </div>
  );
}

function OwnConfidence({
  name,
  index,
  shown,
  onMove,
  onSettle,
}: Pick<Props, "shown" | "onMove" | "onSettle"> & { name: string; index: number }) {
  const own = shown.ofClass.get(index);
  const change = (value: number | null): Shown => {
    const ofClass = new Map(shown.ofClass);
    if (value === null) ofClass.delete(index);
    else ofClass.set(index, value);
    return { ...shown, ofClass };
  };
  return (
    <Group gap="sm" wrap="nowrap" pl={18} pr={4}>
      <Slider
        flex={1}
        size="sm"
        min={FLOOR}
        max={1}
        step={0.01}
        label={formatThreshold}
        thumbLabel={`Confidence of ${name}`}
        value={own ?? shown.confidence}
        onChange={(value) => onMove(change(value))}
        onChangeEnd={(value) => onSettle(change(value))}
      />
      <Tooltip label="As all others">
        <ActionIcon
          size="sm"
          variant="subtle"
          color="gray"
          aria-label={`Confidence of ${name} as of all others`}
          disabled={own === undefined}
          onClick={() => onSettle(change(null))}
        >
          <IconRestore size={15} />
        </ActionIcon>
      </Tooltip>
    </Group>
  );
}
