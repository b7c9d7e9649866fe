/** For tests: photographs made by formula. */
import type { Box, Size } from "../geometry/types";
import type { PixelSource } from "./pixels";

/** `grey` at a point of the image, in its pixels; a working pixel has the mean over what it covers. */
export function sourceOf(size: Size, grey: (x: number, y: number) => number): PixelSource {
  return (box: Box, maxSide: number) => {
    const scale = Math.min(1, maxSide / Math.max(box.maxX - box.minX, box.maxY - box.minY));
    const width = Math.max(1, Math.round((box.maxX - box.minX) * scale));
    const height = Math.max(1, Math.round((box.maxY - box.minY) * scale));
    const data = new Uint8ClampedArray(4 * width * height).fill(255);
    const samples = 4;
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        let sum = 0;
        for (let v = 0; v < samples; v++) {
          for (let u = 0; u < samples; u++) {
            const px = box.minX + ((x + (u + 0.5) / samples) / width) * (box.maxX - box.minX);
            const py = box.minY + ((y + (v + 0.5) / samples) / height) * (box.maxY - box.minY);
            sum += grey(Math.min(size.width, px), Math.min(size.height, py));
          }
        }
        data.fill(sum / samples ** 2, 4 * (y * width + x), 4 * (y * width + x) + 3);
      }
    }
    return { box, width, height, data };
  };
}

/** The same noise every time, −1 … 1. */
export function noiseAt(x: number, y: number): number {
  const s = Math.sin(Math.floor(x) * 12.9898 + Math.floor(y) * 78.233) * 43758.5453;
  return 2 * (s - Math.floor(s)) - 1;
}
