import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useSearch } from "@/lib/search";
import { type CommentPlace, useComments } from "@/api/comments";
import { useSeeMentions } from "@/api/mentions";
import type { Comment } from "@/api/types";
import type { Editing } from "../use-editing";
import { type CommentDraft, readDraft, writeDraft } from "./drafts";
import { boxAround, isOpen } from "./place";

export type Commenting = {
  /** All of the image, the oldest first; undefined until they are here. */
  readonly comments: readonly Comment[] | undefined;
  readonly error: unknown;
  readonly retry: () => void;
  readonly openCount: number;
  /** The one that is looked at; it stands in the address, so that it can be sent to somebody. */
  readonly selected: number | null;
  /** `zooms`: and the image moves there. */
  readonly select: (id: number | null, zooms?: boolean) => void;
  /** The next press on the image says where a new comment belongs. */
  readonly isPlacing: boolean;
  readonly setPlacing: (isPlacing: boolean) => void;
  readonly draft: CommentDraft | null;
  /** Begins a comment there, with what was written of one already. */
  readonly place: (place: CommentPlace) => void;
  readonly write: (text: string) => void;
  readonly endDraft: () => void;
};

const PARAM = "comment";

/** The comments of the image that is open: which one is looked at, and the one being written; none where `isOff`. */
export function useCommenting(imageId: string, editing: Editing | null, isOff = false): Commenting {
  const { data: comments, error, refetch } = useComments(imageId, !isOff);
  useSeeMentions(imageId, !isOff);
  const [search, setSearch] = useSearch();
  const selected = isOff ? null : Number(search.get(PARAM)) || null;
  const [placingOn, setPlacingOn] = useState<string | null>(null);
  const [kept, setKept] = useState<{ image: string; draft: CommentDraft | null }>(() => ({
    image: imageId,
    draft: isOff ? null : readDraft(imageId),
  }));
  // Another image has another draft.
  if (kept.image !== imageId) setKept({ image: imageId, draft: isOff ? null : readDraft(imageId) });
  const { draft } = kept;

  const setDraft = useCallback(
    (next: CommentDraft | null) => {
      setKept({ image: imageId, draft: next });
      writeDraft(imageId, next);
    },
    [imageId],
  );

  const zoomTo = useCallback(
    (comment: Comment) => {
      if (!editing) return;
      const { editor } = editing;
      const box = boxAround(comment, editor.document, editor.size);
      if (box) editor.viewport.zoomToBox(box);
    },
    [editing],
  );

  const select = useCallback(
    (id: number | null, zooms = false) => {
      setSearch(
        (current) => {
          const next = new URLSearchParams(current);
          if (id === null) next.delete(PARAM);
          else next.set(PARAM, String(id));
          return next;
        },
        { replace: true },
      );
      const comment = comments?.find((each) => each.id === id);
      if (comment && zooms) zoomTo(comment);
    },
    [comments, setSearch, zoomTo],
  );

  // Opened by an address that names a comment: once the image and its comments are there.
  const arrivedAt = useRef<string | null>(null);
  useEffect(() => {
    if (!editing || !comments || editing.image.id !== imageId || arrivedAt.current === imageId) return;
    arrivedAt.current = imageId;
    const comment = comments.find(({ id }) => id === selected);
    // After the canvas has learnt its size, which fits the image.
    const request = requestAnimationFrame(() => comment && zoomTo(comment));
    if (selected !== null && !comment) {
      editing.editor.notify("That comment is not here any more.");
      select(null);
    }
    return () => cancelAnimationFrame(request);
  }, [editing, comments, imageId, selected, select, zoomTo]);

  return useMemo(
    () => ({
      comments,
      error: comments ? null : error,
      retry: () => void refetch(),
      openCount: comments?.filter(isOpen).length ?? 0,
      selected,
      select,
      isPlacing: placingOn === imageId,
      setPlacing: (isPlacing: boolean) => setPlacingOn(isPlacing ? imageId : null),
      draft,
      place: (place: CommentPlace) => {
        setPlacingOn(null);
        setDraft({ place, text: draft?.text ?? "" });
      },
      write: (text: string) => draft && setDraft({ ...draft, text }),
      endDraft: () => setDraft(null),
    }),
    [comments, error, refetch, selected, select, placingOn, imageId, draft, setDraft],
  );
}
