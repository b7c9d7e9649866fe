import type { Dataset, DatasetClass, User } from "@/api/types";
import type { Editor } from "@/canvas/editor/editor";
import { CommentsPanel } from "./comments/CommentsPanel";
import { HistoryPanel } from "./history/HistoryPanel";
import type { Review } from "./review/use-review";
import type { Team } from "./use-team";

type Props = {
  imageId: string;
  /** Of the image, or of the one before it while that is loading. */
  editor: Editor;
  team: Team;
  review: Review;
  user: User;
  dataset: Dataset;
  classNames: ReadonlyMap<number, DatasetClass>;
};

/** The drawer in the place of classes and objects: history, or comments. */
export function TeamPanel({ imageId, editor, team, review, user, dataset, classNames }: Props) {
  const { side, view, commenting } = team;
  const close = (): void => team.setSide(null);
  if (side === "history") {
    return (
      <HistoryPanel
        image={imageId}
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
      image={imageId}
      editor={editor}
      commenting={commenting}
      review={review}
      user={user}
      role={dataset.role}
      classNames={classNames}
      onClose={close}
    />
  );
}
