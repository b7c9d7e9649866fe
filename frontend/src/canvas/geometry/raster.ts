import type { Size } from "./types";

/** Fixed point, as OpenCV's drawing functions count: 16 bits behind the point. */
const ONE = 1 << 16;

type Edge = { y0: number; y1: number; x: number; dx: number };

/**
 * Pixels of a polygon as OpenCV's `fillPoly` paints them: even-odd between its edges, and each edge itself, one pixel
 * wide. `points`: flat whole numbers; what lies outside the picture is cut off (there a pixel of
 * the border may differ). Sets pixels of `mask` (row by row) to 1.
 */
export function fillPolygon(mask: Uint8Array, { width, height }: Size, points: Int32Array): void {
  const n = points.length / 2;
  const edges: Edge[] = [];
  for (let i = 0; i < n; i++) {
    const k = i === 0 ? n - 1 : i - 1;
    const ax = points[2 * k] as number;
    const ay = points[2 * k + 1] as number;
    const bx = points[2 * i] as number;
    const by = points[2 * i + 1] as number;
    const line: Line = { x1: ax, y1: ay, x2: bx, y2: by };
    const isInside = contains(line, width, height);
    const isSeen = isInside || clipLine(line, width, height);
    if (isSeen) drawLine(mask, width, line);
    if (ay === by) continue;
    edges.push(edgeOf(ax, ay, bx, by, isInside ? null : line));
  }
  fillEdges(mask, width, height, edges);
}

type Line = { x1: number; y1: number; x2: number; y2: number };

function contains({ x1, y1, x2, y2 }: Line, width: number, height: number): boolean {
  const isIn = (value: number, length: number): boolean => value >= 0 && value < length;
  return isIn(x1, width) && isIn(x2, width) && isIn(y1, height) && isIn(y2, height);
}

/** `clipped`: what of the edge is inside, where it is not all. Its own rows are kept: the filling cuts them off. */
function edgeOf(ax: number, ay: number, bx: number, by: number, clipped: Line | null): Edge {
  const { x1, y1, x2, y2 } =
    clipped && clipped.y1 !== clipped.y2 ? clipped : { x1: ax, y1: ay, x2: bx, y2: by };
  const dx = Math.trunc(((x2 - x1) * ONE) / (y2 - y1));
  return ay < by
    ? { y0: ay, y1: by, x: x1 * ONE + (ay - y1) * dx, dx }
    : { y0: by, y1: ay, x: x2 * ONE + (by - y2) * dx, dx };
}

function fillEdges(mask: Uint8Array, width: number, height: number, edges: Edge[]): void {
  if (edges.length === 0) return;
  edges.sort((a, b) => a.y0 - b.y0);
  const last = Math.min(
    height - 1,
    edges.reduce((most, edge) => Math.max(most, edge.y1), 0),
  );
  let active: Edge[] = [];
  let next = 0;
  for (let y = (edges[0] as Edge).y0; y <= last; y++) {
    active = active.filter((edge) => edge.y1 > y);
    for (; next < edges.length && (edges[next] as Edge).y0 === y; next++) active.push(edges[next] as Edge);
    active.sort((a, b) => a.x - b.x);
    for (let i = 0; i + 1 < active.length; i += 2) {
      const from = Math.max(0, Math.ceil((active[i] as Edge).x / ONE));
      const to = Math.min(width - 1, Math.floor((active[i + 1] as Edge).x / ONE));
      if (y >= 0 && to >= from) mask.fill(1, y * width + from, y * width + to + 1);
    }
    for (const edge of active) edge.x += edge.dx;
  }
}

/** Bresenham's line as OpenCV's LineIterator walks it: 8-connected, from left to right. */
function drawLine(mask: Uint8Array, width: number, { x1, y1, x2, y2 }: Line): void {
  let [x, y] = x1 <= x2 ? [x1, y1] : [x2, y2];
  let dx = Math.abs(x2 - x1);
  let dy = x1 <= x2 ? y2 - y1 : y1 - y2;
  const down = dy < 0 ? -1 : 1;
  dy = Math.abs(dy);
  const isSteep = dy > dx;
  if (isSteep) [dx, dy] = [dy, dx];
  let error = dx - 2 * dy;
  for (let i = 0; i <= dx; i++) {
    mask[y * width + x] = 1;
    const turns = error < 0;
    error += (turns ? 2 * dx : 0) - 2 * dy;
    if (isSteep || turns) y += down;
    if (!isSteep || turns) x += 1;
  }
}

/** Cuts a line to the picture in place (Cohen and Sutherland, as OpenCV does it). False: nothing of it is inside. */
function clipLine(line: Line, width: number, height: number): boolean {
  const right = width - 1;
  const bottom = height - 1;
  const side = (x: number): number => (x < 0 ? 1 : 0) + (x > right ? 2 : 0);
  const code = (x: number, y: number): number => side(x) + (y < 0 ? 4 : 0) + (y > bottom ? 8 : 0);
  let c1 = code(line.x1, line.y1);
  let c2 = code(line.x2, line.y2);
  if ((c1 & c2) !== 0) return false;
  if ((c1 | c2) === 0) return true;
  if (c1 & 12) {
    const y = c1 < 8 ? 0 : bottom;
    line.x1 += Math.trunc(((y - line.y1) * (line.x2 - line.x1)) / (line.y2 - line.y1));
    line.y1 = y;
    c1 = side(line.x1);
  }
  if (c2 & 12) {
    const y = c2 < 8 ? 0 : bottom;
    line.x2 += Math.trunc(((y - line.y2) * (line.x2 - line.x1)) / (line.y2 - line.y1));
    line.y2 = y;
    c2 = side(line.x2);
  }
  if ((c1 & c2) !== 0) return false;
  if (c1) {
    const x = c1 === 1 ? 0 : right;
    line.y1 += Math.trunc(((x - line.x1) * (line.y2 - line.y1)) / (line.x2 - line.x1));
    line.x1 = x;
  }
  if (c2) {
    const x = c2 === 1 ? 0 : right;
    line.y2 += Math.trunc(((x - line.x2) * (line.y2 - line.y1)) / (line.x2 - line.x1));
    line.x2 = x;
  }
  return true;
}

/**
 * A mask of zeros and ones at 1/`ratio` of its size, as OpenCV's `resize` makes it (bilinear, pixel centres): for an even
 * ratio the four pixels in the middle of each square are averaged, and half counts as one.
 */
export function downsampled(mask: Uint8Array, { width, height }: Size, ratio: number): Uint8Array {
  if (ratio === 1) return mask;
  const w = Math.floor(width / ratio);
  const h = Math.floor(height / ratio);
  const out = new Uint8Array(w * h);
  const middle = ratio / 2 - 1;
  for (let y = 0; y < h; y++) {
    const row = (y * ratio + middle) * width + middle;
    for (let x = 0; x < w; x++) {
      const i = row + x * ratio;
      const sum =
        (mask[i] as number) +
        (mask[i + 1] as number) +
        (mask[i + width] as number) +
        (mask[i + width + 1] as number);
      out[y * w + x] = sum >= 2 ? 1 : 0;
    }
  }
  return out;
}
