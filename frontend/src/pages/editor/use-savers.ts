import { objectCount } from "@/canvas/model/document";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { onSignedInAgain } from "@/api/session";
import { noteBlindSaved } from "./blind/queries";
import { noteSaved } from "./queries";
import { blindIdOf } from "./sync/places";
import { savers } from "./sync/savers";

const NOTE_MS = 300;

/** What was saved is told to the pages; what could not be saved is sent again, and holds the window open. */
export function useSavers(user: number, slug: string): void {
  const client = useQueryClient();
  useEffect(
    () =>
      savers.on("saved", ({ image: id, status, document }) => {
        const blindId = blindIdOf(id);
        if (blindId !== null) return noteBlindSaved(client, slug, blindId, status);
        // The image that opens meanwhile comes first.
        setTimeout(() => noteSaved(client, slug, id, status, objectCount(document)), NOTE_MS);
      }),
    [client, slug],
  );

  useEffect(() => {
    void savers.replay(user);
    const retryAll = (): void => savers.retryAll();
    const guard = (event: BeforeUnloadEvent): void => {
      savers.keepNow();
      if (!savers.allSafe) event.preventDefault();
    };
    const forget = onSignedInAgain(retryAll);
    window.addEventListener("online", retryAll);
    window.addEventListener("beforeunload", guard);
    return () => {
      forget();
      window.removeEventListener("online", retryAll);
      window.removeEventListener("beforeunload", guard);
    };
  }, [user]);
}
