import { useSessionStorage } from "@mantine/hooks";
import type { RunForm } from "./form";

/** Which check was asked for, and of what. */
type Check = { id: number; request: string };
type Draft = { form: RunForm; check: Check | null };

/** What was typed and which check belongs to it; kept in the tab, so that a reload loses nothing. */
export function useDraft(key: string, initial: RunForm) {
  const [draft, setDraft, forget] = useSessionStorage<Draft | undefined>({
    key: `segloop:new-run:${key}`,
    defaultValue: undefined,
    getInitialValueInEffect: false,
  });
  // Over the initial one: a draft of before an update lacks what came with it.
  const form = { ...initial, ...draft?.form };
  const change = (changed: Partial<RunForm>) =>
    setDraft((known) => ({
      form: { ...(known?.form ?? initial), ...changed },
      check: known?.check ?? null,
    }));
  return {
    form,
    change,
    check: draft?.check ?? null,
    keepCheck: (check: Check) => setDraft({ form, check }),
    isTouched: draft !== undefined,
    forget,
  };
}

export type RunDraft = ReturnType<typeof useDraft>;
