import { useMemo } from "react";
import { CommentPins } from "./comments/CommentPins";
import { PlaceAsk, PlaceLayer } from "./comments/PlaceLayer";
import { type Comparison, compareVersions } from "./history/compare";
import { DifferenceLayer } from "./history/DifferenceLayer";
import { RevisionBanner } from "./history/RevisionBanner";
import { ReviewNote } from "./review/ReviewNote";
import type { Review } from "./review/use-review";
import { type Editing, useEditorState } from "./use-editing";
import type { Team } from "./use-team";

type Props = { editing: Editing; team: Team };

function useComparison({ editing, team: { view } }: Props): Comparison | null {
  const { document } = useEditorState(editing.editor);
  return useMemo(() => (view.then ? compareVersions(view.then, document) : null), [view.then, document]);
}

/** Over the canvas: what a revision differs in, comments where they are pinned, and what takes the place of a new one. */
export function TeamLayers({ editing, team }: Props) {
  const { view, commenting, side } = team;
  const canvas = view.preview ?? editing.editor;
  const comparison = useComparison({ editing, team });
  return (
    <>
      {view.preview && comparison && <DifferenceLayer editor={view.preview} comparison={comparison} />}
      <CommentPins
        editor={canvas}
        comments={commenting.comments ?? []}
        selected={commenting.selected}
        draft={commenting.draft?.place ?? null}
        onSelect={(id) => {
          if (side !== "comments") team.setSide("comments");
          commenting.select(id);
        }}
      />
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

/** Above the canvas: what became of the image, which revision is shown, where a comment belongs. */
export function TeamNotices({ editing, team, user, review }: Props & { user: number; review: Review }) {
  const { view, commenting } = team;
  const comparison = useComparison({ editing, team });
  return (
    <>
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
        <PlaceAsk
          editor={view.preview ?? editing.editor}
          onPlace={commenting.place}
          onAbandon={() => commenting.setPlacing(false)}
        />
      )}
    </>
  );
}
