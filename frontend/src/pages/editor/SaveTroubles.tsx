import type { DatasetClass, User } from "@/api/types";
import { ConflictDialog } from "./ConflictDialog";
import { SignInAgain } from "./SignInAgain";
import { savers } from "./sync/savers";
import { type Editing, useSaveState } from "./use-editing";

type Props = { user: User; editing: Editing; classNames: ReadonlyMap<number, DatasetClass> };

/** What only the person can settle: another's version, or a session that has ended. */
export function SaveTroubles({ user, editing: { image, editor, saver }, classNames }: Props) {
  const state = useSaveState(saver);
  if (state.kind === "signed_out") return <SignInAgain user={user} onSignedIn={() => savers.retryAll()} />;
  if (state.kind !== "conflict") return null;
  return (
    <ConflictDialog
      image={image}
      mine={saver.document}
      mineStatus={saver.status}
      theirs={state.theirs}
      classNames={classNames}
      onChoose={(choice) => {
        const { chosen } = saver.resolve(choice);
        if (choice === "theirs") editor.apply("Take their version", () => chosen);
      }}
    />
  );
}
