import type { Photograph } from "@/api/types";
import type { Editor } from "@/canvas/editor/editor";
import type { Renderer } from "@/canvas/render/renderer";
import { bitmaps, type Picture } from "./images";
import { tileSetOf, waitForTiles } from "./tiles";

const TOLD_AFTER_MS = 1000;
/** A thumbnail's longest side, which is as much of it as is ever decoded. */
const THUMBNAIL_SIDE = 320;

/** Puts a picture on the canvas, stretched over the image, for as long as `signal` is not aborted. */
export async function showPicture(renderer: Renderer, picture: Picture, signal: AbortSignal): Promise<void> {
  const { bitmap, release } = bitmaps.hold(picture);
  signal.addEventListener("abort", release);
  const shown = await bitmap;
  if (!signal.aborted) renderer.setImage(shown);
}

/**
 * Puts the photograph on the canvas: whole, or where it is big a small copy first and then its tiles. Ends when there is
 * something to see.
 */
export async function showPhotograph(
  renderer: Renderer,
  editor: Editor,
  image: Photograph,
  signal: AbortSignal,
): Promise<void> {
  const show = (picture: Picture): Promise<void> => showPicture(renderer, picture, signal);
  const { tiles } = image;
  if (!tiles) return show(image);
  const thumbnail = { url: image.thumbnail_url, width: THUMBNAIL_SIDE, height: THUMBNAIL_SIDE };
  // The tiles do without it.
  const preview = show(thumbnail).catch(() => undefined);
  const told = setTimeout(() => editor.notify("The server is preparing this big image…"), TOLD_AFTER_MS);
  try {
    await waitForTiles(image.id, signal);
  } finally {
    clearTimeout(told);
  }
  if (!signal.aborted) renderer.setTiles(tileSetOf(tiles));
  await preview;
}
