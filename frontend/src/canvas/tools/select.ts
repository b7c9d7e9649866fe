import { insertedVertex, movedVertex, translatedInstance } from "../document/actions";
import type { Instance } from "../model/document";
import type { Editor } from "../editor/editor";
import { rectangle } from "../geometry/boolean";
import { boxOfRing, distance } from "../geometry/ring";
import type { Box, Point, VertexRef } from "../geometry/types";
import { removeVertex, selectTouching } from "../operations/objects";
import { bodiesAt, type HandleHit, hitBody, hitHandle } from "../scene/hit";
import { dragDistance, type PointerInput, reach, SAME_PLACE } from "../model/tools";
import type { ToolState } from "../stage/stage";
import { place } from "./snapping";

type Hit =
  { kind: "handle"; instance: Instance; handle: HandleHit } | { kind: "body"; instance: Instance } | null;

/** Vertex, then edge of the selected object, then any object's body. */
function hitAt(input: PointerInput, editor: Editor): Hit {
  const tolerance = reach(input.kind) / editor.camera.scale;
  const single = editor.singleSelected;
  if (single) {
    const handle = hitHandle(single.polygons, input.image, tolerance);
    if (handle) return { kind: "handle", instance: single, handle };
  }
  const body = hitBody(editor.scene, input.image, tolerance / 2, (id) => editor.isPickable(id));
  return body ? { kind: "body", instance: body.instance } : null;
}

/** The object that the click before has picked here: this press is about it, or about what lies under it. */
function pickedHere({ image }: PointerInput, editor: Editor): Instance | null {
  const { picked, singleSelected: single } = editor;
  const isHere = picked !== null && distance(picked.at, image) * editor.camera.scale <= SAME_PLACE;
  return isHere && single?.id === picked.id ? single : null;
}

/** What lies under the picked object, the larger after the smaller, round and round; itself where it lies alone. */
function underneath(picked: Instance, input: PointerInput, editor: Editor): string {
  const tolerance = reach(input.kind) / editor.camera.scale / 2;
  const ids = bodiesAt(editor.scene, input.image, tolerance, (id) => editor.isPickable(id)).map(
    ({ id }) => id,
  );
  return ids[(ids.indexOf(picked.id) + 1) % ids.length] ?? picked.id;
}

/** A click on the border of the selected object, which is one on the object: again, on what lies under it. */
function clickOn(input: PointerInput, editor: Editor): void {
  const single = editor.singleSelected;
  if (!single) return;
  const id = pickedHere(input, editor) ? underneath(single, input, editor) : single.id;
  editor.select([id]);
  editor.picked = { id, at: input.image };
}

/** Nothing pressed: shows what a press would take. */
export class Selecting implements ToolState {
  readonly cursor = "default";

  hover(input: PointerInput, editor: Editor): void {
    const hit = hitAt(input, editor);
    editor.setHover({
      instance: hit?.kind === "body" && !editor.selection.has(hit.instance.id) ? hit.instance : null,
      vertex: hit?.kind === "handle" && hit.handle.kind === "vertex" ? hit.handle.ref : null,
      ghost: hit?.kind === "handle" && hit.handle.kind === "edge" ? hit.handle.point : null,
      cursor: hit === null ? "default" : hit.kind === "handle" ? "crosshair" : "move",
    });
  }

