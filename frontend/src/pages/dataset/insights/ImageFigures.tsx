import { SimpleGrid } from "@mantine/core";
import type { Insights } from "@/api/types";
import { Panel } from "@/components/Page";
import { plural } from "@/lib/format";
import { SPLIT_WORDS, STATUS_WORDS, STATUSES } from "../imagesAddress";
import { BarList, type Bar } from "./BarList";
import { binBars, imagesAt } from "./bars";

/** The best first, as a bar fills up. */
const FROM_ACCEPTED = [...STATUSES].reverse();

/** Figures of images: splits, objects in one, sizes, and what their pixels say. */
export function ImageFigures({ slug, insights }: { slug: string; insights: Insights }) {
  const { unreadable } = insights;
  const left = unreadable > 0 ? `; ${plural(unreadable, "image")} cannot be read` : "";
  return (
    <SimpleGrid cols={{ base: 1, sm: 2 }} spacing="md">
      <Panel title="Images by split and status">
        <BarList
          label="Images by split and status"
          legend={FROM_ACCEPTED.map((status) => STATUS_WORDS[status])}
          bars={splitBars(slug, insights)}
        />
      </Panel>
      <Panel title="Objects in an image">
        <BarList
          label="Images by their objects"
          bars={binBars({ slug, bins: insights.instances_per_image, filter: "objects", unit: "image" })}
          axis="images by the objects in them"
        />
      </Panel>
      <Panel title="Size of the images">
        <BarList
          label="Images by their size"
          bars={binBars({ slug, bins: insights.image_pixels, filter: "pixels", unit: "image" })}
          axis="images by megapixels"
        />
      </Panel>
      <Panel title="Shape of the images">
        <BarList
          label="Images by their shape"
          bars={binBars({ slug, bins: insights.image_shapes, filter: "shape", unit: "image" })}
          axis="images by width : height"
        />
      </Panel>
      <Panel title="Brightness">
        <BarList
          label="Images by their brightness"
          bars={binBars({ slug, bins: insights.brightness, filter: "brightness", unit: "image" })}
          axis={`images by their mean grey value, black to white${left}`}
        />
      </Panel>
      <Panel title="Sharpness">
        <BarList
          label="Images by their sharpness"
          bars={binBars({ slug, bins: insights.sharpness, filter: "sharpness", unit: "image" })}
          axis={`images by the variance of the Laplacian at 640 px: low is blurred, or plain${left}`}
        />
      </Panel>
    </SimpleGrid>
  );
}

function splitBars(slug: string, { images_by_split_status: rows }: Insights): Bar[] {
  return (["train", "val", "test"] as const).map((split) => ({
    label: SPLIT_WORDS[split],
    parts: FROM_ACCEPTED.map((status) => {
      const count = rows.find((row) => row.split === split && row.status === status)?.count ?? 0;
      return {
        count,
        to: imagesAt(slug, { split, status }),
        words: `${SPLIT_WORDS[split]}, ${STATUS_WORDS[status].toLowerCase()}: ${plural(count, "image")}. Look at them`,
      };
    }),
  }));
}
