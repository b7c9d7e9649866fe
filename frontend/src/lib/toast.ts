import { type NotificationData, notifications } from "@mantine/notifications";

/** What a sentence is about: the newest of a kind takes the place of the one before. */
export type ToastKind = "note" | "error" | "undo";

const shown = new Map<ToastKind, string>();

function kindOf({ color }: NotificationData): ToastKind {
  return color === "red" ? "error" : "note";
}

/**
 * Says something beside the page. Sentences of one kind do not pile up: the last one goes. Answers the id, for what
 * changes it later.
 */
export function toast(data: NotificationData, kind = kindOf(data)): string {
  const before = shown.get(kind);
  if (before !== undefined) notifications.hide(before);
  const id = notifications.show(data);
  shown.set(kind, id);
  return id;
}
