import type { PredictedImage } from "@/api/types";

/** The editor with the ghosts of a prediction over the image. */
export const editorAddress = (
  { dataset, id }: NonNullable<PredictedImage["image"]>,
  prediction: number,
): string => `/datasets/${dataset}/edit/${id}?prediction=${prediction}`;
