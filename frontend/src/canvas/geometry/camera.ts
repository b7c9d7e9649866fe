import type { Box, Point, Size } from "./types";

/** screen = image × scale + (x, y); screen in CSS pixels of the canvas element. */
export type Camera = { readonly scale: number; readonly x: number; readonly y: number };

const MAX_SCALE = 64;
/** Of the scale that fits the image, how far one may zoom out. */
const MIN_OF_FIT = 0.25;
/** Part of the view that the image must keep touching, so that nobody loses it. */
const KEEP = 0.15;

export function toScreen(camera: Camera, p: Point): Point {
  return { x: p.x * camera.scale + camera.x, y: p.y * camera.scale + camera.y };
}

export function toImage(camera: Camera, p: Point): Point {
  return { x: (p.x - camera.x) / camera.scale, y: (p.y - camera.y) / camera.scale };
}

function fitScale(image: Size, view: Size, margin = 0): number {
  const width = Math.max(1, view.width - 2 * margin);
  const height = Math.max(1, view.height - 2 * margin);
  return Math.min(width / image.width, height / image.height, MAX_SCALE);
}

/** The whole image, centred. */
export function fit(image: Size, view: Size, margin = 16): Camera {
  return centredOn({ x: image.width / 2, y: image.height / 2 }, fitScale(image, view, margin), view);
}

/** What of the image fills the view: all of it, or its whole width or height whatever that leaves out. */
export type Fit = "whole" | "width" | "height";

/** What does not fit begins at its upper or left end. */
export function fitAs(kind: Fit, image: Size, view: Size, margin = 16): Camera {
  if (kind === "whole") return fit(image, view, margin);
  const side = (length: number): number => Math.max(1, length - 2 * margin);
  const wanted = kind === "width" ? side(view.width) / image.width : side(view.height) / image.height;
  const scale = Math.min(wanted, MAX_SCALE);
  const { x, y } = centredOn({ x: image.width / 2, y: image.height / 2 }, scale, view);
  const isWider = image.width * scale > view.width;
  const isTaller = image.height * scale > view.height;
  return { scale, x: isWider ? margin : x, y: isTaller ? margin : y };
}

function centredOn(p: Point, scale: number, view: Size): Camera {
  return { scale, x: view.width / 2 - p.x * scale, y: view.height / 2 - p.y * scale };
}

/** Shows a box of the image with room around it. */
export function fitBox(box: Box, image: Size, view: Size): Camera {
  const size = { width: Math.max(4, box.maxX - box.minX), height: Math.max(4, box.maxY - box.minY) };
  const room = Math.min(view.width, view.height) * 0.2;
  const centre = { x: (box.minX + box.maxX) / 2, y: (box.minY + box.maxY) / 2 };
  const scale = Math.max(fitScale(size, view, room), fitScale(image, view, 16));
  return limited(centredOn(centre, Math.min(scale, 16), view), image, view);
}

/** Zooms so that the image point under `at` (screen) stays under it. */
export function zoomedAt(camera: Camera, at: Point, factor: number, image: Size, view: Size): Camera {
  const lowest = Math.min(1, fitScale(image, view, 16) * MIN_OF_FIT);
  const scale = Math.max(lowest, Math.min(MAX_SCALE, camera.scale * factor));
  const p = toImage(camera, at);
  return limited({ scale, x: at.x - p.x * scale, y: at.y - p.y * scale }, image, view);
}

export function panned(camera: Camera, dx: number, dy: number, image: Size, view: Size): Camera {
  return limited({ ...camera, x: camera.x + dx, y: camera.y + dy }, image, view);
}

/** Keeps some of the image in view. */
export function limited(camera: Camera, image: Size, view: Size): Camera {
  const axis = (offset: number, length: number, room: number): number => {
    const keep = Math.min(room * KEEP, length);
    return Math.max(keep - length, Math.min(room - keep, offset));
  };
  const x = axis(camera.x, image.width * camera.scale, view.width);
  const y = axis(camera.y, image.height * camera.scale, view.height);
  return x === camera.x && y === camera.y ? camera : { ...camera, x, y };
}

/** The part of the image's plane that a view of this size shows. */
export function visibleBox(camera: Camera, view: Size): Box {
  const a = toImage(camera, { x: 0, y: 0 });
  const b = toImage(camera, { x: view.width, y: view.height });
  return { minX: a.x, minY: a.y, maxX: b.x, maxY: b.y };
}

export function sameCamera(a: Camera, b: Camera): boolean {
  return a.scale === b.scale && a.x === b.x && a.y === b.y;
}
