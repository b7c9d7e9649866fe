import type { Box } from "../geometry/types";

/** Colours of part of the image, row by row, four bytes a pixel (as `ImageData`): `width` × `height` of them cover `box`. */
export type Pixels = {
  readonly box: Box;
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray;
};

/**
 * Reads part of the image (its own pixels, whole numbers) scaled down so that neither side has more than `maxSide`
 * pixels. Null: the photograph is not there yet.
 */
export type PixelSource = (box: Box, maxSide: number) => Pixels | null;

/** Grey values 0 … 255 (ITU-R BT.601). */
export function luminanceOf({ width, height, data }: Pixels): Float32Array {
  const grey = new Float32Array(width * height);
  for (let i = 0, k = 0; i < grey.length; i++, k += 4) {
    grey[i] = 0.299 * (data[k] as number) + 0.587 * (data[k + 1] as number) + 0.114 * (data[k + 2] as number);
  }
  return grey;
}
