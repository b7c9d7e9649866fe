import { ActionIcon, Badge, Button, Text, Tooltip } from "@mantine/core";
import {
  IconArrowLeft,
  IconChevronLeft,
  IconChevronRight,
  IconLayoutBottombar,
  IconLayoutBottombarFilled,
  IconLayoutSidebarRight,
  IconLayoutSidebarRightFilled,
  IconMinus,
  IconPlus,
} from "@tabler/icons-react";
import { type ReactNode, useSyncExternalStore } from "react";
import { Link } from "react-router";
import type { Photograph, Neighbours, Status } from "@/api/types";
import type { Editor } from "@/canvas/editor";
import { STATUS_WORDS } from "../dataset/imagesAddress";
import classes from "./editor.module.css";
import { ReviewActions } from "./review/ReviewActions";
import type { Review } from "./review/use-review";
import { SaveIndicator } from "./SaveIndicator";
import type { AnnotationSaver } from "./sync/saver";
import { useSaveState } from "./use-editing";
import { useKeyNames, useKeyOf, withKey } from "./use-keys";
import type { Layout } from "./use-layout";

const STATUS_COLORS: Record<Status, string> = {
  unlabelled: "gray",
  in_progress: "yellow",
  done: "teal",
  sent_back: "orange",
  accepted: "green",
};

type Props = {
  image: Photograph;
  backTo: string;
  backLabel: string;
  neighbours: Neighbours | undefined;
  onPrevious: () => void;
  onNext: () => void;
  onDone: () => void;
  isFinishing: boolean;
  /** False while the canvas shows something else than the annotation. */
  canFinish: boolean;
  editing: { saver: AnnotationSaver } | null;
  /** What the canvas shows. */
  canvas: Editor | null;
  layout: Layout;
  hasStrip: boolean;
  /** What the people here do together. */
  team: ReactNode;
  review: Review;
};

export function TopBar({
  image,
  backTo,
  backLabel,
  neighbours,
  onPrevious,
  onNext,
  onDone,
  isFinishing,
  canFinish,
  editing,
  canvas,
  layout,
  hasStrip,
  team,
  review,
}: Props) {
  const keyOf = useKeyNames();
  return (
    <header className={classes.top}>
      <Tooltip label={withKey(backLabel, keyOf("image.leave"))}>
        <ActionIcon
          component={Link}
          to={backTo}
          variant="subtle"
          color="gray"
          size={36}
          aria-label={backLabel}
        >
          <IconArrowLeft size={20} />
        </ActionIcon>
      </Tooltip>
      <FileName name={image.file_name} />
      {/* A reviewer reads the status above the image, in more words. */}
      {editing && !review.isOn && <StatusBadge saver={editing.saver} />}
      <span className={classes.divider} />
      <Tooltip label={withKey("Previous image", keyOf("image.previous"))}>
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
      <Tooltip label={withKey("Next image", keyOf("image.next"))}>
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
      {team}
      <span className={classes.divider} />
      {editing && <SaveIndicator saver={editing.saver} />}
      <span className={classes.divider} />
      {canvas && <Zoom editor={canvas} />}
      <span className={classes.divider} />
      {hasStrip && <Toggle part="strip" layout={layout} />}
      <Toggle part="panel" layout={layout} />
      {review.isOn ? (
        <ReviewActions review={review} canJudge={editing !== null && canFinish} />
      ) : (
        <Tooltip label={withKey("Mark as done and open the next", keyOf("image.done"))}>
          <Button
            size="sm"
            onClick={onDone}
            loading={isFinishing}
            disabled={!editing || !canFinish}
            style={{ flex: "none" }}
          >
            Done, next
          </Button>
        </Tooltip>
      )}
    </header>
  );
}

/** Names of one series differ at their ends: the end is seen, however long the name is. */
const NAME_END = 14;

function FileName({ name }: { name: string }) {
  return (
    <Text component="h1" fz={15} fw={600} className={classes.name} title={name}>
      <span className={classes.nameStart}>{name.slice(0, -NAME_END)}</span>
      <span className={classes.nameEnd}>{name.slice(-NAME_END)}</span>
    </Text>
  );
}

const TOGGLES = {
  strip: { label: "images", shown: IconLayoutBottombarFilled, hidden: IconLayoutBottombar },
  panel: {
    label: "classes and objects",
    shown: IconLayoutSidebarRightFilled,
    hidden: IconLayoutSidebarRight,
  },
} as const;

function Toggle({ part, layout }: { part: keyof typeof TOGGLES; layout: Layout }) {
  const key = useKeyOf(`view.${part}`);
  const isShown = layout[part];
  const { label, shown, hidden } = TOGGLES[part];
  const Icon = isShown ? shown : hidden;
  return (
    <Tooltip label={withKey(`${isShown ? "Hide" : "Show"} ${label}`, key)}>
      <ActionIcon
        variant="subtle"
        color="gray"
        aria-label={`Show ${label}`}
        aria-pressed={isShown}
        onClick={() => layout.toggle(part)}
      >
        <Icon size={18} />
      </ActionIcon>
    </Tooltip>
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
  const keyOf = useKeyNames();
  return (
    <div style={{ display: "flex", alignItems: "center", flex: "none" }} role="group" aria-label="Zoom">
      <Tooltip label={withKey("Zoom out", keyOf("view.zoom-out"))}>
        <ActionIcon
          variant="subtle"
          color="gray"
          aria-label="Zoom out"
          onClick={() => editor.zoomBy(1 / 1.4)}
        >
          <IconMinus size={16} />
        </ActionIcon>
      </Tooltip>
      <Tooltip label={withKey("Show at 100 %", keyOf("view.full-size"))}>
        <button
          type="button"
          className={classes.zoom}
          aria-label={`${percent} %: show at 100 %`}
          onClick={() => editor.zoomBy(1 / editor.camera.scale)}
        >
          {percent} %
        </button>
      </Tooltip>
      <Tooltip label={withKey("Zoom in", keyOf("view.zoom-in"))}>
        <ActionIcon variant="subtle" color="gray" aria-label="Zoom in" onClick={() => editor.zoomBy(1.4)}>
          <IconPlus size={16} />
        </ActionIcon>
      </Tooltip>
    </div>
  );
}
