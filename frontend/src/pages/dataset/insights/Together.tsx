import { useCallback, useMemo } from "react";
import type { Dataset, Insights } from "@/api/types";
import { Panel } from "@/components/Page";
import { formatCount, plural } from "@/lib/format";
import { imagesAt } from "./bars";
import { HeatGrid } from "./HeatGrid";

/** More classes than this are read by colour; each cell still says its count. */
const MOST_PRINTED = 16;

/** Which classes are seen in one image: those with the most objects first. */
export function Together({ dataset, insights }: { dataset: Dataset; insights: Insights }) {
  const { slug, classes } = dataset;
  const { together, together_classes: ids } = insights;
  const names = useMemo(() => {
    const known = new Map(classes.map(({ id, name }) => [id, name]));
    return ids.map((id) => known.get(id) ?? "");
  }, [classes, ids]);
  const counts = useMemo(() => {
    const found = new Map<string, number>();
    for (const { first, second, images } of together) {
      found.set(`${first}-${second}`, images);
      found.set(`${second}-${first}`, images);
    }
    return found;
  }, [together]);
  const cellAt = useCallback(
    (row: number, column: number) => {
      const [first = 0, second = 0] = [ids[row], ids[column]];
      const count = counts.get(`${first}-${second}`) ?? 0;
      if (count === 0) return undefined;
      const isSame = row === column;
      const what = isSame ? names[row] : `${names[row]} and ${names[column]}`;
      return {
        count,
        to: imagesAt(slug, { class: first, ...(isSame ? {} : { with_class: second }) }),
        words: `${what}: ${plural(count, "image")}. Look at them`,
      };
    },
    [ids, counts, names, slug],
  );
  const size = useMemo(() => ({ rows: ids.length, columns: ids.length }), [ids]);
  if (ids.length < 2) return null;
  const left = classes.length - ids.length;
  return (
    <Panel title="Classes in one image">
      <HeatGrid
        label="How many images have objects of both classes"
        rows={names}
        columns={names}
        size={size}
        cellAt={cellAt}
        isPrinted={ids.length <= MOST_PRINTED}
      />
      {left > 0 && (
        <span style={{ fontSize: 12, color: "var(--mantine-color-dimmed)" }}>
          {`${formatCount(left)} more ${left === 1 ? "class has" : "classes have"} no object, or fewer than these.`}
        </span>
      )}
    </Panel>
  );
}
