import { Tooltip } from "@mantine/core";
import { initialsOf } from "@/lib/initials";
import classes from "./PersonMark.module.css";

type MarkProps = { name: string; isMe?: boolean; size?: number };

/** A person's initials; the one who looks at them is set off by a ring as well as by colour. */
export function PersonMark({ name, isMe = false, size = 24 }: MarkProps) {
  return (
    <Tooltip label={isMe ? `${name} (you)` : name}>
      <span
        className={classes.mark}
        data-me={isMe}
        style={{ width: size, height: size, fontSize: size * 0.42 }}
        aria-hidden="true"
      >
        {initialsOf(name)}
      </span>
    </Tooltip>
  );
}
