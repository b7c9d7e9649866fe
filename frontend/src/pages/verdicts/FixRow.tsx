import { Badge, Checkbox, Text } from "@mantine/core";
import type { KeyboardEvent } from "react";
import { Link } from "react-router";
import type { Verdict } from "@/api/types";
import { Ago } from "@/components/Ago";
import { PersonMark } from "@/components/PersonMark";
import { ObjectThumb } from "./ObjectThumb";
import { KIND_WORDS } from "./object";
import classes from "./verdicts.module.css";

type Props = {
  verdict: Verdict;
  address: string;
  kindName: string;
  myId: number | undefined;
  isSelected: boolean;
  /** Without it the row cannot be selected. */
  onToggle?: (id: string, range: boolean) => void;
};

const COLORS: Record<Verdict["state"], string> = { open: "orange", fixed: "teal", dismissed: "gray" };

/** One verdict: the object itself, what is wrong with it, and who is to mend it. */
export function FixRow({ verdict, address, kindName, myId, isSelected, onToggle }: Props) {
  const { id, state, side, class_name: className, partner_class_name: partner, assignee, comment } = verdict;
  const isLabel = side === "label";
  const what = `${KIND_WORDS[verdict.kind]}: ${className}`;
  return (
    <li className={classes.row} data-selected={isSelected}>
      {onToggle && (
        <Checkbox
          size="sm"
          checked={isSelected}
          aria-label={`Select: ${what}, ${verdict.file_name}`}
          onChange={() => undefined}
          onClick={(event) => onToggle(String(id), event.shiftKey)}
        />
      )}
      <Link
        className={classes.open}
        to={address}
        data-row
        onKeyDown={walkRows}
        aria-label={`${what}, ${verdict.file_name}. Open in the editor`}
      >
        <ObjectThumb
          width={verdict.width}
          height={verdict.height}
          imageUrl={verdict.image_url}
          thumbnailUrl={verdict.thumbnail_url}
          label={isLabel ? verdict.polygon : verdict.partner_polygon}
          prediction={isLabel ? verdict.partner_polygon : verdict.polygon}
        />
        <div className={classes.words}>
          <Text size="sm" fw={600} truncate title={what}>
            {what}
          </Text>
          {verdict.kind === "wrong_class" && partner && partner !== className && (
            <Text size="xs" truncate title={partner}>
              The model says {partner}.
            </Text>
          )}
          {comment && (
            <Text size="sm" lineClamp={2} style={{ overflowWrap: "anywhere" }}>
              {comment}
            </Text>
          )}
          <Text size="xs" c="dimmed" truncate title={verdict.file_name}>
            {verdict.file_name}
            {verdict.run_name ? ` · from ${verdict.run_name}` : ""}
            {verdict.author ? ` · ${verdict.author.display_name || verdict.author.username}` : ""}
            {" · "}
            <Ago time={verdict.closed_at ?? verdict.created_at} />
          </Text>
        </div>
        {state !== "open" && (
          <Badge variant="light" color={COLORS[state]}>
            {state === "fixed" && verdict.included_in_version !== null
              ? `in version ${verdict.included_in_version}`
              : state === "fixed"
                ? "fixed"
                : `no ${kindName === "hard case" ? "hard case" : "error"}`}
          </Badge>
        )}
        {assignee && <PersonMark name={assignee.username} isMe={assignee.id === myId} />}
      </Link>
    </li>
  );
}

/** Arrow keys go from row to row; Enter opens the one that has the focus, as a link does. */
function walkRows(event: KeyboardEvent<HTMLAnchorElement>): void {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step) return;
  const links = [
    ...(event.currentTarget.closest("ul")?.querySelectorAll<HTMLAnchorElement>("a[data-row]") ?? []),
  ];
  const next = links[links.indexOf(event.currentTarget) + step];
  if (!next) return;
  event.preventDefault();
  next.focus();
}
