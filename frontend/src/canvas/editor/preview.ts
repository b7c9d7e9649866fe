/** What an outline, a box or a line in hand would make if it were closed now. */
import { slicedAlong, withAreaAdded, withAreaCut } from "../document/areas";
import type { AnnotationDocument, Instance } from "../model/document";
import { type Crossing, crossingsOf } from "../geometry/crossings";
import { isRing } from "../geometry/ring";
import type { Point, Polygons, Size } from "../geometry/types";
import type { Draft, Guide } from "../model/overlay";

type InHand = {
  readonly document: AnnotationDocument;
  readonly size: Size;
  readonly purpose: "new" | "add" | "cut";
  readonly target: Instance | null;
  readonly staysOn: boolean;
  readonly draft: Draft | null;
  readonly guide: Guide | null;
  readonly pointer: Point | null;
  readonly closesDraft: boolean;
  /** What a knife may divide. */
  readonly divisible: (line: readonly number[]) => readonly Instance[];
};

export type Preview = {
  /** Objects as they would be, in the place of those with the same ids. */
  readonly instances: readonly Instance[];
  /** At the pointer: the mode, and what it would do. */
  readonly badge: string | null;
};

const NOTHING: Preview = { instances: [], badge: null };
const MODES = { add: "Add", cut: "Cut" } as const;

/** The line in hand, up to the pointer where it follows. */
export function lineInHand({ draft, pointer, closesDraft }: Omit<InHand, "divisible">): readonly number[] {
  if (!draft) return [];
  const follows = draft.stroke.length === 0 && pointer !== null && !closesDraft;
  return [...draft.points, ...draft.stroke, ...(follows ? [pointer.x, pointer.y] : [])];
}

function areaInHand(hand: InHand): Polygons | null {
  const { guide } = hand;
  if (guide?.kind === "offer") return guide.polygons.length > 0 ? guide.polygons : null;
  const ring = guide?.kind === "area" ? guide.points : lineInHand(hand);
  return ring.length >= 6 && (isRing(ring) || crossingsOf(ring).length > 0) ? [[ring]] : null;
}

/** The badge says the mode at all times: one that stays on must not do so unnoticed. */
function previewOf(hand: InHand): Preview {
  const { purpose, target, guide, size, staysOn } = hand;
  if (purpose !== "new" && target) {
    const mode = `${MODES[purpose]} · ${staysOn ? "stays on" : "once"}`;
    const area = areaInHand(hand);
    if (!area) return { instances: [], badge: mode };
    const edit = purpose === "add" ? withAreaAdded(target, area, size) : withAreaCut([target], area, size);
    if ("refusal" in edit) return { instances: [], badge: `${mode} · ${reasonOf(edit.refusal)}` };
    const made = edit.action({ instances: [target] }).instances;
    return { instances: made, badge: mode };
  }
  if (guide?.kind === "cut" && guide.points.length >= 4) {
    const edit = slicedAlong(hand.divisible(guide.points), guide.points, size);
    if ("refusal" in edit) return { instances: [], badge: "Slice · divides nothing yet" };
    const known = new Set(hand.document.instances);
    const instances = edit.action(hand.document).instances.filter((each) => !known.has(each));
    return { instances, badge: `Slice · ${instances.length} pieces` };
  }
  return NOTHING;
}

/** Of a sentence why an edit cannot be, what fits at a pointer. */
function reasonOf(refusal: string): string {
  const [first = refusal] = refusal.split(/[:.]/);
  return first.replace(/^This |^That would /, (start) => (start === "This " ? "" : "would "));
}

/** A preview is worked out once for the same things in hand. */
export class Previewer {
  #known: { readonly of: readonly unknown[]; readonly preview: Preview } | null = null;
  #crossed: { readonly of: readonly unknown[]; readonly crossings: readonly Crossing[] } | null = null;

  of(hand: InHand): Preview {
    const { document, purpose, target, staysOn } = hand;
    const of = [document, purpose, target, staysOn, ...partsOf(hand)];
    if (!this.#known || !sameAll(this.#known.of, of)) this.#known = { of, preview: previewOf(hand) };
    return this.#known.preview;
  }

  /** Where the outline in hand, or else the object in hand, crosses itself. */
  crossings(hand: InHand, inHand: Instance | null): readonly Crossing[] {
    const of = [inHand?.polygons, ...partsOf(hand)];
    if (!this.#crossed || !sameAll(this.#crossed.of, of)) {
      const line = lineInHand(hand);
      const rings = line.length > 0 || !inHand ? [] : inHand.polygons.flat();
      const crossings = [
        ...crossingsOf(line, hand.closesDraft),
        ...rings.flatMap((ring) => crossingsOf(ring)),
      ];
      this.#crossed = { of, crossings };
    }
    return this.#crossed.crossings;
  }
}

function partsOf({ draft, guide, pointer, closesDraft }: InHand): readonly unknown[] {
  return [draft?.points, draft?.stroke, draft?.stroke.length, guide, pointer?.x, pointer?.y, closesDraft];
}

function sameAll(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((value, i) => value === b[i]);
}
