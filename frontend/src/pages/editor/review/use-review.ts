import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useMemo, useState } from "react";
import { keys } from "@/api/keys";
import { ApiProblem, asProblem } from "@/api/problem";
import { giveVerdict } from "@/api/review";
import type { ReviewVerdict } from "@/api/types";
import { isInHand } from "@/canvas/operations";
import { offerUndo } from "@/components/offerUndo";
import { toast } from "@/lib/toast";
import { noteSaved } from "../queries";
import type { Editing } from "../use-editing";
import type { Team } from "../use-team";
import type { Walk } from "../use-walk";

export type Review = {
  /** The person came to review: the first thing to do is to accept, or to send back. */
  readonly isOn: boolean;
  readonly isBusy: boolean;
  readonly accept: () => void;
  /** With what is said already; where nothing is, a comment is asked for first. */
  readonly sendBack: () => void;
  /** The comment that is being written sends the image back. */
  readonly isSendingBack: boolean;
  /** That comment is stored. */
  readonly commented: () => void;
  /** The verdict on the screen: the image is done again, and waits for a review. */
  readonly takeBack: () => void;
};

type Options = { isOn: boolean; slug: string; editing: Editing | null; team: Team; walk: Walk };

const WORDS = { accepted: "accepted", sent_back: "sent back" } as const;

/** Accepting what is on the screen, or sending it back. */
export function useReview({ isOn, slug, editing, team, walk }: Options): Review {
  const client = useQueryClient();
  const [isBusy, setBusy] = useState(false);
  const [asksFor, setAsksFor] = useState<string | null>(null);
  const { commenting, actions } = team;
  const { isPlacing, draft, openCount } = commenting;

  const offerToTakeBack = useCallback(
    ({ image: { id, file_name } }: Editing, revision: number, verdict: keyof typeof WORDS) => {
      offerUndo(`${file_name} ${WORDS[verdict]}.`, async () => {
        await giveVerdict(id, revision, "done");
        void client.invalidateQueries({ queryKey: keys.image(id) });
        return `${file_name} is done again, and waits for a review.`;
      });
    },
    [client],
  );

  const goOn = useCallback(
    async (next: Promise<string | null>, { editor }: Editing) => {
      const id = await next;
      editor.select([]);
      if (id) walk.open(id);
      else toast({ message: "That was the last one: nothing is left for you to review." });
    },
    [walk],
  );

  const judge = useCallback(
    async (verdict: ReviewVerdict) => {
      if (!editing || isBusy) return;
      const { editor, saver, image } = editing;
      if (isInHand(editor))
        return editor.notify("An outline is open: close it, or press Escape. Nothing was decided yet.");
      setBusy(true);
      try {
        if (!(await saver.flush()))
          return editor.notify("What you changed is not saved yet. Review the image once it is.");
        const next = verdict === "done" ? null : walk.findNext().catch(() => walk.neighbour);
        const saved = await giveVerdict(image.id, saver.revision, verdict);
        saver.follow(saved.revision);
        noteSaved(client, slug, image.id, saved.status, saved.instance_count);
        void client.invalidateQueries({ queryKey: keys.review(image.id) });
        if (next === null || verdict === "done") return;
        offerToTakeBack(editing, saved.revision, verdict);
        await goOn(next, editing);
      } catch (error) {
        if (error instanceof ApiProblem && error.status === 412) {
          void client.invalidateQueries({ queryKey: keys.image(image.id) });
          editor.notify("Somebody changed the image since you saw it. Look at it again.");
        } else editor.notify(asProblem(error).message);
      } finally {
        setBusy(false);
      }
    },
    [editing, isBusy, walk, client, slug, offerToTakeBack, goOn],
  );

  const { addComment } = actions;
  const imageId = editing?.image.id ?? null;
  const isSendingBack = asksFor !== null && asksFor === imageId && (isPlacing || draft !== null);
  return useMemo(
    () => ({
      isOn,
      isBusy,
      isSendingBack,
      accept: () => void judge("accepted"),
      takeBack: () => void judge("done"),
      sendBack: () => {
        if (draft === null && openCount > 0) return void judge("sent_back");
        setAsksFor(imageId);
        if (draft === null) addComment();
      },
      commented: () => {
        setAsksFor(null);
        if (isSendingBack) void judge("sent_back");
      },
    }),
    [isOn, isBusy, isSendingBack, judge, draft, openCount, imageId, addComment],
  );
}