  down(input: PointerInput, editor: Editor): ToolState {
    const hit = hitAt(input, editor);
    if (!hit) return input.shift ? new Marquee(input) : new PressedNothing(input);
    if (hit.kind === "handle") return new PressedHandle(input, hit.instance, hit.handle, editor);
    return new PressedBody(input, pickedHere(input, editor) ?? hit.instance, editor);
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

  move(input: PointerInput, _: readonly Point[], editor: Editor): ToolState {
    this.#moved ||= distance(input.screen, this.#start.screen) >= dragDistance(input.kind);
    if (this.#moved) {
      editor.pan(input.screen.x - this.#last.x, input.screen.y - this.#last.y);
      this.#last = input.screen;
    }
    return this;
  }

  up(_: PointerInput, editor: Editor): ToolState {
    if (!this.#moved) editor.select([]);
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

  move(input: PointerInput, _: readonly Point[], editor: Editor): ToolState {
    const { minX, minY, maxX, maxY } = this.#box(input);
    editor.setGuide({ kind: "marquee", points: rectangle(minX, minY, maxX, maxY) });
    return this;
  }

  up(input: PointerInput, editor: Editor): ToolState {
    editor.setGuide(null);
    if (distance(input.screen, this.#start.screen) >= dragDistance(input.kind)) {
      selectTouching(editor, this.#box(input));
    }
    return new Selecting();
  }

  #box({ image }: PointerInput): Box {
    return boxOfRing([this.#start.image.x, this.#start.image.y, image.x, image.y]);
  }

  cancelPress(editor: Editor): ToolState {
    editor.setGuide(null);
    return new Selecting();
  }

  abandon(editor: Editor): ToolState {
    return this.cancelPress(editor);
  }
}

class PressedBody implements ToolState {
  readonly cursor = "move";
  readonly #start: PointerInput;
  readonly #instance: Instance;
  readonly #wasSelected: boolean;
  readonly #isAgain: boolean;

  constructor(start: PointerInput, instance: Instance, editor: Editor) {
    this.#start = start;
    this.#instance = instance;
    this.#isAgain = !start.shift && pickedHere(start, editor) === instance;
    this.#wasSelected = editor.selection.has(instance.id);
    if (!this.#wasSelected && !start.shift) editor.select([instance.id]);
  }

  move(input: PointerInput, _: readonly Point[], editor: Editor): ToolState {
    if (distance(input.screen, this.#start.screen) < dragDistance(input.kind)) return this;
    if (!editor.selection.has(this.#instance.id)) editor.select([...editor.selection, this.#instance.id]);
    return new MovingShapes(this.#start, editor).move(input, _, editor);
  }

  up(input: PointerInput, editor: Editor): ToolState {
    const { id } = this.#instance;
    if (input.shift) {
      const others = [...editor.selection].filter((each) => each !== id);
      editor.select(this.#wasSelected ? others : [...others, id]);
    } else {
      const picked = this.#isAgain ? underneath(this.#instance, this.#start, editor) : id;
      editor.select([picked]);
      editor.picked = { id: picked, at: this.#start.image };
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

  constructor(start: PointerInput, editor: Editor) {
    this.#start = start;
    this.#originals = editor.selectedInstances;
  }

  move(input: PointerInput, _: readonly Point[], editor: Editor): ToolState {
    const dx = input.image.x - this.#start.image.x;
    const dy = input.image.y - this.#start.image.y;
    editor.hold(this.#originals.map((original) => translatedInstance(original, dx, dy, editor.size)));
    return this;
  }

  up(_: PointerInput, editor: Editor): ToolState {
    editor.release(this.#originals.length === 1 ? "Move object" : `Move ${this.#originals.length} objects`);
    return new Selecting();
  }

  cancelPress(editor: Editor): ToolState {
    editor.hold([]);
    return new Selecting();
  }

  abandon(editor: Editor): ToolState {
    return this.cancelPress(editor);
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

  constructor(start: PointerInput, instance: Instance, handle: HandleHit, editor: Editor) {
    this.#start = start;
    this.#isNew = handle.kind === "edge";
    if (handle.kind === "edge") {
      this.#instance = insertedVertex(instance, handle.ref, handle.point, editor.size);
      this.#vertex = { ...handle.ref, index: handle.ref.index + 1 };
    } else {
      this.#instance = instance;
      this.#vertex = handle.ref;
      editor.setActiveVertex(this.#vertex);
    }
  }

  move(input: PointerInput, _: readonly Point[], editor: Editor): ToolState {
    this.#isDragging ||= distance(input.screen, this.#start.screen) >= dragDistance(input.kind) / 2;
    if (this.#isDragging) {
      editor.setActiveVertex(this.#vertex);
      const to = place(editor, input, this.#instance.id);
      editor.hold([movedVertex(this.#instance, this.#vertex, to, editor.size)]);
    }
    return this;
  }

  up(_: PointerInput, editor: Editor): ToolState {
    if (this.#isDragging || (this.#isNew && this.#start.alt)) return this.#keep(editor);
    if (this.#isNew) clickOn(this.#start, editor);
    else if (this.#start.alt) this.#remove(editor);
    else return this.#keep(editor);
    return new Selecting();
  }

  #remove(editor: Editor): void {
    editor.setActiveVertex(null);
    removeVertex(editor, this.#instance, this.#vertex);
  }

  #keep(editor: Editor): ToolState {
    if (this.#isNew && !this.#isDragging) {
      editor.hold([this.#instance]);
      editor.setActiveVertex(this.#vertex);
    }
    editor.releaseMended(this.#isNew ? "Insert vertex" : "Move vertex");
    return new Selecting();
  }

  cancelPress(editor: Editor): ToolState {
    editor.hold([]);
    editor.setActiveVertex(null);
    return new Selecting();
  }

  abandon(editor: Editor): ToolState {
    return this.cancelPress(editor);
  }
}
