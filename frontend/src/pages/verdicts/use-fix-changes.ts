import { offerUndo } from "@/components/offerUndo";
import { asProblem } from "@/api/problem";
import type { VerdictState } from "@/api/types";
import { useChangeVerdicts, type VerdictChange } from "@/api/verdicts";
import { plural } from "@/lib/format";
import { toast } from "@/lib/toast";
import { STATE_WORDS } from "./fixesAddress";

/** Changes the chosen fixes, which are all under `state` now, at once; a change of the state is offered to be taken back. */
export function useFixChanges(slug: string, ids: number[], state: VerdictState, onDone: () => void) {
  const change = useChangeVerdicts(slug);
  return (values: VerdictChange, done: string): void => {
    if (change.isPending) return;
    change.mutate(
      { ids, ...values },
      {
        onSuccess: ({ changed }) => {
          const words = wordsOfChange(changed, ids.length, done);
          onDone();
          if (!values.state || changed === 0) toast({ message: words });
          else
            offerUndo(words, async () => {
              const back = await change.mutateAsync({ ids, state });
              return `${plural(back.changed, "fix is", "fixes are")} back under “${STATE_WORDS[state]}”.`;
            });
        },
        onError: (error) => toast({ color: "red", message: asProblem(error).message }),
      },
    );
  };
}

/** Some of those that were chosen may not be changed so. */
function wordsOfChange(changed: number, chosen: number, done: string): string {
  const words = changed > 0 ? `${plural(changed, "fix", "fixes")} ${done}.` : "Nothing was changed.";
  if (changed === chosen) return words;
  const others = plural(chosen - changed, "fix stays as it is", "fixes stay as they are");
  return `${words} ${others}: a hard case is dismissed, not fixed, and what a version holds stays.`;
}
