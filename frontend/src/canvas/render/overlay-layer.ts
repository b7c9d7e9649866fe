import type { Instance } from "../model/document";
import { type Camera, toScreen } from "../geometry/camera";
import type { Draft, Guide, OverlayModel } from "../model/overlay";
import { rectangle } from "../geometry/boolean";
import { boxOf, vertexTotal } from "../geometry/polygons";
import type { Point, Polygons, Size } from "../geometry/types";
import { ModelLayer } from "./model-layer";
import { fillHatched, traceLine, traceRings } from "./paint";
import { drawLabel, labelOf, LabelSprites } from "./labels";
import { colorOf, colorOfInstance, type ShapeStyle, withAlpha } from "../model/style";
import { contextOf, resizeCanvas } from "./surface";

/** Of so many selected objects each has its label. */
const MOST_LABELLED = 20;

const CROSS = 8;
const WRONG = "#d92020";
const BADGE_OFFSET = 16;
const BADGE_PADDING = 7;
const BADGE_HEIGHT = 22;
const HANDLE = 7;
const HANDLE_LIMIT = 1500;
const LIGHT = "#ffffff";
const DARK = "rgba(10, 14, 15, 0.75)";

/** The shape in hand, the selection, what is hovered, the cross hair: redrawn whole, since it is little. */
export class OverlayLayer {
  readonly #canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D;
  #view: Size = { width: 1, height: 1 };
  #ratio = 1;
  /** Not at first: the canvas still shows what the layer of another image has drawn. */
  #isBlank = false;
  readonly #model = new ModelLayer();
  readonly #sprites = new LabelSprites();

  constructor(canvas: HTMLCanvasElement) {
    this.#canvas = canvas;
    this.#context = contextOf(canvas);
  }

