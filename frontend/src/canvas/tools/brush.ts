import type { Stage, Lost, ToolState } from "../stage/stage";
import { brushed } from "../geometry/boolean";
import { clampPoint, goOn } from "../geometry/ring";
import { simplifyLine } from "../geometry/simplify";
import type { Point, Polygons } from "../geometry/types";
import type { PointerInput } from "../model/tools";
import { erase, erased, paint } from "../operations/drawing";

/** How far, in CSS pixels, the outline of a stroke may lie from what the brush has covered. */
const TOLERANCE = 0.5;
const STEP = 1.5;

/** Brush and eraser: what a stroke covers becomes part of an object, or is taken from it. */
export class BrushTool implements ToolState {
  readonly cursor = "none";
  readonly erases: boolean;

  constructor(erases: boolean) {
    this.erases = erases;
  }

  hover(input: PointerInput, stage: Stage): void {
    stage.pointing.setPointer(clampPoint(input.image, stage.size));
  }

  down(input: PointerInput, stage: Stage): ToolState {
    return new BrushStroke(this.erases, input, stage);
  }
}

class BrushStroke implements ToolState {
  readonly cursor = "none";
  readonly #erases: boolean;
  readonly #line: number[];

  constructor(erases: boolean, { image }: PointerInput, stage: Stage) {
    this.#erases = erases;
    this.#line = [image.x, image.y];
    this.#show(image, stage);
  }

  move(input: PointerInput, path: readonly Point[], stage: Stage): ToolState {
    goOn(this.#line, path, STEP / stage.viewport.camera.scale);
    this.#show(input.image, stage);
    return this;
  }

  #show(at: Point, stage: Stage): void {
    stage.pointing.setPointer(clampPoint(at, stage.size));
    stage.pointing.setGuide({ kind: "brush", points: this.#line, erases: this.#erases });
  }

  up(_: PointerInput, stage: Stage): ToolState {
    stage.pointing.setGuide(null);
    const area = this.#area(stage);
    if (this.#erases) erase(stage, area, this.#start);
    else paint(stage, area);
    return stage.tool === this ? new BrushTool(this.#erases) : stage.tool;
  }

  get #start(): Point {
    const [x = 0, y = 0] = this.#line;
    return { x, y };
  }

  #area(stage: Stage): Polygons {
    const tolerance = TOLERANCE / stage.viewport.camera.scale;
    return brushed(simplifyLine(this.#line, tolerance), stage.state.brushRadius, tolerance);
  }

  lost(stage: Stage): Lost | null {
    const area = this.#area(stage);
    const made = this.#erases ? erased(stage, area, this.#start) : stage.outlines.madeOf(area, "Brush");
    return made && { label: "Abandon stroke", made };
  }

  cancelPress(stage: Stage): ToolState {
    stage.pointing.setGuide(null);
    return new BrushTool(this.#erases);
  }
}
