import type { Run } from "@/api/types";

export type RunPlan = {
  base_model: string;
  image_size: number;
  batch: number;
  epochs: number;
  device: string;
  train_images: number;
};

/** Optimiser steps of one epoch and of the whole run. */
export function countBatches(plan: Pick<RunPlan, "train_images" | "batch" | "epochs">) {
  const perEpoch = plan.train_images > 0 && plan.batch > 0 ? Math.ceil(plan.train_images / plan.batch) : 0;
  return { perEpoch, total: perEpoch * plan.epochs };
}

/** Seconds that the run will take, judged by the newest earlier run of the same model, image size and
 *  device on the same dataset; null when there is none to judge by. */
export function estimateSeconds(
  plan: RunPlan,
  earlier: readonly Run[],
): { seconds: number; from: Run } | null {
  const from = earlier.find(
    (run) =>
      run.base_model === plan.base_model &&
      run.parameters.image_size === plan.image_size &&
      run.parameters.device === plan.device &&
      run.epoch > 0 &&
      (run.duration_seconds ?? 0) > 0,
  );
  if (!from || from.duration_seconds === null) return null;
  return { seconds: (from.duration_seconds / from.epoch) * plan.epochs, from };
}
