import type { Ring } from "./types";

/** Square of the distance from point p to segment a–b, all as offsets into `flat`. */
function squaredOffset(flat: readonly number[], p: number, a: number, b: number): number {
  const ax = flat[a] as number;
  const ay = flat[a + 1] as number;
  let dx = (flat[b] as number) - ax;
  let dy = (flat[b + 1] as number) - ay;
  const px = (flat[p] as number) - ax;
  const py = (flat[p + 1] as number) - ay;
  const lengthSquared = dx * dx + dy * dy;
  const t = lengthSquared === 0 ? 0 : Math.max(0, Math.min(1, (px * dx + py * dy) / lengthSquared));
  dx = px - t * dx;
  dy = py - t * dy;
  return dx * dx + dy * dy;
}

/**
 * Ramer–Douglas–Peucker on an open line: no point of the input lies further than `tolerance` from the output.
 * Iterative, so that long strokes do not exhaust the stack.
 */
export function simplifyLine(flat: readonly number[], tolerance: number): number[] {
  const last = flat.length - 2;
  if (last < 4) return flat.slice();
  const keep = new Uint8Array(flat.length / 2);
  keep[0] = 1;
  keep[last / 2] = 1;
  const limit = tolerance * tolerance;
  const stack: [number, number][] = [[0, last]];
  for (let span = stack.pop(); span; span = stack.pop()) {
    const [from, to] = span;
    let worst = limit;
    let at = -1;
    for (let i = from + 2; i < to; i += 2) {
      const d = squaredOffset(flat, i, from, to);
      if (d > worst) {
        worst = d;
        at = i;
      }
    }
    if (at < 0) continue;
    keep[at / 2] = 1;
    stack.push([from, at], [at, to]);
  }
  return flat.filter((_, i) => keep[i >> 1] === 1);
}

/** The same on a ring: it is cut at its first point and at the point furthest from it, so neither side degenerates. */
export function simplifyRing(ring: Ring, tolerance: number): Ring {
  if (ring.length <= 8) return ring;
  const x = ring[0] as number;
  const y = ring[1] as number;
  let far = 0;
  let best = -1;
  for (let i = 2; i < ring.length; i += 2) {
    const d = ((ring[i] as number) - x) ** 2 + ((ring[i + 1] as number) - y) ** 2;
    if (d > best) {
      best = d;
      far = i;
    }
  }
  const there = simplifyLine(ring.slice(0, far + 2), tolerance);
  const back = simplifyLine([...ring.slice(far), x, y], tolerance);
  const out = [...there, ...back.slice(2, -2)];
  return out.length >= 6 ? out : ring;
}

/**
 * Cheap thinning for drawing at low zoom: keeps a point only when it is at least `step` away from the last kept one.
 * Linear time; the first point always stays.
 */
export function thinRing(ring: Ring, step: number): Float32Array {
  const out = new Float32Array(ring.length);
  const limit = step * step;
  let n = 0;
  let x = Infinity;
  let y = Infinity;
  for (let i = 0; i < ring.length; i += 2) {
    const px = ring[i] as number;
    const py = ring[i + 1] as number;
    if (n > 0 && (px - x) * (px - x) + (py - y) * (py - y) < limit) continue;
    x = px;
    y = py;
    out[n++] = px;
    out[n++] = py;
  }
  return out.subarray(0, n);
}
