import type { Prediction } from "@/api/types";
import type { PredictionFields } from "./queue";
import { postForm } from "./transfer";

/** Starts a prediction; `images` go with the request. */
export function startPrediction(
  fields: PredictionFields,
  images: readonly File[],
  onSent: (bytes: number) => void = () => undefined,
  signal?: AbortSignal,
): Promise<Prediction> {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  for (const image of images) form.append("files", image, image.name);
  return postForm<Prediction>("/api/predictions/", form, onSent, signal);
}
