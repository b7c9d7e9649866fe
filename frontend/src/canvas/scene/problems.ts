/** What may be wrong with objects: found in small steps, since an image may hold tens of thousands. */
import { type AnnotationDocument, type Instance, isIgnored } from "../model/document";
import { iouOf } from "../geometry/boolean";
import { areaOf, boxOf } from "../geometry/polygons";
import type { TrainingSize } from "../geometry/training-mask";
import { crossesItself } from "../geometry/crossings";
import type { Box, Polygons, Size } from "../geometry/types";
import { ModelView } from "./model-view";
import type { Scene, SceneItem } from "./scene";

export const PROBLEMS = ["crossing", "tiny", "vanishes", "double", "outside", "box"] as const;
export type Problem = (typeof PROBLEMS)[number];
/** By the id of the object; those without any are left out. */
export type Problems = ReadonlyMap<string, readonly Problem[]>;

export const NO_PROBLEMS: Problems = new Map();
/** Square pixels: smaller objects are mostly slips of the hand. */
const TINY_AREA = 16;
/** Two objects that share more than this of their areas are one, drawn twice. */
const DOUBLE_IOU = 0.9;
/** How far (pixels) an outline may lie beyond the border: labels that were written elsewhere are rounded. */
const OUTSIDE_PX = 0.5;

/** Finds problems, and remembers them of objects that stay as they are. */
export class ProblemFinder {
  readonly #size: Size;
  readonly #model: ModelView;
  readonly #own = new WeakMap<Polygons, readonly Problem[]>();
  readonly #pairs = new WeakMap<Polygons, WeakMap<Polygons, boolean>>();

  constructor(size: Size) {
    this.#size = size;
    this.#model = new ModelView(size);
  }

  /** Each step takes a moment; the last one answers. `scene` holds the document. */
  *find(document: AnnotationDocument, scene: Scene, training: TrainingSize): Generator<void, Problems> {
    const found = new Map<string, Problem[]>();
    const add = (id: string, problem: Problem): void => {
      const all = found.get(id);
      if (!all) found.set(id, [problem]);
      else if (!all.includes(problem)) all.push(problem);
    };
    for (const instance of document.instances) {
      for (const problem of this.#ofItself(instance)) add(instance.id, problem);
      if (isIgnored(instance)) continue; // a rectangle is enough, and it may lie over objects
      if (instance.is_box) add(instance.id, "box");
      const item = scene.item(instance.id);
      for (const other of item ? this.#doublesOf(item, scene) : []) {
        add(item?.id ?? "", "double");
        add(other, "double");
      }
      yield;
    }
    for (const id of this.#model.of(document, training).vanished) add(id, "vanishes");
    return found;
  }

  #ofItself({ polygons }: Instance): readonly Problem[] {
    let problems = this.#own.get(polygons);
    if (!problems) {
      const box = boxOf(polygons);
      const crosses = crossesItself(polygons);
      // Loops that run against each other take away from each other's area.
      const area = crosses ? (box.maxX - box.minX) * (box.maxY - box.minY) : areaOf(polygons);
      problems = [
        ...(crosses ? (["crossing"] as const) : []),
        ...(area < TINY_AREA ? (["tiny"] as const) : []),
        ...(isOutside(box, this.#size) ? (["outside"] as const) : []),
      ];
      this.#own.set(polygons, problems);
    }
    return problems;
  }

  /** Those above it that are nearly the same. */
  #doublesOf(item: SceneItem, scene: Scene): string[] {
    return scene
      .within(item)
      .filter(
        (other) =>
          !isIgnored(other.instance) &&
          other.order > item.order &&
          mayBeDoubles(item, other) &&
          this.#areDoubles(item, other),
      )
      .map(({ id }) => id);
  }

  #areDoubles({ instance: { polygons: a } }: SceneItem, { instance: { polygons: b } }: SceneItem): boolean {
    let ofA = this.#pairs.get(a);
    if (!ofA) this.#pairs.set(a, (ofA = new WeakMap()));
    let known = ofA.get(b);
    if (known === undefined) ofA.set(b, (known = iouOf(a, b) > DOUBLE_IOU));
    return known;
  }
}

/** Areas and boxes say of most pairs that they are not. */
function mayBeDoubles(a: SceneItem, b: SceneItem): boolean {
  if (Math.min(a.area, b.area) <= DOUBLE_IOU * Math.max(a.area, b.area)) return false;
  const width = Math.min(a.maxX, b.maxX) - Math.max(a.minX, b.minX);
  const height = Math.min(a.maxY, b.maxY) - Math.max(a.minY, b.minY);
  // What they share lies in what their boxes share.
  return width * height > DOUBLE_IOU * Math.min(a.area, b.area);
}

function isOutside({ minX, minY, maxX, maxY }: Box, { width, height }: Size): boolean {
  return minX < -OUTSIDE_PX || minY < -OUTSIDE_PX || maxX > width + OUTSIDE_PX || maxY > height + OUTSIDE_PX;
}
