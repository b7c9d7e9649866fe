import { insertedVertex, movedVertex, translatedInstance } from "../document/actions";
import type { Instance } from "../document/document";
import type { Editor } from "../editor";
import { rectangle } from "../geometry/boolean";
import { boxOfRing, distance } from "../geometry/ring";
import type { Box, Point, VertexRef } from "../geometry/types";
import { selectTouching } from "../operations";
import { type HandleHit, hitBody, hitHandle } from "../scene/hit";
import { dragDistance, type PointerInput, reach, type ToolState } from "./tool";
import { place } from "../snapping";

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
    return new PressedBody(input, hit.instance, editor);
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

  constructor(start: PointerInput, instance: Instance, editor: Editor) {
    this.#start = start;
    this.#instance = instance;
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
      editor.select([id]);
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
    if (this.#isNew && !this.#isDragging) {
      if (!this.#start.alt) return new Selecting();
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
