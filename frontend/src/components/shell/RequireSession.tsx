import { Center, Loader } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { Navigate, Outlet, useLocation } from "react-router";
import { onSignedOut } from "@/api/client";
import { useLiveEvents } from "@/api/events";
import { noteSessionEnded, useSession } from "@/api/session";
import { ErrorNotice } from "../ErrorNotice";
import { SignInAgain } from "./SignInAgain";

/**
 * Lets signed-in people through; sends others to sign in and brings them back afterwards. Whose session ends while
 * the page is open signs in again in place: nothing on it is lost.
 */
export function RequireSession() {
  const session = useSession();
  const client = useQueryClient();
  const location = useLocation();

  useEffect(() => onSignedOut(() => noteSessionEnded(client)), [client]);

  if (session.isPending) {
    return (
      <Center h="100vh">
        <Loader size="sm" role="status" aria-label="Loading" />
      </Center>
    );
  }
  // A look that fails later (no connection) must not take the page away from somebody at work.
  if (session.isError && !session.data) {
    return (
      <Center h="100vh" p="md">
        <ErrorNotice error={session.error} onRetry={() => void session.refetch()} />
      </Center>
    );
  }
  const { user, hasEnded = false } = session.data;
  if (!user) {
    const next = encodeURIComponent(location.pathname + location.search);
    return <Navigate to={`/sign-in?next=${next}`} replace />;
  }
  return (
    <>
      <SignedIn />
      {hasEnded && <SignInAgain user={user} />}
    </>
  );
}

function SignedIn() {
  useLiveEvents();
  return <Outlet />;
}
