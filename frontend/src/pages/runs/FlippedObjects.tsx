import { Button, Group, SegmentedControl, Skeleton, Text } from "@mantine/core";
import { useFlippedObjects } from "@/api/evaluations";
import type { Comparison, FlippedObject, Run } from "@/api/types";
import { ErrorNotice } from "@/components/ErrorNotice";
import { LoadMore } from "@/components/LoadMore";
import { Panel } from "@/components/Page";
import { formatThreshold } from "@/lib/figures";
import { chosenOther, type CompareAddress } from "./compare";
import { ComparedTile } from "./ComparedTile";
import classes from "./Runs.module.css";
import { useOpened } from "./use-opened";

/** The objects that one of two runs finds and the other misses; each opens in either. */
export function FlippedObjects({
  ids,
  runs,
  names,
  comparison,
  address,
  onAddress,
}: {
  ids: readonly number[];
  runs: readonly Run[];
  names: readonly string[];
  comparison: Comparison;
  address: CompareAddress;
  onAddress: (change: Partial<CompareAddress>) => void;
}) {
  const opened = useOpened("flipped");
  const { flip, class: classIndex } = address;
  const { confidence, basis } = comparison;
  const pair = [ids[0] ?? 0, chosenOther(ids, address)] as const;
  const objects = useFlippedObjects(pair, {
    flip,
    confidence,
    basis,
    classIndex: classIndex < 0 ? null : classIndex,
  });
  const flips = comparison.pairs.find(({ evaluation }) => evaluation === pair[1])?.flips;
  const [first, other] = pair.map((id) => names[ids.indexOf(id)] ?? "");
  const className = comparison.evaluations[0]?.class_names[classIndex];
  return (
    <div ref={opened} id="flipped" style={{ scrollMarginTop: 72 }}>
      <Panel
        title="Objects that flipped"
        aside={
          <Group gap="xs">
            {className !== undefined && (
              <Button size="compact-xs" variant="default" onClick={() => onAddress({ class: -1 })}>
                Only {className} ✕
              </Button>
            )}
            <SegmentedControl
              size="xs"
              aria-label="Objects that were"
              value={flip}
              onChange={(value) => onAddress({ flip: value === "found" ? "found" : "lost" })}
              data={[
                { value: "lost", label: flips ? `Lost (${flips.lost})` : "Lost" },
                { value: "found", label: flips ? `Found anew (${flips.found})` : "Found anew" },
              ]}
            />
          </Group>
        }
      >
        <Text size="xs" c="dimmed" mb="sm">
          Labels that {flip === "lost" ? first : other} finds and {flip === "lost" ? other : first} misses, at
          confidence {formatThreshold(confidence)}, IoU {formatThreshold(comparison.iou)},{" "}
          {basis === "mask" ? "masks" : "boxes"}
          {objects.isSuccess && `: ${objects.data.pages[0]?.total ?? 0}`}.
        </Text>
        {objects.isError && <ErrorNotice error={objects.error} onRetry={() => void objects.refetch()} />}
        {objects.isPending && <Skeleton height={180} role="status" aria-label="Loading" />}
        {objects.isSuccess && objects.items.length === 0 && (
          <Text size="sm" c="dimmed" py="md" ta="center">
            No object was {flip === "lost" ? "lost" : "found anew"}.
          </Text>
        )}
        <div className={classes.changed}>
          {objects.items.map((object) => (
            <Flipped
              key={`${object.keys[0]}-${object.labels[0]}`}
              object={object}
              pair={pair}
              runs={pair.map((id) => runs[ids.indexOf(id)]?.id ?? 0)}
              names={[first ?? "", other ?? ""]}
              comparison={comparison}
            />
          ))}
        </div>
        <LoadMore list={objects} />
      </Panel>
    </div>
  );
}

function Flipped({
  object,
  pair,
  runs,
  names,
  comparison,
}: {
  object: FlippedObject;
  pair: readonly [number, number];
  runs: readonly number[];
  names: readonly string[];
  comparison: Comparison;
}) {
  return (
    <figure className={classes.pair}>
      {pair.map((evaluation, side) => (
        <ComparedTile
          key={evaluation}
          evaluation={evaluation}
          run={runs[side] ?? 0}
          name={names[side] ?? ""}
          imageKey={object.keys[side] ?? ""}
          fileName={object.file_name}
          thumbnail={object.thumbnail_url}
          confidence={comparison.confidence}
          basis={comparison.basis}
          meant={{ side: "label", index: object.labels[side] ?? 0 }}
        />
      ))}
      <figcaption className={classes.pairCaption}>
        <Text size="xs" truncate title={object.file_name}>
          {object.file_name}
        </Text>
        <Text size="xs">{object.class_name}</Text>
      </figcaption>
    </figure>
  );
}
