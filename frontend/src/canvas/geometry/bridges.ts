import { nearestEdge, pointAt, pointCount, reversed, signedArea } from "./ring";
import type { Point, Polygons, Ring } from "./types";

/** A shortest segment between two rings; an end lies on the edge that starts at vertex `edge`. */
type End = { readonly edge: number; readonly point: Point };
type Bridge = { readonly length: number; readonly from: End; readonly to: End; readonly child: number };

/**
 * All rings of an instance as one, as a YOLO label row holds them: joined by segments that are walked once each way, a
 * minimum spanning tree of them (annotator/labels/polygons/bridges.py does the same on the server and says why).
 */
export function flattened(polygons: Polygons): Ring {
  const [first = []] = polygons;
  if (polygons.length === 1 && first.length === 1) return first[0] ?? [];
  const rings = polygons.flatMap((polygon) => polygon.map((ring, i) => oriented(ring, i > 0)));
  const children = spanningTree(rings);
  const out: number[] = [];
  const start = rings[0] ? pointAt(rings[0], 0) : { x: 0, y: 0 };
  walkAround(rings, children, 0, { edge: 0, point: start }, out);
  return distinct(out);
}

function oriented(ring: Ring, isHole: boolean): Ring {
  return signedArea(ring) < 0 === isHole ? ring : reversed(ring);
}

/** The bridges that lead on from each ring, the tree's root being ring 0 (Prim 1957). */
function spanningTree(rings: readonly Ring[]): Bridge[][] {
  const children: Bridge[][] = rings.map(() => []);
  const nearest = new Map<number, { bridge: Bridge; parent: number }>();
  const reach = (parent: number, child: number): void => {
    const bridge = shortest(rings[parent] as Ring, rings[child] as Ring, child);
    if (bridge.length < (nearest.get(child)?.bridge.length ?? Infinity)) {
      nearest.set(child, { bridge, parent });
    }
  };
  for (let child = 1; child < rings.length; child++) reach(0, child);
  while (nearest.size > 0) {
    const [child, { bridge, parent }] = [...nearest].reduce((a, b) =>
      b[1].bridge.length < a[1].bridge.length ? b : a,
    );
    nearest.delete(child);
    (children[parent] as Bridge[]).push(bridge);
    for (const other of [...nearest.keys()]) reach(child, other);
  }
  return children;
}

/** Between two rings that do not cross one end of the shortest segment is a vertex. */
function shortest(a: Ring, b: Ring, child: number): Bridge {
  const forth = fromVertex(a, b);
  const back = fromVertex(b, a);
  return forth.length <= back.length
    ? { length: forth.length, from: forth.vertex, to: forth.foot, child }
    : { length: back.length, from: back.foot, to: back.vertex, child };
}

function fromVertex(a: Ring, b: Ring): { length: number; vertex: End; foot: End } {
  let best = {
    length: Infinity,
    vertex: { edge: 0, point: pointAt(a, 0) },
    foot: { edge: 0, point: pointAt(b, 0) },
  };
  for (let i = 0; i < pointCount(a); i++) {
    const point = pointAt(a, i);
    const { index, point: foot, distance } = nearestEdge(b, point);
    if (distance < best.length) {
      best = { length: distance, vertex: { edge: i, point }, foot: { edge: index, point: foot } };
    }
  }
  return best;
}

/** Once around a ring from where it is entered, over each bridge and back on the way. */
function walkAround(
  rings: readonly Ring[],
  children: readonly Bridge[][],
  index: number,
  entry: End,
  out: number[],
): void {
  const ring = rings[index] as Ring;
  const n = pointCount(ring);
  const along = ({ edge, point }: End): number => {
    const { x, y } = pointAt(ring, edge);
    return (point.x - x) ** 2 + (point.y - y) ** 2;
  };
  const turn = (end: End): [number, number] => {
    const isBeforeEntry = end.edge === entry.edge && along(end) < along(entry);
    return [((end.edge - entry.edge + n) % n) + (isBeforeEntry ? n : 0), along(end)];
  };
  const visit = (position: number): void => {
    const { x, y } = pointAt(ring, (entry.edge + position) % n);
    out.push(x, y);
  };
  const branches = (children[index] ?? [])
    .map((bridge) => ({ bridge, turn: turn(bridge.from) }))
    .sort((a, b) => a.turn[0] - b.turn[0] || a.turn[1] - b.turn[1]);
  out.push(entry.point.x, entry.point.y);
  let position = 0;
  for (const {
    bridge,
    turn: [reached],
  } of branches) {
    for (let k = position + 1; k <= reached; k++) visit(k);
    position = Math.max(position, reached);
    const { x, y } = bridge.from.point;
    out.push(x, y);
    walkAround(rings, children, bridge.child, bridge.to, out);
    out.push(x, y);
  }
  for (let k = position + 1; k <= n; k++) visit(k);
  out.push(entry.point.x, entry.point.y);
}

/** Without points that repeat the one before, the last being before the first. */
function distinct(flat: readonly number[]): Ring {
  const out: number[] = [];
  for (let i = 0; i < flat.length; i += 2) {
    const k = i === 0 ? flat.length - 2 : i - 2;
    if (flat[i] !== flat[k] || flat[i + 1] !== flat[k + 1])
      out.push(flat[i] as number, flat[i + 1] as number);
  }
  return out;
}
