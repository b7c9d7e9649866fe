import { useMemo } from "react";
import { modelIn, type PredictAddress } from "./address";
import { useModels } from "./api";
import { firstModel, nameInAddress, searchable } from "./modelList";

/** The model that an address names, or the first that there is. */
export function useChosenModel(address: Pick<PredictAddress, "model" | "checkpoint">) {
  const query = useModels();
  const wanted = modelIn(address);
  const model = useMemo(() => {
    const models = query.data ?? [];
    if (wanted) return models.find((each) => nameInAddress(each) === wanted);
    return firstModel(searchable(models));
  }, [query.data, wanted]);
  return { model, query };
}
