import { insertedVertex, movedVertex, translatedInstance } from "../document/actions";
import type { Instance } from "../model/document";
import type { Stage, ToolState } from "../stage/stage";
import { rectangle } from "../geometry/boolean";
import { boxOfRing, distance } from "../geometry/ring";
import type { Box, Point, VertexRef } from "../geometry/types";
import { removeVertex } from "../operations/objects";
import { selectTouching } from "../operations/selecting";
import { bodiesAt, type HandleHit, hitBody, hitHandle } from "../scene/hit";
import { dragDistance, type PointerInput, reach, SAME_PLACE } from "../model/tools";
import { place } from "./snapping";

type Hit =
  { kind: "handle"; instance: Instance; handle: HandleHit } | { kind: "body"; instance: Instance } | null;

/** Vertex, then edge of the selected object, then any object's body. */
function hitAt(input: PointerInput, stage: Stage): Hit {
  const tolerance = reach(input.kind) / stage.viewport.camera.scale;
  const single = stage.selection.single;
  if (single) {
    const handle = hitHandle(single.polygons, input.image, tolerance);
    if (handle) return { kind: "handle", instance: single, handle };
  }
  const body = hitBody(stage.scene, input.image, tolerance / 2, (id) => stage.selection.isPickable(id));
  return body ? { kind: "body", instance: body.instance } : null;
}

/** The object that the click before has picked here: this press is about it, or about what lies under it. */
function pickedHere({ image }: PointerInput, stage: Stage): Instance | null {
  const { picked } = stage.pointing;
  const { single } = stage.selection;
  const isHere = picked !== null && distance(picked.at, image) * stage.viewport.camera.scale <= SAME_PLACE;
  return isHere && single?.id === picked.id ? single : null;
}

/** What lies under the picked object, the larger after the smaller, round and round; itself where it lies alone. */
function underneath(picked: Instance, input: PointerInput, stage: Stage): string {
  const tolerance = reach(input.kind) / stage.viewport.camera.scale / 2;
  const ids = bodiesAt(stage.scene, input.image, tolerance, (id) => stage.selection.isPickable(id)).map(
    ({ id }) => id,
  );
  return ids[(ids.indexOf(picked.id) + 1) % ids.length] ?? picked.id;
}

/** A click on the border of the selected object, which is one on the object: again, on what lies under it. */
function clickOn(input: PointerInput, stage: Stage): void {
  const single = stage.selection.single;
  if (!single) return;
  const id = pickedHere(input, stage) ? underneath(single, input, stage) : single.id;
  stage.selection.select([id]);
  stage.pointing.picked = { id, at: input.image };
}

/** Nothing pressed: shows what a press would take. */
export class Selecting implements ToolState {
  readonly cursor = "default";

  hover(input: PointerInput, stage: Stage): void {
    const hit = hitAt(input, stage);
    stage.pointing.setHover({
      instance: hit?.kind === "body" && !stage.selection.ids.has(hit.instance.id) ? hit.instance : null,
      vertex: hit?.kind === "handle" && hit.handle.kind === "vertex" ? hit.handle.ref : null,
      ghost: hit?.kind === "handle" && hit.handle.kind === "edge" ? hit.handle.point : null,
      cursor: hit === null ? "default" : hit.kind === "handle" ? "crosshair" : "move",
    });
  }

  down(input: PointerInput, stage: Stage): ToolState {
    const hit = hitAt(input, stage);
    if (!hit) return input.shift ? new Marquee(input) : new PressedNothing(input);
    if (hit.kind === "handle") return new PressedHandle(input, hit.instance, hit.handle, stage);
    return new PressedBody(input, pickedHere(input, stage) ?? hit.instance, stage);
  }
}

/** A drag on nothing moves the view; a click on nothing selects nothing. */
class PressedNothing implements ToolState {
  readonly cursor = "grabbing";
  readonly #start: PointerInput;
  #last: Point;
  #moved = false;

  constructor(start: PointerInput) {
    this.#start = start;
    this.#last = start.screen;
  }

