import { useCallback, useDeferredValue, useEffect, useMemo, useState } from "react";
import { flushSync } from "react-dom";
import type { DatasetClass } from "@/api/types";
import type { Editor } from "@/canvas/editor/editor";
import type { CommandContext } from "./commands/command";
import { type Commenting, useCommenting } from "./comments/use-commenting";
import { type RevisionView, useRevisionView } from "./history/use-revision-view";
import type { Person } from "./presence/people";
import { usePresence } from "./presence/use-presence";
import type { Editing } from "./use-editing";

/** What is open in the place of classes and objects. */
type Side = "history" | "comments" | null;

type TeamActions = Pick<CommandContext["page"], "toggleHistory" | "toggleComments" | "addComment" | "assign">;

export type Team = {
  readonly people: readonly Person[];
  readonly view: RevisionView;
  readonly commenting: Commenting;
  readonly side: Side;
  /** It is on the page, or gone from it, when this comes back. */
  readonly setSide: (side: Side) => void;
  readonly assignOpened: boolean;
  readonly setAssignOpened: (opened: boolean) => void;
  /** What the canvas shows: the annotation, or a revision of it. */
  readonly canvas: Editor | null;
  /** The canvas takes no edits: it shows a revision, or waits for the place of a comment. */
  readonly isLooking: boolean;
  /** Escape: back from a revision, or from asking for a place. False when there was nothing to leave. */
  readonly leave: () => boolean;
  readonly actions: TeamActions;
};

type Options = {
  user: number;
  imageId: string;
  editing: Editing | null;
  classNames: ReadonlyMap<number, DatasetClass>;
  /** The person draws alone: nothing of the others is asked for. */
  isAlone: boolean;
};

const ALONE = "A second annotation is drawn alone: it has no history, no comments and no assignee.";

/** What people do together on an image: who is here, who changed what, what they say about it. */
export function useTeam({ user, imageId, editing, classNames, isAlone }: Options): Team {
  const shared = isAlone ? null : editing;
  // Nobody waits for it: the photograph comes first.
  const people = usePresence(user, useDeferredValue(shared));
  const view = useRevisionView(shared, classNames);
  const commenting = useCommenting(imageId, shared, isAlone);
  const [side, setShownSide] = useState<Side>(null);
  const [assignOpened, setAssignOpened] = useState(false);

  const { open } = view;
  const { selected, draft, isPlacing, select, setPlacing } = commenting;
  const setSide = useCallback(
    (next: Side) => {
      if (next !== "history") open(null);
      if (next !== "comments") {
        setPlacing(false);
        if (selected !== null) select(null);
      }
      flushSync(() => setShownSide(next));
    },
    [open, selected, select, setPlacing],
  );

  // An address that names a comment, and a comment that was being written, are read in their panel.
  const isCommenting = selected !== null || draft !== null;
  useEffect(() => {
    if (isCommenting) setShownSide("comments");
  }, [imageId, isCommenting]);

  const leave = useCallback((): boolean => {
    if (isPlacing) setPlacing(false);
    else if (view.revision) open(null);
    else return false;
    return true;
  }, [isPlacing, setPlacing, view.revision, open]);

  const actions = useMemo<TeamActions>(() => {
    if (isAlone) {
      const refuse = (): void => editing?.editor.notify(ALONE);
      return { toggleHistory: refuse, toggleComments: refuse, addComment: refuse, assign: refuse };
    }
    return {
      toggleHistory: () => setSide(side === "history" ? null : "history"),
      toggleComments: () => setSide(side === "comments" ? null : "comments"),
      addComment: () => {
        if (side !== "comments") setSide("comments");
        setPlacing(true);
      },
      assign: () => setAssignOpened(true),
    };
  }, [isAlone, editing, side, setSide, setPlacing]);

  return {
    ...{ people, view, commenting, side, setSide, assignOpened, setAssignOpened, leave, actions },
    canvas: view.preview ?? editing?.editor ?? null,
    isLooking: view.revision !== null || isPlacing,
  };
}
