import { Group, Kbd, Stack, Text, UnstyledButton } from "@mantine/core";
import { useEffect, useRef } from "react";
import { ClassDot } from "@/components/ClassDot";
import { OUTCOME_COLORS, OUTCOME_WORDS } from "@/lib/colors";
import { formatMetric } from "@/lib/format";
import { type ClassColors, isOfPair, isSame, type Place, type SeenImage, type SeenShape } from "../seen";
import { VIEWER_KEYS } from "./keys";
import { formatThreshold } from "@/lib/figures";
import classes from "../Review.module.css";

/** Pairs, then what has no partner: each row lights its object, and with it the other of the pair. */
function sections(seen: SeenImage): { title: string; shapes: SeenShape[] }[] {
  const paired = seen.predictions.filter(({ partner }) => partner !== null);
  return [
    { title: "Missed", shapes: seen.labels.filter(({ outcome }) => outcome === "fn") },
    { title: "False positives", shapes: seen.predictions.filter(({ outcome }) => outcome === "fp") },
    { title: "Pairs", shapes: [...paired].sort((a, b) => (a.iou ?? 0) - (b.iou ?? 0)) },
  ].filter(({ shapes }) => shapes.length > 0);
}

type ListProps = {
  seen: SeenImage;
  classNames: readonly string[];
  colors: ClassColors;
  meant: Place | null;
  hovered: Place | null;
  onHover: (place: Place | null) => void;
  onPick: (place: Place) => void;
};

export function ObjectList({ seen, classNames, colors, meant, hovered, onHover, onPick }: ListProps) {
  const labelClass = (shape: SeenShape) => seen.labels[shape.partner ?? -1]?.classIndex;
  const nameOf = (index: number | undefined) => classNames[index ?? -1] ?? "?";
  const parts = sections(seen);
  return (
    <Stack gap="md">
      {parts.length === 0 && (
        <Text size="sm" c="dimmed">
          No label, and nothing found at this confidence.
        </Text>
      )}
      {seen.ignored.length > 0 && (
        <Text size="sm" c="dimmed">
          {seen.ignored.length === 1
            ? "1 prediction lies in an ignored region and counts nowhere."
            : `${seen.ignored.length} predictions lie in ignored regions and count nowhere.`}
        </Text>
      )}
      {parts.map(({ title, shapes }) => (
        <section key={title} aria-label={title}>
          <Text size="sm" fw={600} mb={4}>
            {title} ({shapes.length})
          </Text>
          {shapes.map((shape) => (
            <Row
              key={`${shape.side}${shape.index}`}
              shape={shape}
              isMeant={isOfPair(shape, meant)}
              isLit={isOfPair(shape, hovered)}
              onHover={onHover}
              onPick={onPick}
            >
              <Group gap={8} wrap="nowrap">
                <ClassDot color={colors.get(shape.classIndex) ?? "#9aa3a4"} />
                <Text size="sm" truncate style={{ flex: 1 }} title={nameOf(shape.classIndex)}>
                  {nameOf(shape.classIndex)}
                </Text>
                {shape.confidence !== null && (
                  <Text size="sm" fw={600} className="tabular">
                    {formatThreshold(shape.confidence)}
                  </Text>
                )}
              </Group>
              {shape.partner !== null && (
                <Text size="xs" c="dimmed" truncate>
                  {shape.outcome === "wrong_class"
                    ? `labelled ${nameOf(labelClass(shape))}`
                    : OUTCOME_WORDS[shape.outcome]}{" "}
                  · IoU {formatMetric(shape.iou)}
                </Text>
              )}
            </Row>
          ))}
        </section>
      ))}
      <dl
        style={{
          margin: 0,
          display: "grid",
          gridTemplateColumns: "auto 1fr",
          gap: "6px 10px",
          alignItems: "center",
        }}
      >
        {VIEWER_KEYS.map(([key, words]) => (
          <div key={key} style={{ display: "contents" }}>
            <dt style={{ display: "flex" }}>
              <Kbd size="xs">{key}</Kbd>
            </dt>
            <Text component="dd" m={0} size="xs" c="dimmed">
              {words}
            </Text>
          </div>
        ))}
      </dl>
    </Stack>
  );
}

function Row({
  shape,
  isMeant,
  isLit,
  onHover,
  onPick,
  children,
}: {
  shape: SeenShape;
  isMeant: boolean;
  isLit: boolean;
  onHover: (place: Place | null) => void;
  onPick: (place: Place) => void;
  children: React.ReactNode;
}) {
  const ref = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (isMeant) ref.current?.scrollIntoView({ block: "nearest" });
  }, [isMeant]);
  return (
    <UnstyledButton
      ref={ref}
      className={classes.object}
      data-lit={isLit}
      data-meant={isMeant}
      aria-pressed={isMeant}
      style={{ borderLeftColor: OUTCOME_COLORS[shape.outcome] }}
      onPointerEnter={() => onHover(shape)}
      onPointerLeave={() => onHover(null)}
      onFocus={() => onHover(shape)}
      onBlur={() => onHover(null)}
      onClick={() => onPick(shape)}
    >
      {children}
    </UnstyledButton>
  );
}

/** The object before or after the one that is meant, in the order of the list. */
export function stepObject(seen: SeenImage, meant: Place | null, step: number): Place | null {
  const all = sections(seen).flatMap(({ shapes }) => shapes);
  if (all.length === 0) return null;
  const at = all.findIndex((shape) => isSame(shape, meant) || isOfPair(shape, meant));
  const next = at < 0 ? (step > 0 ? 0 : all.length - 1) : (at + step + all.length) % all.length;
  return all[next] ?? null;
}
