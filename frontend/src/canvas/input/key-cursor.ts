import { deleteSelected } from "../operations/objects";
import type { Stage } from "../stage/stage";
import { toImage, toScreen } from "../geometry/camera";
import { clampPoint, distance, pointAt, pointCount } from "../geometry/ring";
import type { Point, VertexRef } from "../geometry/types";
import { hitBody, hitHandle } from "../scene/hit";
import type { Instance } from "../model/document";
import { type PointerInput, reach, type ToolName } from "../model/tools";

/** How far one press of an arrow goes: in CSS pixels, and for `fine` in pixels of the image. */
const STEP = { plain: 10, far: 50 } as const;
/** The cursor stays this far inside the view, which follows it. In CSS pixels. */
const MARGIN = 40;
/** A press with these tools is a click; with the others it is held until the next. */
const CLICKS: ReadonlySet<ToolName> = new Set(["draw", "wire"]);

export type Step = "fine" | "plain" | "far";

/** What the cursor is on: what a press would take. */
export type Under = {
  readonly instance: Instance | null;
  /** Of that object, which is selected. */
  readonly vertex: VertexRef | null;
  readonly isOnEdge: boolean;
};

/**
 * A pointer that keys move: everything that a press, a drag and a release do with the tool in hand can be done with
 * it, so that an object can be drawn, edited and deleted without a pointer.
 */
export class KeyCursor {
  readonly #stage: Stage;
  #at: Point | null = null;
  /** The tool that holds the press; null while nothing is pressed. */
  #heldBy: ToolName | null = null;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  /** In image pixels; null while the cursor is off. */
  get at(): Point | null {
    return this.#stage.state.byKeys ? (this.#at ?? this.#middle()) : null;
  }

  /** A press is held: the arrows drag. */
  get isHeld(): boolean {
    const { state, tool } = this.#stage;
    return this.#heldBy === state.tool && tool.up !== undefined;
  }

  toggle(): void {
    this.release();
    this.#at = null;
    const isOn = !this.#stage.state.byKeys;
    this.#stage.options.set({ byKeys: isOn });
    if (isOn) this.#show(this.#middle());
    else this.#stage.pointing.setPointer(null);
  }

  /** The middle of what is seen of the image. */
  #middle(): Point {
    const { camera, view, size } = this.#stage.viewport;
    const { x, y } = toImage(camera, { x: view.width / 2, y: view.height / 2 });
    return clampPoint({ x: Math.round(x), y: Math.round(y) }, size);
  }

  /** `dx` and `dy` are -1, 0 or 1. */
  move(dx: number, dy: number, step: Step): void {
    const { at } = this;
    if (!at) return;
    const { camera, size } = this.#stage.viewport;
    const by = step === "fine" ? 1 : Math.max(1, Math.round(STEP[step] / camera.scale));
    this.#show(clampPoint({ x: at.x + dx * by, y: at.y + dy * by }, size));
  }

  #show(at: Point): void {
    const stage = this.#stage;
    this.#at = at;
    const { width, height } = stage.viewport.view;
    const { x, y } = toScreen(stage.viewport.camera, at);
    const into = (value: number, room: number): number =>
      room <= 2 * MARGIN ? 0 : Math.max(MARGIN, Math.min(room - MARGIN, value)) - value;
    const [dx, dy] = [into(x, width), into(y, height)];
    if (dx !== 0 || dy !== 0) stage.viewport.pan(dx, dy);
    const input = this.#input(at);
    if (this.isHeld) stage.drive((tool) => tool.move?.(input, [at], stage));
    else stage.tool.hover?.(input, stage);
    stage.events.redraw();
  }

  #input(at: Point): PointerInput {
    const screen = toScreen(this.#stage.viewport.camera, at);
    return { image: at, screen, kind: "keys", shift: false, alt: false, isDouble: false };
  }

  /** A click, where the tool takes clicks; else the press begins, or ends. */
  press(): void {
    const { at } = this;
    if (!at) return;
    const stage = this.#stage;
    const input = this.#input(at);
    const { tool } = stage.state;
    const isHeld = this.isHeld;
    const holds = !isHeld && !CLICKS.has(tool) && (tool !== "select" || this.#takesHold(at));
    if (!isHeld) {
      stage.tool.hover?.(input, stage);
      stage.drive((state) => state.down?.(input, stage));
    }
    this.#heldBy = holds ? tool : null;
    if (!holds) stage.drive((state) => state.up?.(input, stage));
    this.#show(at);
  }

  /** What is selected is taken and moved; anything else is selected by a click. */
  #takesHold(at: Point): boolean {
    const { instance, vertex, isOnEdge } = this.under(at);
    return vertex !== null || isOnEdge || (instance !== null && this.#stage.selection.ids.has(instance.id));
  }

  /** What was pressed is let go, and is where it was. */
  release(): void {
    if (this.isHeld) this.#stage.drive((tool) => tool.cancelPress?.(this.#stage));
    this.#heldBy = null;
  }

  under(at: Point): Under {
    const stage = this.#stage;
    const tolerance = reach("keys") / stage.viewport.camera.scale;
    const single = stage.state.tool === "select" ? stage.selection.single : null;
    const handle = single && hitHandle(single.polygons, at, tolerance);
    if (handle) {
      const vertex = handle.kind === "vertex" ? handle.ref : null;
      return { instance: single, vertex, isOnEdge: vertex === null };
    }
    const body = hitBody(stage.scene, at, tolerance / 2, (id) => stage.selection.isVisible(id));
    return { instance: body?.instance ?? null, vertex: null, isOnEdge: false };
  }

  /** The vertex under the cursor, of the object that is selected. False where there is none. */
  deleteVertex(): boolean {
    const { at } = this;
    if (!at) return false;
    this.release();
    const { vertex } = this.under(at);
    if (!vertex) return false;
    this.#stage.pointing.setActiveVertex(vertex);
    deleteSelected(this.#stage);
    this.#show(at);
    return true;
  }

  /** To the next vertex of the object that is selected, or the one before; first of all to the nearest. */
  goToVertex(by: 1 | -1): void {
    const { at } = this;
    const single = this.#stage.selection.single;
    if (!at) return;
    if (!single) return this.#stage.notify("Select one object first: its vertices are then gone through.");
    const points = single.polygons.flatMap((polygon) =>
      polygon.flatMap((ring) => Array.from({ length: pointCount(ring) }, (_, index) => pointAt(ring, index))),
    );
    const distances = points.map((point) => distance(point, at));
    const nearest = distances.indexOf(Math.min(...distances));
    const isThere = (distances[nearest] ?? 1) < 1e-6;
    const next = isThere ? (nearest + by + points.length) % points.length : nearest;
    const point = points[next];
    if (point) this.#show(point);
  }
}
