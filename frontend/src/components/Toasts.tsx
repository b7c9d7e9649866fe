import { Notifications } from "@mantine/notifications";

/** What is told in passing, on every page but the editor, which has its own place for it outside the image. */
export function Toasts() {
  return <Notifications position="bottom-left" autoClose={6000} transitionDuration={0} />;
}
