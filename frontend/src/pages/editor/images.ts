/** Decoded pictures, the newest few, so that the next image is on the screen at once. */
const KEPT = 4;
const decoded = new Map<string, Promise<ImageBitmap>>();

/** The decoded picture behind an address; a failed one is asked for anew the next time. */
export function loadBitmap(url: string): Promise<ImageBitmap> {
  const known = decoded.get(url);
  if (known) {
    decoded.delete(url);
    decoded.set(url, known);
    return known;
  }
  const bitmap = decode(url);
  decoded.set(url, bitmap);
  bitmap.catch(() => decoded.delete(url));
  for (const [old, value] of decoded) {
    if (decoded.size <= KEPT) break;
    decoded.delete(old);
    // Not closed: it may still be on the screen. The collector takes it.
    void value.catch(() => undefined);
  }
  return bitmap;
}

async function decode(url: string): Promise<ImageBitmap> {
  const response = await fetch(url, { credentials: "same-origin" });
  if (!response.ok) throw new Error(`The image file could not be read (${response.status}).`);
  // The pixels are stored upright, so whatever orientation a header still claims is not applied again.
  return createImageBitmap(await response.blob(), { imageOrientation: "none" });
}
