import { ActionIcon, Checkbox, Skeleton, Text, UnstyledButton } from "@mantine/core";
import { IconAlertTriangle, IconDatabase, IconPencil } from "@tabler/icons-react";
import { memo, useEffect, useMemo, useRef } from "react";
import { Link } from "react-router";
import { usePredictedImage } from "@/api/predictionResults";
import { asProblem } from "@/api/problem";
import { MaskOverlay } from "@/components/MaskOverlay";
import { plural } from "@/lib/format";
import type { Cut } from "@/prediction-data/cut";
import { type Colouring, drawnOf } from "@/prediction-data/looks";
import grid from "../../dataset/Dataset.module.css";
import classes from "../../review/Review.module.css";
import { editorAddress } from "./editor-address";

type TileProps = {
  prediction: number;
  position: number;
  cut: Cut;
  colouring: Colouring;
  onOpen: (position: number) => void;
  selected: boolean;
  /** Absent where nobody may choose images. */
  onToggle?: (position: number, range: boolean) => void;
  tile: number;
  tabIndex: 0 | -1;
  isWanted: boolean;
};

/** An image of a prediction with its masks. Its polygons are fetched when the tile comes near the window. */
export const PredictedTile = memo(function PredictedTile({
  prediction,
  position,
  cut,
  colouring,
  onOpen,
  selected,
  onToggle,
  tile,
  tabIndex,
  isWanted,
}: TileProps) {
  const button = useRef<HTMLButtonElement>(null);
  const query = usePredictedImage(prediction, position);
  const image = query.data;
  const isThere = image !== undefined;
  useEffect(() => {
    if (isWanted && isThere) button.current?.focus();
  }, [isWanted, isThere]);
  const masks = useMemo(
    () => (image ? drawnOf(image.instances, cut, colouring, false) : []),
    [image, cut, colouring],
  );
  if (!image) {
    return (
      <div>
        <Skeleton radius={8} animate={!query.isError} style={{ aspectRatio: "4 / 3" }} />
        <div className={classes.caption}>
          {query.isError && (
            <Text size="xs" c="red" truncate title={asProblem(query.error).message}>
              {asProblem(query.error).message}
            </Text>
          )}
        </div>
      </div>
    );
  }
  const words = image.error || (masks.length === 0 ? "nothing found" : plural(masks.length, "object"));
  return (
    <div className={grid.tile} data-selected={selected}>
      {onToggle && !image.error && (
        <Checkbox
          className={grid.check}
          size="sm"
          checked={selected}
          aria-label={`Select ${image.file_name}`}
          onChange={() => undefined}
          onClick={(event) => onToggle(position, event.shiftKey)}
        />
      )}
      {image.image && (
        <ActionIcon
          component={Link}
          to={editorAddress(image.image, prediction)}
          className={grid.check}
          style={{ left: "auto", right: 8 }}
          variant="default"
          aria-label={`Open ${image.file_name} in the editor`}
          title="Open in the editor"
        >
          <IconPencil size={16} />
        </ActionIcon>
      )}
      <UnstyledButton
        className={classes.tile}
        ref={button}
        data-tile={tile}
        tabIndex={tabIndex}
        onClick={() => onOpen(position)}
        aria-label={`${image.file_name}: ${words}. Open large`}
      >
        <div
          className={classes.frame}
          style={
            selected ? { outline: "3px solid var(--mantine-color-anchor)", outlineOffset: -1 } : undefined
          }
        >
          {image.thumbnail_url && !image.error ? (
            <>
              <img
                src={image.thumbnail_url}
                alt=""
                loading="lazy"
                decoding="async"
                draggable={false}
                style={{ width: "100%", height: "100%", objectFit: "cover", display: "block" }}
              />
              <MaskOverlay masks={masks} width={image.width} height={image.height} fillOpacity={0.3} />
            </>
          ) : (
            <div style={{ display: "grid", placeContent: "center", height: "100%" }}>
              <IconAlertTriangle
                size={26}
                stroke={1.4}
                color="var(--mantine-color-dimmed)"
                aria-hidden="true"
              />
            </div>
          )}
        </div>
        <div className={classes.caption}>
          {image.image && (
            <IconDatabase
              size={13}
              style={{ flex: "none" }}
              aria-label={`In the dataset ${image.image.dataset}`}
            />
          )}
          <Text size="xs" truncate style={{ flex: 1 }} title={image.file_name}>
            {image.file_name}
          </Text>{" "}
          <Text
            size="xs"
            c={image.error ? "var(--mantine-color-error)" : "dimmed"}
            className="tabular"
            truncate
            title={words}
            style={{ maxWidth: "70%" }}
          >
            {words}
          </Text>
        </div>
      </UnstyledButton>
    </div>
  );
});
