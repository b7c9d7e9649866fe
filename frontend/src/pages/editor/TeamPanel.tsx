import type { Dataset, DatasetClass, User } from "@/api/types";
import { CommentsPanel } from "./comments/CommentsPanel";
import { HistoryPanel } from "./history/HistoryPanel";
import type { Editing } from "./use-editing";
import type { Team } from "./use-team";

type Props = {
  editing: Editing;
  team: Team;
  user: User;
  dataset: Dataset;
  classNames: ReadonlyMap<number, DatasetClass>;
};

/** The drawer in the place of classes and objects: history, or comments. */
export function TeamPanel({ editing: { image, editor }, team, user, dataset, classNames }: Props) {
  const { side, view, commenting } = team;
  const close = (): void => team.setSide(null);
  if (side === "history") {
    return (
      <HistoryPanel
        key={image.id}
        image={image.id}
        editor={editor}
        user={user.id}
        classNames={classNames}
        shown={view.revision?.number ?? null}
        onShow={view.open}
        onClose={close}
      />
    );
  }
  if (side !== "comments") return null;
  return (
    <CommentsPanel
      key={image.id}
      image={image.id}
      editor={editor}
      commenting={commenting}
      user={user}
      role={dataset.role}
      classNames={classNames}
      onClose={close}
    />
  );
}
