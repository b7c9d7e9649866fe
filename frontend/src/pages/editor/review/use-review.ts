import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useMemo, useState } from "react";
import { invalidate, keys } from "@/api/keys";
import { ApiProblem, asProblem } from "@/api/problem";
import { giveVerdict } from "@/api/review";
import type { ReviewVerdict, SendBackReason } from "@/api/types";
import { isInHand } from "@/canvas/operations/drawing";
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
  /** Asks what is wrong; a comment that is being written already will send the image back. */
  readonly sendBack: () => void;
  /** The question what is wrong is open. */
  readonly isAsking: boolean;
  readonly stopAsking: () => void;
  readonly reasons: readonly SendBackReason[];
  readonly setReasons: (reasons: SendBackReason[]) => void;
  /** Reasons or open comments say what is to be done. */
  readonly canSend: boolean;
  readonly send: () => void;
  /** A comment first, which sends the image back with the reasons. */
  readonly comment: () => void;
  /** The comment that is being written sends the image back. */
  readonly isSendingBack: boolean;
  /** That comment is stored. */
  readonly commented: () => void;
  /** The verdict on the screen: the image is done again, and waits for a review. */
  readonly takeBack: () => void;
};

type Options = { isOn: boolean; slug: string; editing: Editing | null; team: Team; walk: Walk };

type Reasons = { image: string | null; reasons: readonly SendBackReason[]; isOpen: boolean };

const NO_REASONS: readonly SendBackReason[] = [];
const WORDS = { accepted: "accepted", sent_back: "sent back" } as const;

/** Accepting what is on the screen, or sending it back. */
export function useReview({ isOn, slug, editing, team, walk }: Options): Review {
  const client = useQueryClient();
  const [isBusy, setBusy] = useState(false);
  const [asksFor, setAsksFor] = useState<string | null>(null);
  const [reasonsOf, setReasonsOf] = useState<Reasons | null>(null);
  const { commenting, actions } = team;
  const { isPlacing, draft, openCount } = commenting;

  const offerToTakeBack = useCallback(
    ({ image: { id, file_name } }: Editing, revision: number, verdict: keyof typeof WORDS) => {
      offerUndo(`${file_name} ${WORDS[verdict]}.`, async () => {
        await giveVerdict(id, revision, "done");
        void invalidate(client, keys.image(id));
        return `${file_name} is done again, and waits for a review.`;
      });
    },
    [client],
  );

  const goOn = useCallback(
    async (next: Promise<string | null>, { editor }: Editing) => {
      const id = await next;
      editor.selection.select([]);
      if (id) walk.open(id);
      else toast({ message: "That was the last one: nothing is left for you to review." });
    },
    [walk],
  );

  const judge = useCallback(
    async (verdict: ReviewVerdict, because: readonly SendBackReason[] = []) => {
      if (!editing || isBusy) return;
      const { editor, saver, image } = editing;
      if (isInHand(editor)) {
        editor.notify("An outline is open: close it, or press Escape. Nothing was decided yet.");
        return;
      }
      setBusy(true);
      try {
        if (!(await saver.flush())) {
          editor.notify("What you changed is not saved yet. Review the image once it is.");
          return;
        }
        const next = verdict === "done" ? null : walk.findNext().catch(() => walk.neighbour);
        const saved = await giveVerdict(image.id, saver.revision, verdict, because);
        saver.follow(saved.revision);
        noteSaved(client, slug, image.id, saved.status, saved.instance_count);
        void invalidate(client, keys.review(image.id));
        if (next === null || verdict === "done") return;
        offerToTakeBack(editing, saved.revision, verdict);
        await goOn(next, editing);
      } catch (error) {
        if (error instanceof ApiProblem && error.status === 412) {
          void invalidate(client, keys.image(image.id));
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
  const isOfThis = reasonsOf !== null && reasonsOf.image === imageId;
  const reasons = isOfThis ? reasonsOf.reasons : NO_REASONS;
  const isAsking = isOfThis && reasonsOf.isOpen;
  const setReasons = useCallback(
    (chosen: SendBackReason[]) => setReasonsOf({ image: imageId, reasons: chosen, isOpen: true }),
    [imageId],
  );
  const isSendingBack = asksFor !== null && asksFor === imageId && (isPlacing || draft !== null);
  return useMemo(
    () => ({
      isOn,
      isBusy,
      isSendingBack,
      isAsking,
      reasons,
      setReasons,
      canSend: reasons.length > 0 || openCount > 0,
      accept: () => void judge("accepted"),
      takeBack: () => void judge("done"),
      stopAsking: () => setReasonsOf((known) => known && { ...known, isOpen: false }),
      sendBack: () => {
        if (draft !== null) setAsksFor(imageId);
        else setReasonsOf({ image: imageId, reasons, isOpen: true });
      },
      send: () => {
        setReasonsOf(null);
        void judge("sent_back", reasons);
      },
      comment: () => {
        setReasonsOf({ image: imageId, reasons, isOpen: false });
        setAsksFor(imageId);
        addComment();
      },
      commented: () => {
        setAsksFor(null);
        setReasonsOf(null);
        if (isSendingBack) void judge("sent_back", reasons);
      },
    }),
    [
      isOn,
      isBusy,
      isSendingBack,
      isAsking,
      reasons,
      setReasons,
      judge,
      draft,
      openCount,
      imageId,
      addComment,
    ],
  );
}
