/** Value of a sampled curve at x, by straight lines between samples; xs ascend. */
export function valueAt(xs: readonly number[], ys: readonly number[], x: number): number {
  const n = Math.min(xs.length, ys.length);
  if (n === 0) return Number.NaN;
  if (x <= (xs[0] as number)) return ys[0] as number;
  if (x >= (xs[n - 1] as number)) return ys[n - 1] as number;
  let low = 0;
  let high = n - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((xs[middle] as number) <= x) low = middle;
    else high = middle;
  }
  const [x0, x1] = [xs[low] as number, xs[high] as number];
  const [y0, y1] = [ys[low] as number, ys[high] as number];
  return x1 === x0 ? y0 : y0 + ((x - x0) / (x1 - x0)) * (y1 - y0);
}

/** Pairs for a chart, thinned to about `most` points; the ends stay. */
export function curvePoints(xs: readonly number[], ys: readonly number[], most = 250): [number, number][] {
  const n = Math.min(xs.length, ys.length);
  const step = Math.max(1, Math.floor(n / most));
  const points: [number, number][] = [];
  for (let i = 0; i < n; i += step) points.push([xs[i] as number, ys[i] as number]);
  if (n > 0 && (n - 1) % step !== 0) points.push([xs[n - 1] as number, ys[n - 1] as number]);
  return points;
}
