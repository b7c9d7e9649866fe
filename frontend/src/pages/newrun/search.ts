/** What the form of a search holds, and what of it is posted. All are pure. */
import type { Dimension, Proposal, Pruner, RunRequest, SearchRequest } from "@/api/types";

/** As the server's limits for one search. */
const MOST_TRIALS = 500;
const MOST_PARALLEL = 16;

/** Empty fields are null. */
export type SearchDimension = Omit<Dimension, "low" | "high"> & { low: number | null; high: number | null };

export type SearchForm = {
  trials: number | null;
  parallel: number | null;
  pruner: Pruner;
  /** Those that are searched. */
  space: SearchDimension[];
};

/** By field, or by the name of an argument; `space` where none is chosen. */
export type SearchFaults = Record<string, string>;

export function emptySearch(proposals: readonly Proposal[]): SearchForm {
  return {
    trials: 30,
    parallel: 1,
    pruner: "median",
    space: proposals.filter(({ is_usual }) => is_usual).map(({ dimension }) => dimension),
  };
}

/** `space` with an argument put in as it was proposed, or taken out. */
export function withDimension(
  space: readonly SearchDimension[],
  proposal: Proposal,
  put: boolean,
): SearchDimension[] {
  const others = space.filter(({ name }) => name !== proposal.dimension.name);
  return put ? [...others, proposal.dimension] : others;
}

export function validateSearch(
  search: SearchForm | null,
  form: { numbers: { learning_rate: number | null }; arguments: Readonly<Record<string, unknown>> },
): SearchFaults {
  const faults: SearchFaults = {};
  if (search === null) return faults;
  const whole = (field: "trials" | "parallel", min: number, max: number) => {
    const value = search[field];
    if (value === null || !Number.isInteger(value) || value < min || value > max) {
      faults[field] = `A whole number from ${min} to ${max}.`;
    }
  };
  whole("trials", 2, MOST_TRIALS);
  whole("parallel", 1, MOST_PARALLEL);
  if (search.space.length === 0) faults.space = "Choose at least one argument.";
  for (const { name, low, high, log, kind } of search.space) {
    if (low === null || high === null || low >= high) faults[name] = "From less to more.";
    else if (low < 0 || (log && low === 0)) faults[name] = log ? "From more than 0." : "From 0 or more.";
    else if (kind === "int" && !(Number.isInteger(low) && Number.isInteger(high))) {
      faults[name] = "Whole numbers.";
    }
  }
  const names = search.space.map(({ name }) => name);
  const automatic = form.numbers.learning_rate === null && !("optimizer" in form.arguments);
  if (names.includes("momentum") && !names.includes("lr0") && automatic) {
    faults.momentum = "Without effect while Ultralytics chooses the optimizer: search lr0 too.";
  }
  return faults;
}

export function searchRequestOf(request: RunRequest, search: SearchForm): SearchRequest {
  return {
    ...request,
    space: search.space.map(({ low, high, ...rest }) => ({ ...rest, low: low ?? 0, high: high ?? 0 })),
    trials: search.trials ?? 0,
    parallel: search.parallel ?? 1,
    pruner: search.pruner,
  };
}
