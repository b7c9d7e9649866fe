import {
  area,
  Clipper64,
  ClipType,
  ClipperOffset,
  EndType,
  FillRule,
  JoinType,
  PolyTree64,
  type Path64,
  type Paths64,
  type PolyPath64,
} from "clipper2-ts";
import { areaOf } from "./polygons";
import { signedArea } from "./ring";
import type { Polygon, Polygons, Ring } from "./types";

/** Clipper counts in integers; this many to a pixel is also the grain in which the server keeps coordinates. */
const GRAIN = 10_000;
/** Crumbs of an operation, in square pixels: smaller than this no mask shows them. */
const MIN_AREA = 0.5;
/** Half the width of a cut, in grains. */
const CUT = 1;

function toPath(ring: Ring): Path64 {
  const path: Path64 = [];
  for (let i = 0; i < ring.length; i += 2) {
    path.push({
      x: Math.round((ring[i] as number) * GRAIN),
      y: Math.round((ring[i + 1] as number) * GRAIN),
    });
  }
  return path;
}

function toRing(path: Path64): Ring {
  return path.flatMap(({ x, y }) => [x / GRAIN, y / GRAIN]);
}

/** Outer rings turned one way and holes the other, so that parts which overlap add up under the non-zero rule. */
function toPaths(polygons: Polygons): Paths64 {
  return polygons.flatMap((polygon) => {
    const clipper = new Clipper64();
    clipper.addSubject(polygon.map(toPath));
    const paths: Paths64 = [];
    clipper.execute(ClipType.Union, FillRule.EvenOdd, paths);
    return paths;
  });
}

function combined(type: ClipType, subject: Paths64, clip: Paths64): Polygons {
  const clipper = new Clipper64();
  clipper.addSubject(subject);
  clipper.addClip(clip);
  const tree = new PolyTree64();
  clipper.execute(type, FillRule.NonZero, tree);
  const polygons: Polygon[] = [];
  collect(tree, polygons);
  return polygons;
}

/** Outer rings lie at every other level of the tree, their holes right below them. */
function collect(node: PolyPath64, polygons: Polygon[]): void {
  for (let i = 0; i < node.count; i++) {
    const outer = node.child(i);
    const holes: PolyPath64[] = Array.from({ length: outer.count }, (_, k) => outer.child(k));
    const rings = [outer, ...holes]
      .map((each) => toRing(each.poly ?? []))
      .filter((ring) => Math.abs(signedArea(ring)) >= MIN_AREA);
    if (Math.abs(signedArea(toRing(outer.poly ?? []))) >= MIN_AREA) polygons.push(rings);
    for (const hole of holes) collect(hole, polygons);
  }
}

/** What lies in any of these. Parts that touch become one. */
export function union(...each: readonly Polygons[]): Polygons {
  return combined(ClipType.Union, each.flatMap(toPaths), []);
}

/** What of `from` lies outside `taken`; empty when nothing is left. */
export function subtract(from: Polygons, taken: Polygons): Polygons {
  return combined(ClipType.Difference, toPaths(from), toPaths(taken));
}

export function intersect(a: Polygons, b: Polygons): Polygons {
  return combined(ClipType.Intersection, toPaths(a), toPaths(b));
}

/** Of a ring, what lies inside by the even-odd rule, as simple outlines. */
export function evenOdd(ring: Ring): Polygons {
  return ofPath(toPath(ring), FillRule.EvenOdd);
}

/** Of a ring, all that it goes round, as simple outlines. */
export function filled(ring: Ring): Polygons {
  return ofPath(toPath(ring), FillRule.NonZero);
}

function ofPath(path: Path64, rule: FillRule): Polygons {
  const clipper = new Clipper64();
  clipper.addSubject([path]);
  const tree = new PolyTree64();
  clipper.execute(ClipType.Union, rule, tree);
  const polygons: Polygon[] = [];
  collect(tree, polygons);
  return polygons;
}

/** In square pixels: how much two areas have in common. */
export function sharedArea(a: Polygons, b: Polygons): number {
  return areaOfPaths(ClipType.Intersection, a, b) / GRAIN ** 2;
}

/** In square pixels: how much of `a` lies outside `b`. */
export function areaOutside(a: Polygons, b: Polygons): number {
  return areaOfPaths(ClipType.Difference, a, b) / GRAIN ** 2;
}

/** Intersection over union of two areas, exact to the grain; 1 where both are empty. */
export function iouOf(a: Polygons, b: Polygons): number {
  const both = areaOfPaths(ClipType.Intersection, a, b);
  const either = areaOfPaths(ClipType.Union, a, b);
  return either === 0 ? 1 : both / either;
}

/** In square grains. Outer rings run one way and holes the other, so that areas with their sign add up. */
function areaOfPaths(type: ClipType, a: Polygons, b: Polygons): number {
  const clipper = new Clipper64();
  clipper.addSubject(toPaths(a));
  clipper.addClip(toPaths(b));
  const paths: Paths64 = [];
  clipper.execute(type, FillRule.NonZero, paths);
  return Math.abs(paths.reduce((sum, path) => sum + area(path), 0));
}

/** The area that a round brush of this radius covers along a line; one point makes a disc. */
export function brushed(line: readonly number[], radius: number, tolerance = 0.25): Polygons {
  const offset = new ClipperOffset(2, tolerance * GRAIN);
  offset.addPath(toPath(line), JoinType.Round, EndType.Round);
  const paths: Paths64 = [];
  offset.execute(radius * GRAIN, paths);
  return combined(ClipType.Union, paths, []);
}

/**
 * Cuts along a line. The first piece holds the largest, and every part that the line does not divide; null when it
 * divides none. The pieces' borders lie 0.0002 px apart.
 */
export function sliced(polygons: Polygons, line: readonly number[]): Polygons[] | null {
  const offset = new ClipperOffset();
  offset.addPath(toPath(line), JoinType.Square, EndType.Square);
  const blade: Paths64 = [];
  offset.execute(CUT, blade);
  const whole: Polygon[] = [];
  const pieces: Polygons[] = [];
  for (const part of polygons) {
    const left = combined(ClipType.Difference, toPaths([part]), blade);
    if (left.length > 1) pieces.push(...left.map((piece) => [piece]));
    else whole.push(part);
  }
  if (pieces.length === 0) return null;
  pieces.sort((a, b) => areaOf(b) - areaOf(a));
  const [largest = [], ...others] = pieces;
  return [[...largest, ...whole], ...others];
}

/** Corners of a rectangle between two opposite points. */
export function rectangle(x1: number, y1: number, x2: number, y2: number): Ring {
  return [x1, y1, x2, y1, x2, y2, x1, y2];
}

/**
 * The ellipse inscribed in a rectangle, as a polygon no chord of which lies further than `tolerance` from it
 * (sagitta of the larger half-axis: r (1 − cos(π / n))).
 */
export function ellipse(x1: number, y1: number, x2: number, y2: number, tolerance: number): Ring {
  const rx = Math.abs(x2 - x1) / 2;
  const ry = Math.abs(y2 - y1) / 2;
  const radius = Math.max(rx, ry);
  const steps = radius > tolerance ? Math.ceil(Math.PI / Math.acos(1 - tolerance / radius)) : 8;
  const n = Math.max(8, Math.min(180, steps));
  return Array.from({ length: n }, (_, i) => [
    (x1 + x2) / 2 + rx * Math.cos((2 * Math.PI * i) / n),
    (y1 + y2) / 2 + ry * Math.sin((2 * Math.PI * i) / n),
  ]).flat();
}