  move(input: PointerInput, _: readonly Point[], stage: Stage): ToolState {
    this.#moved ||= distance(input.screen, this.#start.screen) >= dragDistance(input.kind);
    if (this.#moved) {
      stage.viewport.pan(input.screen.x - this.#last.x, input.screen.y - this.#last.y);
      this.#last = input.screen;
    }
    return this;
  }

  up(_: PointerInput, stage: Stage): ToolState {
    if (!this.#moved) stage.selection.select([]);
    return new Selecting();
  }

  cancelPress(): ToolState {
    return new Selecting();
  }
}

/** Shift and a drag from nothing: what the rectangle touches joins the selection. */
class Marquee implements ToolState {
  readonly cursor = "crosshair";
  readonly #start: PointerInput;

  constructor(start: PointerInput) {
    this.#start = start;
  }

  move(input: PointerInput, _: readonly Point[], stage: Stage): ToolState {
    const { minX, minY, maxX, maxY } = this.#box(input);
    stage.pointing.setGuide({ kind: "marquee", points: rectangle(minX, minY, maxX, maxY) });
    return this;
  }

  up(input: PointerInput, stage: Stage): ToolState {
    stage.pointing.setGuide(null);
    if (distance(input.screen, this.#start.screen) >= dragDistance(input.kind)) {
      selectTouching(stage, this.#box(input));
    }
    return new Selecting();
  }

  #box({ image }: PointerInput): Box {
    return boxOfRing([this.#start.image.x, this.#start.image.y, image.x, image.y]);
  }

  cancelPress(stage: Stage): ToolState {
    stage.pointing.setGuide(null);
    return new Selecting();
  }
}

class PressedBody implements ToolState {
  readonly cursor = "move";
  readonly #start: PointerInput;
  readonly #instance: Instance;
  readonly #wasSelected: boolean;
  readonly #isAgain: boolean;

  constructor(start: PointerInput, instance: Instance, stage: Stage) {
    this.#start = start;
    this.#instance = instance;
    this.#isAgain = !start.shift && pickedHere(start, stage) === instance;
    this.#wasSelected = stage.selection.ids.has(instance.id);
    if (!this.#wasSelected && !start.shift) stage.selection.select([instance.id]);
  }

  move(input: PointerInput, _: readonly Point[], stage: Stage): ToolState {
    if (distance(input.screen, this.#start.screen) < dragDistance(input.kind)) return this;
    if (!stage.selection.ids.has(this.#instance.id))
      stage.selection.select([...stage.selection.ids, this.#instance.id]);
    return new MovingShapes(this.#start, stage).move(input, _, stage);
  }

  up(input: PointerInput, stage: Stage): ToolState {
    const { id } = this.#instance;
    if (input.shift) {
      const others = [...stage.selection.ids].filter((each) => each !== id);
      stage.selection.select(this.#wasSelected ? others : [...others, id]);
    } else {
      const picked = this.#isAgain ? underneath(this.#instance, this.#start, stage) : id;
      stage.selection.select([picked]);
      stage.pointing.picked = { id: picked, at: this.#start.image };
    }
    return new Selecting();
  }

  cancelPress(): ToolState {
    return new Selecting();
  }
}

/** Whole objects in hand. */
class MovingShapes implements ToolState {
  readonly cursor = "move";
  readonly #start: PointerInput;
  readonly #originals: readonly Instance[];

  constructor(start: PointerInput, stage: Stage) {
    this.#start = start;
    this.#originals = stage.selection.instances;
  }

  move(input: PointerInput, _: readonly Point[], stage: Stage): ToolState {
    const dx = input.image.x - this.#start.image.x;
    const dy = input.image.y - this.#start.image.y;
    stage.edits.hold(this.#originals.map((original) => translatedInstance(original, dx, dy, stage.size)));
    return this;
  }

  up(_: PointerInput, stage: Stage): ToolState {
    stage.edits.release(
      this.#originals.length === 1 ? "Move object" : `Move ${this.#originals.length} objects`,
    );
    return new Selecting();
  }

  cancelPress(stage: Stage): ToolState {
    stage.edits.hold([]);
    return new Selecting();
  }
}

/** A vertex pressed, or an edge: a drag sets a new vertex there, and so does a click with Alt; a plain click does nothing. */
class PressedHandle implements ToolState {
  readonly cursor = "crosshair";
  readonly #start: PointerInput;
  /** The object with the vertex in it. */
  readonly #instance: Instance;
  readonly #vertex: VertexRef;
  readonly #isNew: boolean;
  #isDragging = false;

  constructor(start: PointerInput, instance: Instance, handle: HandleHit, stage: Stage) {
    this.#start = start;
    this.#isNew = handle.kind === "edge";
    if (handle.kind === "edge") {
      this.#instance = insertedVertex(instance, handle.ref, handle.point, stage.size);
      this.#vertex = { ...handle.ref, index: handle.ref.index + 1 };
    } else {
      this.#instance = instance;
      this.#vertex = handle.ref;
      stage.pointing.setActiveVertex(this.#vertex);
    }
  }

  move(input: PointerInput, _: readonly Point[], stage: Stage): ToolState {
    this.#isDragging ||= distance(input.screen, this.#start.screen) >= dragDistance(input.kind) / 2;
    if (this.#isDragging) {
      stage.pointing.setActiveVertex(this.#vertex);
      const to = place(stage, input, this.#instance.id);
      stage.edits.hold([movedVertex(this.#instance, this.#vertex, to, stage.size)]);
    }
    return this;
  }

  up(_: PointerInput, stage: Stage): ToolState {
    if (this.#isDragging || (this.#isNew && this.#start.alt)) return this.#keep(stage);
    if (this.#isNew) clickOn(this.#start, stage);
    else if (this.#start.alt) this.#remove(stage);
    else return this.#keep(stage);
    return new Selecting();
  }

  #remove(stage: Stage): void {
    stage.pointing.setActiveVertex(null);
    removeVertex(stage, this.#instance, this.#vertex);
  }

  #keep(stage: Stage): ToolState {
    if (this.#isNew && !this.#isDragging) {
      stage.edits.hold([this.#instance]);
      stage.pointing.setActiveVertex(this.#vertex);
    }
    stage.edits.releaseMended(this.#isNew ? "Insert vertex" : "Move vertex");
    return new Selecting();
  }

  cancelPress(stage: Stage): ToolState {
    stage.edits.hold([]);
    stage.pointing.setActiveVertex(null);
    return new Selecting();
  }
}
