import type { Camera } from "../geometry/camera";
import type { Box, Size } from "../geometry/types";
import type { Scene, SceneItem } from "../scene/scene";
import { colorOfInstance, nameOf, type ShapeStyle } from "../model/style";
import { makeSurface, type Surface } from "./surface";

/** In CSS pixels, whatever the zoom. */
const FONT_PX = 12;
const HEIGHT_PX = 18;
/** Objects smaller than this on the screen (CSS pixels, the longer side) have no label. */
const SMALLEST_PX = 16;
/** More than these are no help, and take longer than a frame. */
const MOST_LABELS = 160;
/** Of all objects whose labels would begin in one such cell (CSS pixels) only the largest is looked at. */
const CELL = { width: 64, height: HEIGHT_PX };
const MOST_SPRITES = 600;

type Label = { readonly item: SceneItem; readonly text: string; readonly color: string };

/** Class and number: "cat 12", as the list of objects has it. */
export function labelOf(style: ShapeStyle, classId: number | null, number: number): string {
  return `${nameOf(style, classId)} ${number}`;
}

/**
 * Names on the canvas. Which objects get one is decided when the view rests: the largest that are seen, none over
 * another; while it moves, the same ones move along.
 */
export class LabelLayer {
  readonly #scene: Scene;
  readonly #sprites = new LabelSprites();
  #chosen: readonly Label[] = [];
  #isStale = true;

  constructor(scene: Scene) {
    this.#scene = scene;
  }

  get isStale(): boolean {
    return this.#isStale;
  }

  invalidate(): void {
    this.#isStale = true;
  }

  /** `camera` and `view` in device pixels. */
  choose(camera: Camera, view: Size, ratio: number, style: ShapeStyle, skip: ReadonlySet<string>): void {
    this.#isStale = false;
    const seen = this.#scene.within(seenBox(camera, view)).filter(({ id }) => !skip.has(id));
    const largest = largestByCell(seen, camera, ratio);
    const placed: Box[] = [];
    const chosen: SceneItem[] = [];
    for (const item of largest) {
      if (chosen.length >= MOST_LABELS) break;
      // The width is not known before the number is: names are mostly this long.
      const place = placeOf(item, camera, view, { width: 84 * ratio, height: HEIGHT_PX * ratio });
      const box = {
        minX: place.x,
        minY: place.y,
        maxX: place.x + 84 * ratio,
        maxY: place.y + HEIGHT_PX * ratio,
      };
      if (placed.some((other) => overlaps(other, box))) continue;
      placed.push(box);
      chosen.push(item);
    }
    const numbers = this.#scene.numbersOf(chosen.map(({ id }) => id));
    this.#chosen = chosen.map((item) => ({
      item,
      text: labelOf(style, item.instance.class_id, numbers.get(item.id) ?? 0),
      color: colorOfInstance(style, item.instance),
    }));
  }

  draw(context: CanvasRenderingContext2D, camera: Camera, view: Size, ratio: number): void {
    for (const { item, text, color } of this.#chosen) {
      const isSeen =
        item.maxX * camera.scale + camera.x > 0 &&
        item.maxY * camera.scale + camera.y > 0 &&
        item.minX * camera.scale + camera.x < view.width &&
        item.minY * camera.scale + camera.y < view.height;
      if (isSeen) drawLabel(context, this.#sprites.of(text, color, ratio), item, camera, view);
    }
  }
}

/** The label of one object, drawn alone: what is in hand has its own. */
export function drawLabel(
  context: CanvasRenderingContext2D,
  sprite: Surface,
  box: Box,
  camera: Camera,
  view: Size,
  scale = 1,
): void {
  const size = { width: sprite.canvas.width / scale, height: sprite.canvas.height / scale };
  const { x, y } = placeOf(box, camera, view, size);
  context.drawImage(sprite.canvas, x, y, size.width, size.height);
}

/** Above the box, at its left; inside it where there is no room above. */
function placeOf(box: Box, camera: Camera, view: Size, size: Size): { x: number; y: number } {
  const left = box.minX * camera.scale + camera.x;
  const top = box.minY * camera.scale + camera.y;
  const x = Math.max(1, Math.min(view.width - size.width - 1, left));
  const y = Math.max(1, Math.min(view.height - size.height - 1, top - size.height - 1));
  return { x: Math.round(x), y: Math.round(y) };
}

function seenBox({ scale, x, y }: Camera, view: Size): Box {
  return {
    minX: -x / scale,
    minY: -y / scale,
    maxX: (view.width - x) / scale,
    maxY: (view.height - y) / scale,
  };
}

function overlaps(a: Box, b: Box): boolean {
  return a.minX < b.maxX && b.minX < a.maxX && a.minY < b.maxY && b.minY < a.maxY;
}

/** One object for each place where a label could stand, the largest first. One pass: there may be tens of thousands. */
function largestByCell(items: readonly SceneItem[], camera: Camera, ratio: number): SceneItem[] {
  const smallest = (SMALLEST_PX * ratio) / camera.scale;
  const width = (CELL.width * ratio) / camera.scale;
  const height = (CELL.height * ratio) / camera.scale;
  const cells = new Map<number, SceneItem>();
  for (const item of items) {
    if (item.maxX - item.minX < smallest && item.maxY - item.minY < smallest) continue;
    const cell = Math.floor(item.minY / height) * 8192 + Math.floor(item.minX / width);
    const other = cells.get(cell);
    if (!other || other.area < item.area) cells.set(cell, item);
  }
  return [...cells.values()].sort((a, b) => b.area - a.area);
}

/** Text as small bitmaps: drawing them again costs a fraction of drawing text. */
export class LabelSprites {
  readonly #sprites = new Map<string, Surface>();

  of(text: string, color: string, ratio: number): Surface {
    const key = `${ratio} ${color} ${text}`;
    let sprite = this.#sprites.get(key);
    if (!sprite) {
      if (this.#sprites.size >= MOST_SPRITES) this.#sprites.clear();
      sprite = makeSprite(text, color, ratio);
      this.#sprites.set(key, sprite);
    }
    return sprite;
  }
}

const FONT = `600 ${FONT_PX}px "Inter Variable", system-ui, sans-serif`;
/** Of a name that is longer, its beginning. */
const MOST_TEXT_PX = 160;
let measure: CanvasRenderingContext2D | null = null;

/** White on dark with a stripe of the colour: readable on any photograph, the colour told beside the text. */
function makeSprite(text: string, color: string, ratio: number): Surface {
  measure ??= makeSurface({ width: 1, height: 1 }).context;
  measure.font = FONT;
  const length = Math.min(MOST_TEXT_PX, Math.ceil(measure.measureText(text).width));
  const size = { width: length + 16, height: HEIGHT_PX };
  const sprite = makeSurface({ width: size.width * ratio, height: size.height * ratio });
  const { context } = sprite;
  context.scale(ratio, ratio);
  context.fillStyle = "rgba(10, 14, 15, 0.82)";
  context.fillRect(0, 0, size.width, size.height);
  context.fillStyle = color;
  context.fillRect(0, 0, 4, size.height);
  context.font = FONT;
  context.fillStyle = "#ffffff";
  context.textBaseline = "middle";
  context.fillText(text, 9, size.height / 2 + 0.5, MOST_TEXT_PX);
  return sprite;
}
