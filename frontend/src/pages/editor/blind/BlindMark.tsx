import { IconEyeOff } from "@tabler/icons-react";
import classes from "./blind.module.css";

/** In the bar at the top, where else people are: the person draws alone. */
export function BlindMark() {
  return (
    <div className={classes.mark} role="note">
      <IconEyeOff size={17} aria-hidden />
      Second annotation: you do not see the first
    </div>
  );
}
