import type { Crossing } from "../geometry/crossings";
import type { TrainingMask, TrainingSize } from "../geometry/training-mask";
import type { Box, Point, Polygons, Size, VertexRef } from "../geometry/types";
import type { AnnotationDocument, Instance } from "./document";

/** The outline being drawn. */
export type Draft = {
  /** Flat points set so far. */
  readonly points: readonly number[];
  /** A freehand stroke that runs on from them. */
  readonly stroke: readonly number[];
};

/**
 * What a tool shows of a gesture: the area that it would make, the line of a cut, the rectangle that selects, the trace
 * of a brush. Flat points.
 */
export type Guide =
  | { readonly kind: "area" | "cut" | "marquee"; readonly points: readonly number[] }
  | {
      readonly kind: "offer";
      readonly box: Box;
      readonly polygons: Polygons;
      readonly inside: readonly (readonly number[])[];
      readonly outside: readonly (readonly number[])[];
      readonly radius: number;
    }
  | { readonly kind: "brush"; readonly points: readonly number[]; readonly erases: boolean };

/** What the overlay shows: everything that changes while a hand is on it. */
export type OverlayModel = {
  readonly hovered: Instance | null;
  /** Selected objects as they look now, in hand or not. */
  readonly selected: readonly Instance[];
  /** Objects as they would be, which are not selected. */
  readonly preview: readonly Instance[];
  /** At the pointer: the mode of what is drawn, and what it would do. */
  readonly badge: string | null;
  /** Where what is in hand crosses itself. */
  readonly crossings: readonly Crossing[];
  readonly withHandles: boolean;
  readonly activeVertex: VertexRef | null;
  /** Where a click would insert a vertex. */
  readonly ghostVertex: Point | null;
  readonly draft: Draft | null;
  readonly pointer: Point | null;
  readonly closesDraft: boolean;
  readonly crosshair: boolean;
  /** Of what is in hand: the draft, the guide. */
  readonly classId: number | null;
  /** Its radius in image pixels, where a brush is the cursor. */
  readonly brush: number | null;
  readonly guide: Guide | null;
  /** Shown in the place of the objects. */
  readonly seen: Seen | null;
  readonly purpose: "new" | "add" | "cut";
  /** Of objects, as the list has them. */
  readonly numbersOf: (ids: readonly string[]) => ReadonlyMap<string, number>;
  /** Where the keys are, and whether they hold something. */
  readonly keyCursor: Point | null;
  readonly isHeldByKeys: boolean;
};

/** A document as the model sees it. */
export type Seen = {
  readonly size: TrainingSize;
  readonly image: Size;
  readonly mask: TrainingMask;
  readonly document: AnnotationDocument;
  /** Without ignore regions, in the order of the labels of the mask. */
  readonly objects: readonly Instance[];
  /** Ids of objects of which no pixel is left: too small, or wholly under smaller ones. */
  readonly vanished: readonly string[];
};
