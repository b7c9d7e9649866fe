/** What an outline, a box or a line in hand would make if it were closed now. */
import { slicedAlong, withAreaAdded, withAreaCut } from "../document/areas";
import { type Crossing, crossingsOf } from "../geometry/crossings";
import { isRing } from "../geometry/ring";
import type { Polygons } from "../geometry/types";
import type { Instance } from "../model/document";
import { divisibleBy } from "../operations/drawing";
import type { Stage } from "../stage/stage";

type Made = {
  /** Objects as they would be, in the place of those with the same ids. */
  readonly instances: readonly Instance[];
  /** At the pointer: the mode, and what it would do. */
  readonly badge: string | null;
};

const NOTHING: Made = { instances: [], badge: null };
const MODES = { add: "Add", cut: "Cut" } as const;

/** The line in hand, up to the pointer where it follows. */
function lineInHand({ draft: { outline }, pointing: { pointer, closesDraft } }: Stage): readonly number[] {
  if (!outline) return [];
  const follows = outline.stroke.length === 0 && pointer !== null && !closesDraft;
  return [...outline.points, ...outline.stroke, ...(follows ? [pointer.x, pointer.y] : [])];
}

function areaInHand(stage: Stage): Polygons | null {
  const { guide } = stage.pointing;
  if (guide?.kind === "offer") return guide.polygons.length > 0 ? guide.polygons : null;
  const ring = guide?.kind === "area" ? guide.points : lineInHand(stage);
  return ring.length >= 6 && (isRing(ring) || crossingsOf(ring).length > 0) ? [[ring]] : null;
}

/** The badge says the mode at all times: one that stays on must not do so unnoticed. */
function madeBy(stage: Stage): Made {
  const { aim, target, staysOn } = stage.aiming;
  const { document, size } = stage;
  const { guide } = stage.pointing;
  if (aim && target) {
    const mode = `${MODES[aim.purpose]} · ${staysOn ? "stays on" : "once"}`;
    const area = areaInHand(stage);
    if (!area) return { instances: [], badge: mode };
    const isAdded = aim.purpose === "add";
    const edit = isAdded ? withAreaAdded(target, area, size) : withAreaCut([target], area, size);
    if ("refusal" in edit) return { instances: [], badge: `${mode} · ${reasonOf(edit.refusal)}` };
    return { instances: edit.action({ instances: [target] }).instances, badge: mode };
  }
  if (guide?.kind === "cut" && guide.points.length >= 4) {
    const edit = slicedAlong(divisibleBy(stage, guide.points), guide.points, size);
    if ("refusal" in edit) return { instances: [], badge: "Slice · divides nothing yet" };
    const known = new Set(document.instances);
    const instances = edit.action(document).instances.filter((each) => !known.has(each));
    return { instances, badge: `Slice · ${instances.length} pieces` };
  }
  return NOTHING;
}

/** Of a sentence why an edit cannot be, what fits at a pointer. */
function reasonOf(refusal: string): string {
  const [first = refusal] = refusal.split(/[:.]/);
  return first.replace(/^This |^That would /, (start) => (start === "This " ? "" : "would "));
}

/** Works everything out once for the same things in hand. */
export class Preview {
  readonly #stage: Stage;
  readonly #made = new Known<Made>();
  readonly #crossings = new Known<readonly Crossing[]>();

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  made(): Made {
    const { document, aiming } = this.#stage;
    const of = [document, aiming.aim, aiming.target, aiming.staysOn, ...inHand(this.#stage)];
    return this.#made.of(of, () => madeBy(this.#stage));
  }

  /** Where the outline in hand, or else the object in hand, crosses itself. */
  crossings(held: Instance | null): readonly Crossing[] {
    return this.#crossings.of([held?.polygons, ...inHand(this.#stage)], () => {
      const line = lineInHand(this.#stage);
      const rings = line.length > 0 || !held ? [] : held.polygons.flat();
      return [
        ...crossingsOf(line, this.#stage.pointing.closesDraft),
        ...rings.flatMap((ring) => crossingsOf(ring)),
      ];
    });
  }
}

/** A value, kept as long as it is of the same things. */
class Known<Value> {
  #last: { readonly of: readonly unknown[]; readonly value: Value } | null = null;

  of(things: readonly unknown[], make: () => Value): Value {
    const last = this.#last;
    if (last && last.of.length === things.length && last.of.every((each, i) => each === things[i]))
      return last.value;
    const value = make();
    this.#last = { of: things, value };
    return value;
  }
}

function inHand({ draft: { outline }, pointing }: Stage): readonly unknown[] {
  const { guide, pointer, closesDraft } = pointing;
  return [
    outline?.points,
    outline?.stroke,
    outline?.stroke.length,
    guide,
    pointer?.x,
    pointer?.y,
    closesDraft,
  ];
}
