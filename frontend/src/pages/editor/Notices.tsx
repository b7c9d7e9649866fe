import { Notifications } from "@mantine/notifications";
import type { ReactNode } from "react";
import classes from "./notices.module.css";

/** Above the canvas and outside it: whatever has to be said about this image, and what is told in passing. */
export function Notices({ children }: { children?: ReactNode }) {
  return (
    <div className={classes.notices}>
      {children}
      <div className={classes.toasts}>
        <Notifications
          withinPortal={false}
          autoClose={6000}
          transitionDuration={0}
          position="bottom-left"
          limit={3}
        />
      </div>
    </div>
  );
}
