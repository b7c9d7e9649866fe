import { Group, Select, SimpleGrid, Text } from "@mantine/core";
import { useCallback, useMemo } from "react";
import type { Dataset, Insights } from "@/api/types";
import { Panel } from "@/components/Page";
import { plural } from "@/lib/format";
import { SPLIT_WORDS } from "../imagesAddress";
import { BarList, type Bar } from "./BarList";
import { binBars, imagesAt } from "./bars";
import { HeatGrid } from "./HeatGrid";
import { GRID } from "./words";
import classes from "./Insights.module.css";

const SPLITS = ["train", "val", "test"] as const;
const SPLIT_LEGEND = SPLITS.map((split) => SPLIT_WORDS[split]);

type Props = { dataset: Dataset; insights: Insights; classId: number; onClass: (id: number) => void };

/** Figures of objects: by class and split; then those of one class, or of all. */
export function ObjectFigures({ dataset, insights, classId, onClass }: Props) {
  const { slug } = dataset;
  const { objects } = insights;
  const of = dataset.classes.find(({ id }) => id === classId)?.name;
  const title = (words: string) => (of ? `${words}: ${of}` : words);
  const bars = (filter: "size" | "points" | "aspect", bins: typeof objects.sizes) =>
    binBars({ slug, bins, filter, unit: "object", classId });
  return (
    <>
      <Panel title="Objects by class and split">
        <div className={classes.tall} tabIndex={-1}>
          <BarList
            label="Objects by class and split"
            legend={SPLIT_LEGEND}
            bars={classBars(dataset, insights)}
          />
        </div>
      </Panel>
      <Group align="flex-end" gap="sm">
        <Select
          label="Figures of the objects of"
          searchable
          openOnFocus={false}
          allowDeselect={false}
          w={320}
          maw="100%"
          data={[
            { value: "0", label: "all classes" },
            ...dataset.classes.map(({ id, name }) => ({ value: String(id), label: name })),
          ]}
          value={String(classId)}
          onChange={(value) => onClass(Number(value ?? 0))}
        />
      </Group>
      <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="md">
        <Panel title={title("Size")}>
          <BarList
            label={title("Objects by their size")}
            bars={bars("size", objects.sizes)}
            axis="objects by the share of their image that they cover"
          />
        </Panel>
        <Panel title={title("Points of an outline")}>
          <BarList
            label={title("Objects by their points")}
            bars={bars("points", objects.points)}
            axis="objects"
          />
        </Panel>
        <Panel title={title("Shape")}>
          <BarList
            label={title("Objects by their shape")}
            bars={bars("aspect", objects.aspects)}
            axis="objects by width : height of the box around them"
          />
        </Panel>
        <Panel title={title("Position")}>
          <Positions
            slug={slug}
            counts={objects.positions}
            classId={classId}
            label={title("Positions of objects")}
          />
        </Panel>
      </SimpleGrid>
    </>
  );
}

function classBars(dataset: Dataset, { instances_by_class_split: rows }: Insights): Bar[] {
  const names = new Map(dataset.classes.map(({ id, name }) => [id, name]));
  return rows.map((row) => {
    const name = names.get(row.class_id) ?? "";
    return {
      label: name,
      parts: SPLITS.map((split) => ({
        count: row[split],
        to: imagesAt(dataset.slug, { class: row.class_id, split }),
        words: `${name} in ${split}: ${plural(row[split], "object")}. Look at the images`,
      })),
    };
  });
}

type PositionsProps = { slug: string; counts: readonly number[]; classId: number; label: string };

function Positions({ slug, counts, classId, label }: PositionsProps) {
  const cellAt = useCallback(
    (row: number, column: number) => {
      const cell = row * GRID + column;
      const count = counts[cell] ?? 0;
      if (count === 0) return undefined;
      return {
        count,
        to: imagesAt(slug, { cell, ...(classId ? { class: classId } : {}) }),
        words: `Row ${row + 1}, column ${column + 1}: ${plural(count, "object")}. Look at the images`,
      };
    },
    [slug, counts, classId],
  );
  const size = useMemo(() => ({ rows: GRID, columns: GRID }), []);
  return (
    <div className={classes.places}>
      <HeatGrid label={label} size={size} cellAt={cellAt} isPrinted />
      <Text size="xs" c="dimmed">
        Where the middles of the objects lie in their images.
      </Text>
    </div>
  );
}
