import { QueryClient } from "@tanstack/react-query";
import { asProblem } from "./problem";

/** Only what may pass by itself is tried again: no connection, or a server that is starting. */
function shouldRetry(failureCount: number, error: unknown): boolean {
  const { status } = asProblem(error);
  return failureCount < 2 && (status === 0 || status === 502 || status === 503);
}

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: { retry: shouldRetry, staleTime: 10_000, refetchOnWindowFocus: false },
    mutations: { retry: false },
  },
});
