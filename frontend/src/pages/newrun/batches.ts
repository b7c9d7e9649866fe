import type { BatchPreview, RunRequest } from "@/api/types";

type Batch = BatchPreview["batches"][number];

/** What of a run decides how its batches look. */
export function batchesRequestOf(request: RunRequest): Partial<RunRequest> {
  const { dataset, version, epochs, image_size, batch, seed, arguments: given } = request;
  return { dataset, version, epochs, image_size, batch, seed, arguments: given };
}

/** "Epochs 1 to 90", and what is off in the last ones. */
export function batchWords({ first_epoch, last_epoch, is_closing }: Batch): string {
  const epochs =
    first_epoch === last_epoch ? `Epoch ${first_epoch}` : `Epochs ${first_epoch} to ${last_epoch}`;
  return is_closing ? `${epochs}: without mosaic, mixup, cutmix and copy-paste (close_mosaic)` : epochs;
}

/** One note where the whole run is trained without mosaic, as close_mosaic is not less than its epochs. */
export function closingNote(batches: readonly Batch[]): string {
  const first = batches[0];
  if (!first?.is_closing) return "";
  return "All epochs are trained without mosaic, mixup, cutmix and copy-paste, because close_mosaic is not less than the number of epochs. Lower close_mosaic, or train longer.";
}
