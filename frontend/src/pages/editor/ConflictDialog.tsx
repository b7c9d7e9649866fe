import { Button, Group, Modal, Stack, Text } from "@mantine/core";
import type { Annotation, DatasetClass, ImageDetail } from "@/api/types";
import type { AnnotationDocument, Instance } from "@/canvas/document/document";
import { differenceBetween } from "@/canvas/document/difference";
import classes from "./editor.module.css";
import { STATUS_WORDS } from "../dataset/imagesAddress";

type Props = {
  image: ImageDetail;
  mine: AnnotationDocument;
  mineStatus: keyof typeof STATUS_WORDS;
  theirs: Annotation;
  classNames: ReadonlyMap<number, DatasetClass>;
  onChoose: (choice: "mine" | "theirs") => void;
};

/** Two people changed one image: both versions, side by side, what differs in bold lines. */
export function ConflictDialog({ image, mine, mineStatus, theirs, classNames, onChoose }: Props) {
  const toMine = differenceBetween(theirs, mine);
  const toTheirs = differenceBetween(mine, theirs);
  const sides = [
    { choice: "mine", title: "Yours", document: mine, status: mineStatus, differing: toMine.upsert },
    {
      choice: "theirs",
      title: "Theirs",
      document: theirs,
      status: theirs.status,
      differing: toTheirs.upsert,
    },
  ] as const;
  return (
    <Modal
      opened
      onClose={() => undefined}
      withCloseButton={false}
      closeOnEscape={false}
      closeOnClickOutside={false}
      size="xl"
      title="Somebody else saved this image meanwhile"
    >
      <Text size="sm" mb="md">
        Choose the version to go on with. Nothing is lost: theirs stays in the history of the image, and if
        you take theirs, Undo brings yours back.
      </Text>
      <div className={classes.versions}>
        {sides.map(({ choice, title, document, status, differing }) => (
          <Stack key={choice} gap="xs">
            <Group justify="space-between">
              <Text fw={600}>{title}</Text>
              <Text size="sm" c="dimmed">
                {document.instances.length === 1 ? "1 object" : `${document.instances.length} objects`},{" "}
                {differing.length} only so here · {STATUS_WORDS[status]}
              </Text>
            </Group>
            <Preview image={image} document={document} differing={differing} classNames={classNames} />
            <Button variant={choice === "mine" ? "filled" : "default"} onClick={() => onChoose(choice)}>
              {choice === "mine" ? "Keep mine" : "Take theirs"}
            </Button>
          </Stack>
        ))}
      </div>
    </Modal>
  );
}

type PreviewProps = {
  image: ImageDetail;
  document: AnnotationDocument;
  differing: readonly Instance[];
  classNames: ReadonlyMap<number, DatasetClass>;
};

function Preview({ image, document, differing, classNames }: PreviewProps) {
  const bold = new Set(differing.map((instance) => instance.id));
  return (
    <svg
      className={classes.preview}
      viewBox={`0 0 ${image.width} ${image.height}`}
      role="img"
      aria-label="Objects"
    >
      <image href={image.url} width={image.width} height={image.height} />
      {document.instances.map((instance) => (
        <path
          key={instance.id}
          d={pathOf(instance)}
          fill={classNames.get(instance.class_id)?.color}
          fillOpacity={bold.has(instance.id) ? 0.45 : 0.12}
          fillRule="evenodd"
          stroke={classNames.get(instance.class_id)?.color}
          strokeWidth={bold.has(instance.id) ? 3 : 1}
          vectorEffect="non-scaling-stroke"
        />
      ))}
    </svg>
  );
}

export function pathOf({ polygons }: Instance): string {
  return polygons
    .flat()
    .map((ring) => `M${ring.join(" ")}Z`)
    .join("");
}
