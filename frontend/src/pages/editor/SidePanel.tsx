import { ActionIcon, Tooltip } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import { type ReactNode, useEffect, useRef } from "react";
import classes from "./side.module.css";

type Props = {
  title: string;
  onClose: () => void;
  /** Where Escape leaves something else first. */
  onEscape?: () => void;
  /** Beside the title. */
  actions?: ReactNode;
  children: ReactNode;
};

/** A drawer in the place of classes and objects: the image stays in view, and the keys of the canvas go on working. */
export function SidePanel({ title, onClose, onEscape = onClose, actions, children }: Props) {
  const ref = useRef<HTMLElement>(null);
  useEffect(() => ref.current?.focus({ preventScroll: true }), []);
  return (
    // Only Escape, from whatever in it has the focus.
    // eslint-disable-next-line jsx-a11y/no-noninteractive-element-interactions
    <aside
      ref={ref}
      className={classes.side}
      aria-label={title}
      tabIndex={-1}
      onKeyDown={(event) => {
        if (event.key !== "Escape" || event.defaultPrevented) return;
        event.preventDefault();
        event.stopPropagation();
        onEscape();
      }}
    >
      <header className={classes.head}>
        <h2>{title}</h2>
        <span className={classes.actions}>{actions}</span>
        <Tooltip label="Close (Esc)">
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-label={`Close ${title.toLowerCase()}`}
            onClick={onClose}
          >
            <IconX size={18} />
          </ActionIcon>
        </Tooltip>
      </header>
      {children}
    </aside>
  );
}
