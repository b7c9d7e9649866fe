import { ActionIcon, Badge, Button, Text, Tooltip } from "@mantine/core";
import { IconArrowLeft, IconChevronLeft, IconChevronRight, IconMinus, IconPlus } from "@tabler/icons-react";
import { useSyncExternalStore } from "react";
import { Link } from "react-router";
import type { ImageDetail, Neighbours, Status } from "@/api/types";
import type { Editor } from "@/canvas/editor";
import classes from "./editor.module.css";
import { SaveIndicator } from "./SaveIndicator";
import type { AnnotationSaver } from "./sync/saver";
import { useSaveState } from "./use-editing";

export const STATUS_WORDS: Record<Status, string> = {
  unlabelled: "Unlabelled",
  in_progress: "In progress",
  done: "Done",
};
const STATUS_COLORS: Record<Status, string> = { unlabelled: "gray", in_progress: "yellow", done: "teal" };

type Props = {
  image: ImageDetail;
  backTo: string;
  neighbours: Neighbours | undefined;
  onPrevious: () => void;
  onNext: () => void;
  onDone: () => void;
  isFinishing: boolean;
  editing: { editor: Editor; saver: AnnotationSaver } | null;
};

export function TopBar({
  image,
  backTo,
  neighbours,
  onPrevious,
  onNext,
  onDone,
  isFinishing,
  editing,
}: Props) {
  return (
    <header className={classes.top}>
      <Tooltip label={`Back to ${image.dataset_name}`}>
        <ActionIcon
          component={Link}
          to={backTo}
          variant="subtle"
          color="gray"
          size={36}
          aria-label={`Back to ${image.dataset_name}`}
        >
          <IconArrowLeft size={20} />
        </ActionIcon>
      </Tooltip>
      <Text component="h1" fz={15} fw={600} className={classes.name} title={image.file_name}>
        {image.file_name}
      </Text>
      {editing && <StatusBadge saver={editing.saver} />}
      <span className={classes.divider} />
      <Tooltip label="Previous image (Page Up)">
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label="Previous image"
          disabled={!neighbours?.previous}
          onClick={onPrevious}
        >
          <IconChevronLeft size={18} />
        </ActionIcon>
      </Tooltip>
      <Text size="sm" c="dimmed" className="tabular" style={{ whiteSpace: "nowrap" }}>
        {neighbours ? `${neighbours.position} of ${neighbours.total}` : "…"}
      </Text>
      <Tooltip label="Next image (Page Down)">
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label="Next image"
          disabled={!neighbours?.next}
          onClick={onNext}
        >
          <IconChevronRight size={18} />
        </ActionIcon>
      </Tooltip>
      <span className={classes.spring} />
      {editing && <SaveIndicator saver={editing.saver} />}
      <span className={classes.divider} />
      {editing && <Zoom editor={editing.editor} />}
      <Tooltip label="Mark as done and open the next (D)">
        <Button size="sm" onClick={onDone} loading={isFinishing} disabled={!editing} style={{ flex: "none" }}>
          Done, next
        </Button>
      </Tooltip>
    </header>
  );
}

function StatusBadge({ saver }: { saver: AnnotationSaver }) {
  useSaveState(saver);
  return (
    <Badge variant="light" color={STATUS_COLORS[saver.status]} tt="none" fw={500} style={{ flex: "none" }}>
      {STATUS_WORDS[saver.status]}
    </Badge>
  );
}

function Zoom({ editor }: { editor: Editor }) {
  const percent = useSyncExternalStore(
    (onChange) => editor.on("camera", onChange),
    () => Math.round(editor.camera.scale * 100),
  );
  return (
    <div style={{ display: "flex", alignItems: "center", flex: "none" }} role="group" aria-label="Zoom">
      <ActionIcon variant="subtle" color="gray" aria-label="Zoom out" onClick={() => editor.zoomBy(1 / 1.4)}>
        <IconMinus size={16} />
      </ActionIcon>
      <span className={classes.zoom}>{percent} %</span>
      <ActionIcon variant="subtle" color="gray" aria-label="Zoom in" onClick={() => editor.zoomBy(1.4)}>
        <IconPlus size={16} />
      </ActionIcon>
    </div>
  );
}
