import { useNavigate } from "react-router";
import { useStartRun, useStartRuns } from "@/api/runs";
import { useStartSearch } from "@/api/searches";
import type { RunGroupRequest, RunRequest } from "@/api/types";
import { type SearchForm, searchRequestOf } from "./search";

type Wanted = {
  request: RunRequest;
  /** The same for several runs; null where it is one. */
  several: RunGroupRequest | null;
  search: SearchForm | null;
};

/** Starts a run, several, or a search, and goes to where it is seen. */
export function useStart(onStarted: () => void) {
  const one = useStartRun();
  const several = useStartRuns();
  const search = useStartSearch();
  const navigate = useNavigate();
  const starts = [one, several, search];
  const leave = (to: string) => {
    onStarted();
    void navigate(to);
  };
  return {
    isPending: starts.some(({ isPending }) => isPending),
    error: starts.find(({ isError }) => isError)?.error,
    start: (wanted: Wanted) => {
      if (wanted.search !== null) {
        search.mutate(searchRequestOf(wanted.request, wanted.search), {
          onSuccess: ({ id }) => leave(`/runs/search/${id}`),
        });
      } else if (wanted.several === null) {
        one.mutate(wanted.request, { onSuccess: ({ id }) => leave(`/runs/${id}`) });
      } else {
        several.mutate(wanted.several, { onSuccess: ({ id }) => leave(`/runs?group=${id}`) });
      }
    },
  };
}
