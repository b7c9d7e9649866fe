import { Anchor, Group, SegmentedControl, Select, Skeleton, Text } from "@mantine/core";
import { useMemo } from "react";
import { Link } from "react-router";
import { useColumns, useComparedImages, useShapes } from "@/api/evaluations";
import type { ComparedImage, Run } from "@/api/types";
import { ErrorNotice } from "@/components/ErrorNotice";
import { LoadMore } from "@/components/LoadMore";
import { MaskedImage } from "@/components/MaskOverlay";
import { Panel } from "@/components/Page";
import { formatMetric, plural } from "@/lib/format";
import { drawShapes, faultWords, seeImage } from "../review/seen";
import { Change } from "../results/Headline";
import type { CompareAddress } from "./compare";
import classes from "./Runs.module.css";

const NO_COLORS = new Map<number, string>();

/** The images that one run does better, or worse, than the first; with the predictions of both. */
export function ChangedImages({
  ids,
  runs,
  names,
  address,
  onAddress,
}: {
  ids: readonly number[];
  runs: readonly Run[];
  names: readonly string[];
  address: CompareAddress;
  onAddress: (change: Partial<CompareAddress>) => void;
}) {
  const { direction } = address;
  const other = ids.includes(address.other) && address.other !== ids[0] ? address.other : (ids[1] ?? 0);
  const images = useComparedImages(ids, { other, direction });
  const counts = images.data?.pages[0];
  return (
    <Panel
      title={`Images that got ${direction}`}
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
            aria-label="Images that got"
            value={direction}
            onChange={(value) => onAddress({ direction: value === "better" ? "better" : "worse" })}
            data={[
              { value: "worse", label: counts ? `Worse (${counts.worse})` : "Worse" },
              { value: "better", label: counts ? `Better (${counts.better})` : "Better" },
            ]}
          />
        </Group>
      }
    >
      <Text size="xs" c="dimmed" mb="sm">
        Panoptic quality from {names[0]} to {names[ids.indexOf(other)]}, each at the confidence of its own
        best F1, IoU 0.500, masks{counts ? `; ${plural(counts.same, "image")} stayed the same` : ""}. The most
        changed first.
      </Text>
      {images.isError && <ErrorNotice error={images.error} onRetry={() => void images.refetch()} />}
      {images.isPending && <Skeleton height={220} role="status" aria-label="Loading" />}
      {images.isSuccess && images.items.length === 0 && (
        <Text size="sm" c="dimmed" py="md" ta="center">
          No image got {direction}.
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
          <SideTile key={id} side={side} image={image} run={runs[at]?.id ?? 0} name={names[at] ?? ""} />
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

function SideTile({
  side,
  image,
  run,
  name,
}: {
  side: ComparedImage["sides"][number];
  image: ComparedImage;
  run: number;
  name: string;
}) {
  const { evaluation, key, confidence } = side;
  const shapes = useShapes(evaluation, key).data;
  const columns = useColumns(evaluation, { iou: 0.5, basis: "mask" }).data;
  const seen = useMemo(
    () => (shapes && columns ? seeImage(columns, shapes, confidence) : null),
    [shapes, columns, confidence],
  );
  const drawing = { colouring: "outcome", colors: NO_COLORS } as const;
  return (
    <Anchor
      component={Link}
      underline="never"
      c="inherit"
      to={`/runs/${run}/predictions?evaluation=${evaluation}&image=${key}`}
      aria-label={`${image.file_name} in ${name}, quality ${formatMetric(side.quality)}. Open it there`}
    >
      <MaskedImage
        src={image.thumbnail_url}
        alt=""
        ratio="4 / 3"
        masks={
          seen ? [...drawShapes(seen.labels, drawing, true), ...drawShapes(seen.predictions, drawing)] : []
        }
        width={shapes?.width ?? 4}
        height={shapes?.height ?? 3}
        fillOpacity={0.2}
      />
      <Text size="xs" truncate title={name} mt={2}>
        {name}
      </Text>
      <Text size="xs" c="dimmed" truncate className="tabular">
        {formatMetric(side.quality)}
        {seen && ` · ${faultWords(seen)}`}
      </Text>
    </Anchor>
  );
}
