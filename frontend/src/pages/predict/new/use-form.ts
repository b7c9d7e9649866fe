import { useDebouncedCallback } from "@mantine/hooks";
import { useState } from "react";
import { useSearch } from "@/lib/search";
import { readParams, writeParams } from "@/lib/urlState";
import { PREDICT_ADDRESS, type PredictAddress } from "./address";

const SETTLES_MS = 250;

/** The form as the address holds it. What is typed shows at once and goes into the address when the hand rests. */
export function useForm() {
  const [params, setParams] = useSearch();
  const [draft, setDraft] = useState<Partial<PredictAddress>>({});
  const drafted = writeParams(PREDICT_ADDRESS, params, draft);
  if (Object.keys(draft).length > 0 && drafted.toString() === params.toString()) setDraft({});
  const settle = useDebouncedCallback(() => {
    setParams((current) => writeParams(PREDICT_ADDRESS, current, draft), {
      replace: true,
      preventScrollReset: true,
    });
  }, SETTLES_MS);
  const change = (next: Partial<PredictAddress>) => {
    setDraft((known) => ({ ...known, ...next }));
    settle();
  };
  return [{ ...readParams(PREDICT_ADDRESS, params), ...draft }, change] as const;
}
