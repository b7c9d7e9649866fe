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
