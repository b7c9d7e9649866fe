import { Center, Loader } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { Navigate, Outlet, useLocation } from "react-router";
import { onSignedOut } from "@/api/client";
import { useLiveEvents } from "@/api/events";
import { sessionKey, useSession } from "@/api/session";
import { ErrorNotice } from "../ErrorNotice";

/** Lets signed-in people through; sends others to sign in and brings them back afterwards. */
export function RequireSession() {
  const session = useSession();
  const client = useQueryClient();
  const location = useLocation();

  useEffect(() => onSignedOut(() => void client.invalidateQueries({ queryKey: sessionKey })), [client]);

  if (session.isPending) {
    return (
      <Center h="100vh">
        <Loader size="sm" aria-label="Loading" />
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
  if (!session.data.user) {
    const next = encodeURIComponent(location.pathname + location.search);
    return <Navigate to={`/sign-in?next=${next}`} replace />;
  }
  return <SignedIn />;
}

function SignedIn() {
  useLiveEvents();
  return <Outlet />;
}
