import type { ImageDetail } from "@/api/types";
import type { Editor } from "@/canvas/editor";
import type { Renderer } from "@/canvas/render/renderer";
import { loadBitmap } from "./images";
import { tileSetOf, tilesOf, waitForTiles } from "./tiles";

/**
 * Puts the photograph on the canvas: whole, or where it is big a small copy first and then its tiles. Ends when there is
 * something to see.
 */
export async function showPhotograph(
  renderer: Renderer,
  editor: Editor,
  image: ImageDetail,
  signal: AbortSignal,
): Promise<void> {
  const tiles = tilesOf(image);
  if (!tiles) {
    const bitmap = await loadBitmap(image.url);
    if (!signal.aborted) renderer.setImage(bitmap);
    return;
  }
  const preview = loadBitmap(image.thumbnail_url).then((bitmap) => {
    if (!signal.aborted) renderer.setImage(bitmap);
  });
  const told = setTimeout(() => editor.notify("The server is preparing this big image…"), TOLD_AFTER_MS);
  try {
    await waitForTiles(image.id, signal);
  } finally {
    clearTimeout(told);
  }
  if (!signal.aborted) renderer.setTiles(tileSetOf(tiles));
  // The tiles do without it.
  await preview.catch(() => undefined);
}

const TOLD_AFTER_MS = 1000;
