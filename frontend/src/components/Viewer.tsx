import { ActionIcon, Group, Modal, Text } from "@mantine/core";
import {
  IconChevronLeft,
  IconChevronRight,
  IconX,
  IconZoomIn,
  IconZoomOut,
  IconZoomReset,
} from "@tabler/icons-react";
import { type ReactNode, useCallback, useState } from "react";
import { settle, type View, WHOLE } from "@/lib/viewport";
import { usePageKeys } from "./use-page-keys";
import classes from "./Viewer.module.css";

type ViewerProps = {
  title: string;
  position: string;
  onClose: () => void;
  onPrevious?: () => void;
  onNext?: () => void;
  /** Buttons at the right of the bar. */
  actions?: ReactNode;
  side?: ReactNode;
  /** Where to look at first, and again whenever `focusOn` names something else. */
  focus?: View;
  focusOn?: string;
  children: (view: View, onView: (change: (view: View) => View) => void) => ReactNode;
};

/** One image large, over everything: arrows walk, plus and minus zoom, 0 fits, Escape closes. */
export function Viewer({
  title,
  position,
  onClose,
  onPrevious,
  onNext,
  actions,
  side,
  focus,
  focusOn,
  children,
}: ViewerProps) {
  const [view, setView] = useState(focus ?? WHOLE);
  const [known, setKnown] = useState(focus ? focusOn : undefined);
  if (focus && focusOn !== known) {
    setKnown(focusOn);
    setView(focus);
  }
  const change = useCallback((next: (view: View) => View) => setView(next), []);
  const zoomBy = (factor: number) => setView((last) => settle({ ...last, zoom: last.zoom * factor }));
  const walk = (step: (() => void) | undefined) => () => {
    if (!step) return;
    setView(WHOLE);
    step();
  };
  usePageKeys([
    ["ArrowLeft", walk(onPrevious)],
    ["ArrowRight", walk(onNext)],
    ["[plus]", () => zoomBy(1.5)],
    ["shift+[plus]", () => zoomBy(1.5)],
    ["=", () => zoomBy(1.5)],
    ["-", () => zoomBy(1 / 1.5)],
    ["0", () => setView(WHOLE)],
  ]);
  return (
    <Modal.Root opened onClose={onClose} fullScreen transitionProps={{ duration: 0 }}>
      <Modal.Content className={classes.content} aria-label={title}>
        <div className={classes.bar}>
          <ActionIcon variant="subtle" color="gray" aria-label="Close" onClick={onClose}>
            <IconX size={18} />
          </ActionIcon>
          <Text size="sm" fw={600} truncate title={title} style={{ minWidth: 60, maxWidth: "45%" }}>
            {title}
          </Text>
          <Text
            size="sm"
            c="dimmed"
            className="tabular"
            truncate
            title={position}
            style={{ flex: 1, minWidth: 60 }}
          >
            {position}
          </Text>
          {actions}
          <Group gap={2} wrap="nowrap" style={{ flex: "none" }}>
            <ActionIcon variant="subtle" color="gray" aria-label="Zoom out" onClick={() => zoomBy(1 / 1.5)}>
              <IconZoomOut size={18} />
            </ActionIcon>
            <Text size="xs" className="tabular" w={44} ta="center">
              {Math.round(view.zoom * 100)} %
            </Text>
            <ActionIcon variant="subtle" color="gray" aria-label="Zoom in" onClick={() => zoomBy(1.5)}>
              <IconZoomIn size={18} />
            </ActionIcon>
            <ActionIcon variant="subtle" color="gray" aria-label="Fit" onClick={() => setView(WHOLE)}>
              <IconZoomReset size={18} />
            </ActionIcon>
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label="Previous image"
              disabled={!onPrevious}
              onClick={walk(onPrevious)}
            >
              <IconChevronLeft size={18} />
            </ActionIcon>
            <ActionIcon
              variant="subtle"
              color="gray"
              aria-label="Next image"
              disabled={!onNext}
              onClick={walk(onNext)}
            >
              <IconChevronRight size={18} />
            </ActionIcon>
          </Group>
        </div>
        {/* The focus begins here, where Enter presses nothing by itself. */}
        <div className={classes.stage} data-side={Boolean(side)} tabIndex={-1} data-autofocus>
          <div className={classes.panes}>{children(view, change)}</div>
          {side && <div className={classes.side}>{side}</div>}
        </div>
      </Modal.Content>
    </Modal.Root>
  );
}
