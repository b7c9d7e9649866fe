import { SegmentedControl, Text } from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";
import { Link } from "react-router";
import {
  usePurgeImages,
  useRestoreImages,
  useRestoreInstances,
  useTrashedImages,
  useTrashedInstances,
} from "@/api/trash";
import { ClassDot } from "@/components/ClassDot";
import { EmptyState } from "@/components/EmptyState";
import { Page } from "@/components/Page";
import { plural } from "@/lib/format";
import { may } from "@/lib/roles";
import { oneOf, useUrlState } from "@/lib/urlState";
import { IGNORED_COLOR, IGNORED_NAME } from "@/canvas/model/style";
import { useCurrentDataset } from "./DatasetLayout";
import { TrashList } from "./TrashList";
import { TrashTile } from "./TrashTile";

const ADDRESS = { show: oneOf(["images", "objects"], "images") };

export default function TrashPage() {
  const { slug, role } = useCurrentDataset();
  const [{ show }, setAddress] = useUrlState(ADDRESS);
  if (!may(role, "manage")) {
    return (
      <EmptyState icon={IconTrash} title="The trash is for team leads">
        Ask a team lead of this dataset to restore what was deleted. Objects that you deleted yourself come
        back from the image’s history in the editor.
      </EmptyState>
    );
  }
  return (
    <Page
      title="Trash"
      lead="What was deleted from this dataset can be restored as it was. Each says until which day it is kept."
      actions={
        <SegmentedControl
          aria-label="What to show"
          value={show}
          onChange={(value) => setAddress({ show: value })}
          data={[
            { value: "images", label: "Images" },
            { value: "objects", label: "Objects" },
          ]}
        />
      }
    >
      {show === "images" ? <TrashedImages slug={slug} /> : <TrashedObjects slug={slug} />}
    </Page>
  );
}

function TrashedImages({ slug }: { slug: string }) {
  const list = useTrashedImages(slug);
  const restore = useRestoreImages(slug);
  const purge = usePurgeImages(slug);
  return (
    <TrashList
      one="image"
      list={list}
      restore={restore}
      purge={{
        ...purge,
        consequences: (images) => {
          const objects = images.reduce((sum, { instance_count }) => sum + (instance_count ?? 0), 0);
          return [
            `${plural(images.length, "image")} with ${plural(objects, "object")}, the history and the comments go for good.`,
            "Frozen versions keep their own copies; runs are not touched.",
            "Nobody can undo this.",
          ];
        },
      }}
      emptyText="Images that are deleted from this dataset come here first."
      renderTile={(image, selection) => (
        <TrashTile
          key={image.id}
          thing={image}
          name={image.file_name}
          picture={{ src: image.thumbnail_url, width: image.width, height: image.height, masks: [] }}
          caption={
            <>
              <Text size="xs" truncate title={image.file_name} style={{ flex: 1 }}>
                {image.file_name}
              </Text>
              {(image.instance_count ?? 0) > 0 && (
                <Text size="xs" c="dimmed" className="tabular" style={{ whiteSpace: "nowrap" }}>
                  {plural(image.instance_count ?? 0, "object")}
                </Text>
              )}
            </>
          }
          {...selection}
        />
      )}
    />
  );
}

function TrashedObjects({ slug }: { slug: string }) {
  const { classes } = useCurrentDataset();
  const list = useTrashedInstances(slug);
  const restore = useRestoreInstances(slug);
  return (
    <TrashList
      one="object"
      list={list}
      restore={restore}
      emptyText="Objects that are deleted from images of this dataset come here. Those of deleted images stay with their image."
      renderTile={(object, selection) => {
        const of = classes.find(({ id }) => id === object.class_id);
        const className = object.class_id === null ? IGNORED_NAME : (of?.name ?? "A deleted class");
        const color = object.class_id === null ? IGNORED_COLOR : (of?.color ?? "#ffffff");
        return (
          <TrashTile
            key={object.id}
            thing={object}
            name={`${className} in ${object.file_name}`}
            picture={{
              src: object.thumbnail_url,
              width: object.width,
              height: object.height,
              masks: object.outline.map((points) => ({ points, color })),
            }}
            caption={
              <>
                <ClassDot color={color} />
                <Text size="xs" fw={550} truncate title={className} style={{ flex: "0 1 auto" }}>
                  {className}
                </Text>
                <Text
                  component={Link}
                  to={`/datasets/${slug}/edit/${object.image}`}
                  size="xs"
                  c="dimmed"
                  td="underline"
                  truncate
                  title={`Open ${object.file_name}`}
                  style={{ flex: "1 1 40%", textAlign: "right" }}
                >
                  {object.file_name}
                </Text>
              </>
            }
            {...selection}
          />
        );
      }}
    />
  );
}
