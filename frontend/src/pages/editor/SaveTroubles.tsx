import { notifications } from "@mantine/notifications";
import { useEffect, useSyncExternalStore } from "react";
import type { DatasetClass, User } from "@/api/types";
import { ConflictDialog } from "./ConflictDialog";
import { SignInAgain } from "./SignInAgain";
import { savers } from "./sync/savers";
import { type Editing, useSaveState } from "./use-editing";

type Props = { user: User; editing: Editing; classNames: ReadonlyMap<number, DatasetClass> };

/** What only the person can settle: an object that two have changed, or a session that has ended. */
export function SaveTroubles({ user, editing: { image, saver }, classNames }: Props) {
  const state = useSaveState(saver);
  useStorageNotice();
  if (state.kind === "signed_out") return <SignInAgain user={user} onSignedIn={() => savers.retryAll()} />;
  if (state.kind !== "conflict") return null;
  return (
    <ConflictDialog
      key={state.theirs.revision}
      image={image}
      versions={saver.versions}
      author={state.author}
      classNames={classNames}
      onResolve={(choices) => saver.resolve(choices)}
    />
  );
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