  resize(view: Size, pixelRatio: number): void {
    resizeCanvas(this.#canvas, view, pixelRatio);
    this.#isBlank = false;
    this.#view = view;
    this.#ratio = pixelRatio;
  }

  draw(model: OverlayModel, camera: Camera, style: ShapeStyle): void {
    const context = this.#context;
    const isBlank =
      !model.hovered &&
      model.selected.length === 0 &&
      !model.draft &&
      !model.seen &&
      !model.guide &&
      !model.keyCursor &&
      !(model.badge && model.pointer) &&
      !((model.crosshair || model.brush !== null) && model.pointer);
    // Nothing before, nothing now: an untouched canvas costs the browser nothing.
    if (isBlank && this.#isBlank) return;
    this.#isBlank = isBlank;
    context.setTransform(this.#ratio, 0, 0, this.#ratio, 0, 0);
    context.clearRect(0, 0, this.#view.width, this.#view.height);
    context.lineJoin = "round";
    if (model.seen) this.#model.draw(context, model.seen, camera, style);
    if (model.crosshair && model.pointer) this.#crosshair(toScreen(camera, model.pointer));
    if (model.hovered) this.#outline(model.hovered, camera, style, 0.18);
    for (const instance of model.selected) this.#outline(instance, camera, style, style.opacity, true);
    for (const instance of model.preview) this.#outline(instance, camera, style, style.opacity);
    if (style.labels && !model.seen) this.#labels(model, camera, style);
    const single = model.selected.length === 1 ? model.selected[0] : undefined;
    if (single && model.withHandles) this.#handles(single.polygons, camera, model);
    if (model.draft) this.#draft(model.draft, camera, style, model);
    if (model.guide) this.#guide(model.guide, camera, style, model);
    if (model.brush !== null && model.pointer) {
      this.#circle(toScreen(camera, model.pointer), model.brush * camera.scale);
    }
    for (const { at } of model.crossings) this.#cross(toScreen(camera, at));
    if (model.badge && model.pointer) this.#badge(model.badge, toScreen(camera, model.pointer));
    if (model.keyCursor) this.#keyCursor(toScreen(camera, model.keyCursor), model.isHeldByKeys);
  }

  /** A cross in a ring, dark and light, so that it is seen on any image; full while it holds something. */
  #keyCursor(at: Point, isHeld: boolean): void {
    const context = this.#context;
    context.beginPath();
    for (const [dx, dy] of [
      [1, 0],
      [-1, 0],
      [0, 1],
      [0, -1],
    ] as const) {
      context.moveTo(at.x + 4 * dx, at.y + 4 * dy);
      context.lineTo(at.x + 18 * dx, at.y + 18 * dy);
    }
    this.#contour(LIGHT);
    if (isHeld) this.#dot(at, 5, LIGHT);
    this.#circle(at, 12);
  }

  /** A ring with a cross in it: told from vertices without its colour, too. */
  #cross({ x, y }: Point): void {
    const context = this.#context;
    context.beginPath();
    context.arc(x, y, CROSS, 0, Math.PI * 2);
    context.moveTo(x - CROSS / 2, y - CROSS / 2);
    context.lineTo(x + CROSS / 2, y + CROSS / 2);
    context.moveTo(x + CROSS / 2, y - CROSS / 2);
    context.lineTo(x - CROSS / 2, y + CROSS / 2);
    context.lineWidth = 5;
    context.strokeStyle = LIGHT;
    context.stroke();
    context.lineWidth = 2.5;
    context.strokeStyle = WRONG;
    context.stroke();
  }

  #badge(text: string, { x, y }: Point): void {
    const context = this.#context;
    context.font = "600 12px system-ui, sans-serif";
    context.textBaseline = "middle";
    const width = context.measureText(text).width + 2 * BADGE_PADDING;
    // Beside the pointer, and inside the view at its borders.
    const left = x + BADGE_OFFSET + width > this.#view.width ? x - BADGE_OFFSET - width : x + BADGE_OFFSET;
    const top = Math.min(y + BADGE_OFFSET, this.#view.height - BADGE_HEIGHT);
    context.fillStyle = "rgba(10, 14, 15, 0.88)";
    context.fillRect(left, top, width, BADGE_HEIGHT);
    context.fillStyle = LIGHT;
    context.fillText(text, left + BADGE_PADDING, top + BADGE_HEIGHT / 2);
  }

  #guide(guide: Guide, camera: Camera, style: ShapeStyle, model: OverlayModel): void {
    const context = this.#context;
    if (guide.kind === "offer") return this.#offer(guide, camera, style, model);
    if (guide.kind === "marquee") return this.#marquee(guide.points, camera);
    const isTaken =
      model.purpose === "cut" || guide.kind === "cut" || (guide.kind === "brush" && guide.erases);
    const color = isTaken || model.classId === null ? LIGHT : colorOf(style, model.classId);
    context.beginPath();
    if (guide.kind === "area") {
      traceRings(context, [guide.points], camera);
      context.fillStyle = withAlpha(color, 0.25);
      context.fill();
    } else {
      traceLine(context, guide.points, camera);
    }
    if (guide.kind === "brush" && model.brush !== null) {
      context.lineCap = "round";
      context.lineWidth = 2 * model.brush * camera.scale;
      context.strokeStyle = withAlpha(color, 0.45);
      context.stroke();
      context.lineCap = "butt";
      return;
    }
    this.#contour(color, guide.kind === "cut");
  }

  #offer(
    guide: Extract<Guide, { kind: "offer" }>,
    camera: Camera,
    style: ShapeStyle,
    model: OverlayModel,
  ): void {
    const context = this.#context;
    const color = model.purpose === "cut" || model.classId === null ? LIGHT : colorOf(style, model.classId);
    const { minX, minY, maxX, maxY } = guide.box;
    context.beginPath();
    traceRings(context, [rectangle(minX, minY, maxX, maxY)], camera);
    this.#contour(LIGHT, true);
    context.beginPath();
    for (const polygon of guide.polygons) traceRings(context, polygon, camera);
    context.fillStyle = withAlpha(color, 0.3);
    context.fill("evenodd");
    this.#contour(color);
    for (const line of guide.inside) this.#stroke(line, guide.radius, LIGHT, camera);
    for (const line of guide.outside) this.#stroke(line, guide.radius, DARK, camera);
  }

