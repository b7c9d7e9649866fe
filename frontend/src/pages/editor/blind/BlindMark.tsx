import { IconEyeOff } from "@tabler/icons-react";
import classes from "./blind.module.css";

/** In the bar at the top, where else people are: the person draws alone. */
export function BlindMark() {
  return (
    <div className={classes.mark} role="note" title="Second annotation: you do not see the first">
      <IconEyeOff size={17} aria-hidden />
      <span>
        Second annotation<span className={classes.more}>: you do not see the first</span>
      </span>
    </div>
  );
}
