import { type QueryClient, queryOptions, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, unwrap } from "./client";
import { ApiProblem } from "./problem";
import type { Session, User } from "./types";

/** Who is signed in here; `hasEnded` when the server has forgotten them while the page was open. */
export type KnownSession = Session & { hasEnded?: boolean };

const sessionKey = ["session"] as const;

const sessionQuery = queryOptions({
  queryKey: sessionKey,
  queryFn: async ({ client }): Promise<KnownSession> => {
    const session = await unwrap(api.GET("/api/session/"));
    const known = client.getQueryData<KnownSession>(sessionKey);
    // Their page stays as it is, with all the work on it: see RequireSession.
    return known?.user && !session.user ? { ...known, hasEnded: true } : session;
  },
  staleTime: 5 * 60_000,
});

export function useSession() {
  return useQuery(sessionQuery);
}

/** The server has said that nobody is signed in any more. */
export function noteSessionEnded(client: QueryClient): void {
  client.setQueryData<KnownSession>(sessionKey, (known) =>
    known?.user ? { ...known, hasEnded: true } : known,
  );
}

const signedInAgainListeners = new Set<() => void>();

/** Called when somebody has signed in again where their session had ended. */
export function onSignedInAgain(listener: () => void): () => void {
  signedInAgainListeners.add(listener);
  return () => signedInAgainListeners.delete(listener);
}

/** Signs the same person in again; what is on the screen and what waits to be saved goes on from where it was. */
export function useSignInAgain(user: User) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (password: string) => {
      const session = await unwrap(
        api.POST("/api/session/", { body: { username: user.username, password } }),
      );
      if (session.user?.id !== user.id)
        throw new ApiProblem("That is another account.", 400, "other_account");
      return session;
    },
    onSuccess: (session) => {
      client.setQueryData<KnownSession>(sessionKey, session);
      void client.invalidateQueries({ refetchType: "active" });
      for (const listener of signedInAgainListeners) listener();
    },
  });
}

export function useSignIn() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: { username: string; password: string }) => unwrap(api.POST("/api/session/", { body })),
    onSuccess: (session: Session) => {
      client.clear();
      client.setQueryData(sessionKey, session);
    },
  });
}

export function useSignOut() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => unwrap(api.DELETE("/api/session/")),
    onSuccess: () => {
      // A page left open must not show the last person's data to the next one.
      client.clear();
      window.location.assign("/sign-in");
    },
  });
}
