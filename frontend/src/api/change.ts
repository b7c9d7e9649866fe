import { type QueryKey, useMutation, useQueryClient } from "@tanstack/react-query";
import { unwrap } from "./client";
import { invalidate } from "./keys";

/** Asks the server for a change, and then again for whatever it may have touched. */
export function useChange<V, R>(
  change: (variables: V) => Promise<{ data?: R }>,
  touched: readonly (readonly QueryKey[])[],
) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (variables: V) => unwrap(change(variables)),
    onSettled: () => invalidate(client, ...touched),
  });
}
