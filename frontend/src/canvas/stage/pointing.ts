import type { Point, VertexRef } from "../geometry/types";
import type { Instance } from "../model/document";
import type { Guide } from "../model/overlay";
import type { Events } from "./events";

export type Hover = {
  readonly instance: Instance | null;
  readonly vertex: VertexRef | null;
  readonly ghost: Point | null;
  readonly cursor: string;
};

const NO_HOVER: Hover = { instance: null, vertex: null, ghost: null, cursor: "default" };

/** What a hand over the image shows before anything is done: where it points, what lies under it, what it would make. */
export class Pointing {
  readonly #events: Events;
  hover = NO_HOVER;
  activeVertex: VertexRef | null = null;
  /** Where the tool in hand points. */
  pointer: Point | null = null;
  /** A press here closes the outline in hand. */
  closesDraft = false;
  /** What a tool shows of a gesture that is not an outline in hand. */
  guide: Guide | null = null;
  /** Where the pointer is over the canvas, in image pixels; null while it is elsewhere. */
  at: Point | null = null;
  /** The object that the last click has picked, and where, in image pixels. */
  picked: { readonly id: string; readonly at: Point } | null = null;

  constructor(events: Events) {
    this.#events = events;
  }

  setGuide(guide: Guide | null): void {
    this.guide = guide;
    this.#events.redraw();
  }

  setPointer(pointer: Point | null, closesDraft = false): void {
    this.pointer = pointer;
    this.closesDraft = closesDraft;
    this.#events.redraw();
  }

  setHover(hover: Hover): void {
    const old = this.hover;
    this.hover = hover;
    if (hover.cursor !== old.cursor) this.#events.emit("cursor", hover.cursor);
    if (hover.instance !== old.instance || hover.vertex !== old.vertex || hover.ghost !== old.ghost) {
      this.#events.redraw();
    }
  }

  /** Nobody is told: something else is drawn anyway. */
  forgetHover(): void {
    this.hover = NO_HOVER;
  }

  /** Highlights an object that something outside the canvas points at. */
  highlight(instance: Instance | null): void {
    this.setHover({ ...NO_HOVER, instance });
  }

  setActiveVertex(vertex: VertexRef | null): void {
    this.activeVertex = vertex;
    this.#events.redraw();
  }
}
