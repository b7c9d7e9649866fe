import { useSessionStorage } from "@mantine/hooks";
import type { RunForm } from "./form";

/** Which check, or look at batches, was asked for, and of what. */
type Asked = { id: number; request: string };
type Draft = { form: RunForm; check: Asked | null; batches?: Asked | null };

/** What was typed and what was asked of it; kept in the tab, so that a reload loses nothing. */
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
      check: null,
      ...known,
      form: { ...(known?.form ?? initial), ...changed },
    }));
  return {
    form,
    change,
    check: draft?.check ?? null,
    batches: draft?.batches ?? null,
    keepCheck: (check: Asked) => setDraft((known) => ({ ...known, form, check })),
    keepBatches: (batches: Asked) => setDraft((known) => ({ check: null, ...known, form, batches })),
    isTouched: draft !== undefined,
    forget,
  };
}

export type RunDraft = ReturnType<typeof useDraft>;
