/** SVG path of a flat ring x, y, x, y …, closed; scaled, and rounded to keep the markup short. */
export function ringPath(points: readonly number[], scaleX = 1, scaleY = 1): string {
  if (points.length < 6) return "";
  let path = "";
  for (let i = 0; i + 1 < points.length; i += 2) {
    const x = (points[i] as number) * scaleX;
    const y = (points[i + 1] as number) * scaleY;
    path += `${i === 0 ? "M" : "L"}${Math.round(x * 10) / 10} ${Math.round(y * 10) / 10}`;
  }
  return `${path}Z`;
}

/** The topmost point of a ring, where a caption fits. */
export function topPoint(points: readonly number[]): { x: number; y: number } {
  let x = points[0] ?? 0;
  let y = points[1] ?? 0;
  for (let i = 2; i + 1 < points.length; i += 2) {
    if ((points[i + 1] as number) < y) {
      x = points[i] as number;
      y = points[i + 1] as number;
    }
  }
  return { x, y };
}

export type Box = { x: number; y: number; width: number; height: number };

/** What to show of a picture around an object's box (x0, y0, x1, y1): wider by `margin` on each side, at the
 *  ratio asked for (width / height), and within the picture where that is possible. */
export function cropAround(
  [x0, y0, x1, y1]: readonly [number, number, number, number],
  picture: { width: number; height: number },
  ratio: number,
  margin = 0.35,
): Box {
  const least = Math.min(48, picture.width, picture.height);
  const wide = Math.max((x1 - x0) * (1 + 2 * margin), least);
  const high = Math.max((y1 - y0) * (1 + 2 * margin), least);
  const width = Math.max(wide, high * ratio);
  const height = width / ratio;
  const within = (middle: number, size: number, all: number) =>
    size >= all ? (all - size) / 2 : Math.min(Math.max(middle - size / 2, 0), all - size);
  return {
    x: within((x0 + x1) / 2, width, picture.width),
    y: within((y0 + y1) / 2, height, picture.height),
    width,
    height,
  };
}
