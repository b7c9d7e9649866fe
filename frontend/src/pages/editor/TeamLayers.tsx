import { useMemo } from "react";
import { CommentPins } from "./comments/CommentPins";
import { PlaceLayer } from "./comments/PlaceLayer";
import { compareVersions } from "./history/compare";
import { DifferenceLayer } from "./history/DifferenceLayer";
import { RevisionBanner } from "./history/RevisionBanner";
import { ReviewNote } from "./review/ReviewNote";
import type { Review } from "./review/use-review";
import { type Editing, useEditorState } from "./use-editing";
import type { Team } from "./use-team";

type Props = { editing: Editing; team: Team; user: number; review: Review };

/** Above the canvas: what a revision differs in, comments where they are pinned, and the question where one belongs. */
export function TeamLayers({ editing, team, user, review }: Props) {
  const { view, commenting, side } = team;
  const { document } = useEditorState(editing.editor);
  const canvas = view.preview ?? editing.editor;
  const comparison = useMemo(
    () => (view.then ? compareVersions(view.then, document) : null),
    [view.then, document],
  );
  return (
    <>
      {view.preview && comparison && <DifferenceLayer editor={view.preview} comparison={comparison} />}
      <CommentPins
        editor={canvas}
        comments={commenting.comments ?? []}
        selected={commenting.selected}
        draft={commenting.draft?.place ?? null}
        isReading={side === "comments"}
        onSelect={(id) => {
          if (side !== "comments") team.setSide("comments");
          commenting.select(id);
        }}
      />
      {!view.revision && !commenting.isPlacing && (
        <ReviewNote
          editing={editing}
          user={user}
          review={review}
          openComments={commenting.openCount}
          onComments={() => team.setSide("comments")}
        />
      )}
      {view.revision && !commenting.isPlacing && (
        <RevisionBanner
          revision={view.revision}
          user={user}
          comparison={comparison}
          error={view.error}
          onRetry={view.retry}
          onRestore={view.restore}
          onBack={() => view.open(null)}
        />
      )}
      {commenting.isPlacing && (
        <PlaceLayer
          editor={canvas}
          onPlace={commenting.place}
          onAbandon={() => commenting.setPlacing(false)}
        />
      )}
    </>
  );
}