  /** Light: this too. Dark with a light core: not this. */
  #stroke(line: readonly number[], radius: number, color: string, camera: Camera): void {
    const context = this.#context;
    context.beginPath();
    traceLine(context, line, camera);
    context.lineCap = "round";
    context.lineWidth = 2 * radius * camera.scale;
    context.strokeStyle = color;
    context.stroke();
    context.lineWidth = 2;
    context.strokeStyle = color === LIGHT ? DARK : LIGHT;
    context.stroke();
    context.lineCap = "butt";
  }

  #marquee(points: readonly number[], camera: Camera): void {
    const context = this.#context;
    context.beginPath();
    traceRings(context, [points], camera);
    context.fillStyle = withAlpha(LIGHT, 0.12);
    context.fill();
    this.#contour(LIGHT, true);
  }

  /** Strokes the current path so that it can be told from any photograph. */
  #contour(color: string, isDashed = false, isSelected = false): void {
    const context = this.#context;
    context.lineWidth = isSelected ? 7 : 4;
    context.strokeStyle = DARK;
    context.stroke();
    if (isSelected) {
      context.lineWidth = 4.5;
      context.strokeStyle = LIGHT;
      context.stroke();
    }
    if (isDashed) context.setLineDash([7, 5]);
    context.lineWidth = 2;
    context.strokeStyle = color;
    context.stroke();
    context.setLineDash([]);
  }

  #circle(at: Point, radius: number): void {
    const context = this.#context;
    context.beginPath();
    context.arc(at.x, at.y, Math.max(1, radius), 0, Math.PI * 2);
    context.lineWidth = 3;
    context.strokeStyle = DARK;
    context.stroke();
    context.lineWidth = 1.5;
    context.strokeStyle = LIGHT;
    context.stroke();
  }

  #crosshair(at: Point): void {
    const context = this.#context;
    const x = Math.round(at.x) + 0.5;
    const y = Math.round(at.y) + 0.5;
    context.fillStyle = "rgba(255, 255, 255, 0.55)";
    context.fillRect(x - 0.5, 0, 1, this.#view.height);
    context.fillRect(0, y - 0.5, this.#view.width, 1);
  }

  #labels(model: OverlayModel, camera: Camera, style: ShapeStyle): void {
    const labelled = model.selected.slice(0, MOST_LABELLED);
    const numbers = model.numbersOf(labelled.map(({ id }) => id));
    for (const instance of labelled) {
      const text = labelOf(style, instance.class_id, numbers.get(instance.id) ?? 0);
      const sprite = this.#sprites.of(text, colorOfInstance(style, instance), this.#ratio);
      drawLabel(this.#context, sprite, boxOf(instance.polygons), camera, this.#view, this.#ratio);
    }
  }

  /** What is selected stands out by a white line, whatever colours there are around it. */
  #outline(instance: Instance, camera: Camera, style: ShapeStyle, opacity: number, isSelected = false): void {
    const context = this.#context;
    const color = colorOfInstance(style, instance);
    context.beginPath();
    for (const polygon of instance.polygons) traceRings(context, polygon, camera);
    if (instance.class_id === null) fillHatched(context, 1);
    else {
      context.fillStyle = withAlpha(color, Math.min(0.6, opacity));
      context.fill("evenodd");
    }
    this.#contour(color, instance.occluded, isSelected);
  }

  #handles(polygons: Polygons, camera: Camera, model: OverlayModel): void {
    const context = this.#context;
    const active = model.activeVertex;
    const total = vertexTotal(polygons);
    const margin = HANDLE;
    context.beginPath();
    let drawn = 0;
    let lastX = -Infinity;
    let lastY = -Infinity;
    for (const polygon of polygons) {
      for (const ring of polygon) {
        for (let i = 0; i < ring.length && drawn < HANDLE_LIMIT; i += 2) {
          const x = (ring[i] as number) * camera.scale + camera.x;
          const y = (ring[i + 1] as number) * camera.scale + camera.y;
          if (x < -margin || y < -margin || x > this.#view.width + margin || y > this.#view.height + margin)
            continue;
          // Handles that would lie on each other make a dense outline unreadable.
          if (total > 40 && Math.abs(x - lastX) + Math.abs(y - lastY) < HANDLE * 1.2) continue;
          context.rect(x - HANDLE / 2, y - HANDLE / 2, HANDLE, HANDLE);
          lastX = x;
          lastY = y;
          drawn++;
        }
      }
    }
    context.fillStyle = LIGHT;
    context.fill();
    context.lineWidth = 1;
    context.strokeStyle = DARK;
    context.stroke();
    if (active) {
      const ring = polygons[active.part]?.[active.ring];
      const x = ring?.[active.index * 2];
      const y = ring?.[active.index * 2 + 1];
      if (x !== undefined && y !== undefined) this.#dot(toScreen(camera, { x, y }), 6, LIGHT);
    }
    if (model.ghostVertex) this.#dot(toScreen(camera, model.ghostVertex), 5, withAlpha(LIGHT, 0.75));
  }

  #crossedEdges(line: readonly number[], camera: Camera, { crossings }: OverlayModel): void {
    if (crossings.length === 0) return;
    const context = this.#context;
    context.beginPath();
    for (const index of new Set(crossings.flatMap(({ edges }) => edges))) {
      const end = 2 * index + 2 < line.length ? 2 * index + 2 : 0;
      const edge = [line[2 * index], line[2 * index + 1], line[end], line[end + 1]];
      if (edge.every((value) => value !== undefined)) traceLine(context, edge, camera);
    }
    context.lineWidth = 2.5;
    context.strokeStyle = WRONG;
    context.stroke();
  }

  #dot(at: Point, radius: number, fill: string): void {
    const context = this.#context;
    context.beginPath();
    context.arc(at.x, at.y, radius, 0, Math.PI * 2);
    context.fillStyle = fill;
    context.fill();
    context.lineWidth = 1.5;
    context.strokeStyle = DARK;
    context.stroke();
  }

  #draft(draft: Draft, camera: Camera, style: ShapeStyle, model: OverlayModel): void {
    const context = this.#context;
    const isTaken = model.purpose === "cut";
    const color = isTaken || model.classId === null ? LIGHT : colorOf(style, model.classId);
    const line = [...draft.points, ...draft.stroke];
    const follows = draft.stroke.length === 0 && model.pointer && !model.closesDraft;
    if (follows) line.push(model.pointer.x, model.pointer.y);
    if (line.length === 0) return;
    // Where more or less of an object is drawn, the object shows the result.
    if (model.purpose === "new") {
      context.beginPath();
      traceRings(context, [line], camera);
      context.fillStyle = withAlpha(color, 0.22);
      context.fill("evenodd");
    }
    context.beginPath();
    traceLine(context, line, camera);
    if (model.closesDraft) context.closePath();
    this.#contour(color, isTaken);
    this.#crossedEdges(line, camera, model);
    context.beginPath();
    for (let i = 2; i < draft.points.length; i += 2) {
      const at = toScreen(camera, { x: draft.points[i] as number, y: draft.points[i + 1] as number });
      context.rect(at.x - 3, at.y - 3, 6, 6);
    }
    context.fillStyle = LIGHT;
    context.fill();
    const [x, y] = draft.points;
    if (x !== undefined && y !== undefined) {
      this.#dot(toScreen(camera, { x, y }), model.closesDraft ? 9 : 5, model.closesDraft ? color : LIGHT);
    }
  }
}
