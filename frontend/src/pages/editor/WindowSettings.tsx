import { useDebouncedCallback } from "@mantine/hooks";
import { useEffect } from "react";
import { previewUrl, useImageValues } from "@/api/windows";
import type { Dataset } from "@/api/types";
import { WindowControl } from "@/components/WindowControl";
import { may } from "@/lib/roles";

const PREVIEW_MS = 120;

/** The window of an image of more than 8 bits a value, tried out on the image itself; nothing for others. */
export function WindowSettings({
  imageId,
  dataset,
  onPreview,
}: {
  imageId: string;
  dataset: Dataset;
  /** The address of a rendering to show in place of the image, or null. */
  onPreview: (url: string | null) => void;
}) {
  const values = useImageValues(imageId, true);
  const preview = useDebouncedCallback(onPreview, PREVIEW_MS);
  useEffect(() => () => preview.cancel(), [preview]);
  if (!values.data) return null;
  const known = values.data;
  return (
    <WindowControl
      slug={dataset.slug}
      mayManage={may(dataset.role, "manage")}
      values={known}
      onTry={(ends) => preview(ends && previewUrl(known, ends))}
    />
  );
}
