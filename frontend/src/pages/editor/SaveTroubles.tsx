import { Anchor } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { type QueryClient, useQueryClient } from "@tanstack/react-query";
import { useEffect, useSyncExternalStore } from "react";
import { useNavigate } from "react-router";
import type { DatasetClass } from "@/api/types";
import { ConflictDialog } from "./ConflictDialog";
import { independentQuery } from "./blind/queries";
import { imageQuery } from "./queries";
import { blindIdOf, editorAddress } from "./sync/places";
import { savers } from "./sync/savers";
import { openWindows } from "./sync/windows";
import { type Editing, useSaveState } from "./use-editing";

type Props = { editing: Editing; classNames: ReadonlyMap<number, DatasetClass> };

/** What only the person can settle: an object that two have changed. */
export function SaveTroubles({ editing: { image, saver }, classNames }: Props) {
  const state = useSaveState(saver);
  useStorageNotice();
  useNoticesOfOthers(saver.image, image.dataset);
  useOtherWindowNotice(saver.image);
  if (state.kind !== "conflict") return null;
  return (
    <ConflictDialog
      key={state.theirs.revision}
      image={image}
      versions={saver.versions}
      author={state.author}
      hasHistory={blindIdOf(saver.image) === null}
      classNames={classNames}
      onResolve={(choices) => saver.resolve(choices)}
    />
  );
}

/** An image that was left before its save came back: what is wrong with it is told wherever the person is now. */
function useNoticesOfOthers(id: string, dataset: string): void {
  const client = useQueryClient();
  const navigate = useNavigate();
  useEffect(() => {
    const shown = new Set<string>();
    const look = (): void => {
      const troubled = savers.troubled(id);
      for (const { image, state } of troubled) {
        if (shown.has(image)) continue;
        shown.add(image);
        const name = nameOf(client, image) ?? "An image";
        notifications.show({
          id: noticeId(image),
          color: "red",
          autoClose: false,
          title: `${name} is not saved yet`,
          message: (
            <>
              {state.kind === "refused" ? state.sentence : "Somebody changed the same object meanwhile."} Your
              version is kept.{" "}
              <Anchor
                component="button"
                size="sm"
                onClick={() => void navigate(editorAddress(dataset, image))}
              >
                Open it
              </Anchor>
            </>
          ),
        });
      }
      for (const image of shown) {
        if (troubled.some((saver) => saver.image === image)) continue;
        notifications.hide(noticeId(image));
        shown.delete(image);
      }
    };
    look();
    const stop = savers.on("change", look);
    return () => {
      stop();
      for (const image of shown) notifications.hide(noticeId(image));
    };
  }, [id, dataset, client, navigate]);
}

function nameOf(client: QueryClient, key: string): string | undefined {
  const id = blindIdOf(key);
  if (id === null) return client.getQueryData(imageQuery(key).queryKey)?.file_name;
  return client.getQueryData(independentQuery(id).queryKey)?.image.file_name;
}

function noticeId(image: string): string {
  return `unsaved-${image}`;
}

const OTHER_WINDOW = "open-in-another-window";

/** The same image in two windows of one person: told in both as long as it is so. */
function useOtherWindowNotice(key: string): void {
  useEffect(() => {
    const stop = openWindows.watch(key, (others) => {
      if (others === 0) return notifications.hide(OTHER_WINDOW);
      notifications.show({
        id: OTHER_WINDOW,
        color: "orange",
        autoClose: false,
        title: "This image is open in another window of yours",
        message:
          "Each window takes in what the other saves. An outline that is not closed yet, and undo, are only in the " +
          "window where you draw.",
      });
    });
    return () => {
      stop();
      notifications.hide(OTHER_WINDOW);
    };
  }, [key]);
}

let isTold = false;

/** Told once a visit, not with every edit. */
function useStorageNotice(): void {
  const keepsOnDevice = useSyncExternalStore(
    (onChange) => savers.on("change", onChange),
    () => savers.keepsOnDevice,
  );
  useEffect(() => {
    if (keepsOnDevice || isTold) return;
    isTold = true;
    notifications.show({
      title: "This browser keeps nothing for you",
      message:
        "Its storage is full or closed (a private window, perhaps). Changes are safe once they are saved on the " +
        "server; until then leave this page open. Undo will not survive a reload.",
      color: "orange",
      autoClose: false,
    });
  }, [keepsOnDevice]);
}
