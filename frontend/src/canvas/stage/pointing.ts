import type { HandEvents } from "../model/state";
import type { Instance } from "../model/document";
import type { Point, VertexRef } from "../geometry/types";
import type { Guide } from "../model/overlay";
import { Viewport } from "./viewport";

export type Hover = {
  readonly instance: Instance | null;
  readonly vertex: VertexRef | null;
  readonly ghost: Point | null;
  readonly cursor: string;
};

const NO_HOVER: Hover = { instance: null, vertex: null, ghost: null, cursor: "default" };

/** What a hand over the image shows before anything is done: where it points, what lies under it, what it would make. */
export class Hand<Events extends HandEvents> extends Viewport<Events> {
  protected hover = NO_HOVER;
  protected activeVertex: VertexRef | null = null;
  protected pointer: Point | null = null;
  protected guide: Guide | null = null;
  /** Where the pointer is over the canvas, in image pixels; null while it is elsewhere. */
  at: Point | null = null;
  /** The object that the last click has picked, and where, in image pixels. */
  picked: { readonly id: string; readonly at: Point } | null = null;
  /** A press here closes the outline in hand. */
  protected closesDraft = false;

  /** What a tool shows of a gesture that is not an outline in hand. */
  setGuide(guide: Guide | null): void {
    this.guide = guide;
    this.redrawOverlay();
  }

  setPointer(pointer: Point | null, closesDraft = false): void {
    this.pointer = pointer;
    this.closesDraft = closesDraft;
    this.redrawOverlay();
  }

  setHover(hover: Hover): void {
    const old = this.hover;
    this.hover = hover;
    if (hover.cursor !== old.cursor) this.emit("cursor", hover.cursor as Events["cursor"]);
    if (hover.instance !== old.instance || hover.vertex !== old.vertex || hover.ghost !== old.ghost) {
      this.redrawOverlay();
    }
  }

  protected forgetHover(): void {
    this.hover = NO_HOVER;
  }

  /** The object under the pointer, for its name. */
  get hovered(): Instance | null {
    return this.hover.instance;
  }

  /** Highlights an object that something outside the canvas points at. */
  highlight(instance: Instance | null): void {
    this.setHover({ ...NO_HOVER, instance });
  }

  setActiveVertex(vertex: VertexRef | null): void {
    this.activeVertex = vertex;
    this.redrawOverlay();
  }

  /** Something that is shown over the objects has moved. */
  redraw(): void {
    this.redrawOverlay();
  }

  protected redrawOverlay(): void {
    this.emit("overlay", null as Events["overlay"]);
  }
}
