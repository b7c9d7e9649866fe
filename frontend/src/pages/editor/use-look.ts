import { useEffect, useMemo, useState } from "react";
import type { Photograph } from "@/api/types";
import { AS_TAKEN } from "./adjustments";

/** How the image is shown: light and contrast, a window that is tried out, and what keeps it from being shown. */
export function useLook(imageId: string, image: Photograph, shown: Photograph | undefined) {
  const [adjustments, setAdjustments] = useState(AS_TAKEN);
  const [preview, setPreview] = useState<string | null>(null);
  const [error, setError] = useState<unknown>(null);
  useEffect(() => {
    setError(null);
    setPreview(null);
  }, [imageId, image.url]);
  // Rendered through another window, the open image gets another address.
  const photograph = useMemo(() => {
    if (!shown || shown.id !== image.id) return shown;
    return { ...shown, url: image.url, thumbnail_url: image.thumbnail_url };
  }, [shown, image.id, image.url, image.thumbnail_url]);
  return { photograph, adjustments, setAdjustments, preview, setPreview, error, setError };
}

export type Look = ReturnType<typeof useLook>;
