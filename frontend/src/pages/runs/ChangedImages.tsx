import { Group, SegmentedControl, Select, Skeleton, Text } from "@mantine/core";
import { useComparedImages } from "@/api/evaluations";
import type { ComparedImage, Run } from "@/api/types";
import { ErrorNotice } from "@/components/ErrorNotice";
import { LoadMore } from "@/components/LoadMore";
import { Panel } from "@/components/Page";
import { formatThreshold } from "@/lib/figures";
import { formatMetric } from "@/lib/format";
import { Change } from "../results/Headline";
import { chosenOther, type CompareAddress } from "./compare";
import { ComparedTile } from "./ComparedTile";
import classes from "./Runs.module.css";
import { useOpened } from "./use-opened";

const DIRECTION_WORDS = { worse: "got worse", better: "got better", same: "stayed the same" };

/** The images that one run does better, worse, or just as well as the first; with the predictions of both. */
export function ChangedImages({
  ids,
  runs,
  names,
  confidence,
  address,
  onAddress,
}: {
  ids: readonly number[];
  runs: readonly Run[];
  names: readonly string[];
  /** The one that all are compared at. */
  confidence: number;
  address: CompareAddress;
  onAddress: (change: Partial<CompareAddress>) => void;
}) {
  const { direction } = address;
  const other = chosenOther(ids, address);
  const opened = useOpened("images");
  const images = useComparedImages(ids, { other, direction, confidence });
  const counts = images.data?.pages[0];
  return (
    <div ref={opened} id="images" style={{ scrollMarginTop: 72 }}>
      <Panel
        title={`Images that ${DIRECTION_WORDS[direction]}`}
        aside={
          <Group gap="xs">
            {ids.length > 2 && (
              <Select
                size="xs"
                w={200}
                aria-label={`Run to compare with ${names[0]}`}
                allowDeselect={false}
                value={String(other)}
                onChange={(value) => onAddress({ other: Number(value) })}
                data={ids.slice(1).map((id, i) => ({ value: String(id), label: names[i + 1] ?? String(id) }))}
              />
            )}
            <SegmentedControl
              size="xs"
              aria-label="Images that"
              value={direction}
              onChange={(value) =>
                onAddress({ direction: value === "better" || value === "same" ? value : "worse" })
              }
              data={[
                { value: "worse", label: counts ? `Worse (${counts.worse})` : "Worse" },
                { value: "better", label: counts ? `Better (${counts.better})` : "Better" },
                { value: "same", label: counts ? `Equal (${counts.same})` : "Equal" },
              ]}
            />
          </Group>
        }
      >
        <Text size="xs" c="dimmed" mb="sm">
          Panoptic quality from {names[0]} to {names[ids.indexOf(other)]}, both at confidence{" "}
          {formatThreshold(confidence)}, IoU 0.500, masks. The most changed first.
        </Text>
        {images.isError && <ErrorNotice error={images.error} onRetry={() => void images.refetch()} />}
        {images.isPending && <Skeleton height={220} role="status" aria-label="Loading" />}
        {images.isSuccess && images.items.length === 0 && (
          <Text size="sm" c="dimmed" py="md" ta="center">
            No image {DIRECTION_WORDS[direction]}.
          </Text>
        )}
        <div className={classes.changed}>
          {images.items.map((image) => (
            <Changed
              key={image.sides[0]?.key}
              image={image}
              shown={[ids[0] ?? 0, other]}
              ids={ids}
              runs={runs}
              names={names}
            />
          ))}
        </div>
        <LoadMore list={images} />
      </Panel>
    </div>
  );
}

function Changed({
  image,
  shown,
  ids,
  runs,
  names,
}: {
  image: ComparedImage;
  shown: readonly number[];
  ids: readonly number[];
  runs: readonly Run[];
  names: readonly string[];
}) {
  return (
    <figure className={classes.pair}>
      {shown.map((id) => {
        const side = image.sides.find(({ evaluation }) => evaluation === id);
        const at = ids.indexOf(id);
        return side ? (
          <ComparedTile
            key={id}
            evaluation={id}
            run={runs[at]?.id ?? 0}
            name={names[at] ?? ""}
            imageKey={side.key}
            fileName={image.file_name}
            thumbnail={image.thumbnail_url}
            confidence={side.confidence}
            figure={formatMetric(side.quality)}
          />
        ) : null;
      })}
      <figcaption className={classes.pairCaption}>
        <Text size="xs" truncate title={image.file_name}>
          {image.file_name}
        </Text>
        <Change value={image.change} />
      </figcaption>
    </figure>
  );
}
