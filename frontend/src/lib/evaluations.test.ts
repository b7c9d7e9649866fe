import { describe, expect, it } from "vitest";
import type { Evaluation } from "@/api/types";
import { evaluationName, findBaselines, isBestSoFar } from "./evaluations";

const made = (id: number, run: number, version: number, score: number, over: Partial<Evaluation> = {}) =>
  ({
    id,
    run,
    version: { id: version, number: version },
    checkpoint_kind: "best",
    split: "val",
    mask: { map50_95: score },
    export: null,
    export_name: "",
    ...over,
  }) as Evaluation;

it("is named by checkpoint, version and split", () => {
  expect(evaluationName(made(1, 1, 3, 0))).toBe("best.pt · version 3 · val");
  const exported = made(1, 1, 3, 0, { export: 4, export_name: "ONNX" });
  expect(evaluationName(exported)).toBe("best as ONNX · version 3 · val");
});

describe("findBaselines", () => {
  const mine = made(9, 5, 2, 0.4);

  it("takes the run just before, on the same version where it can", () => {
    const others = [made(1, 3, 2, 0.9), made(2, 4, 1, 0.3), made(3, 4, 2, 0.2), made(4, 6, 2, 0.1)];
    expect(findBaselines(mine, [mine, ...others]).before?.id).toBe(3);
    expect(findBaselines(mine, [made(2, 4, 1, 0.3)]).before?.id).toBe(2);
  });

  it("calls best what was measured on the same pictures, whenever it was", () => {
    const others = [made(1, 3, 2, 0.5), made(2, 6, 2, 0.6), made(3, 4, 1, 0.9)];
    expect(findBaselines(mine, others).best?.id).toBe(2);
  });

  it("passes exports over: they are no other models", () => {
    const exported = made(1, 4, 2, 0.9, { export: 4, export_name: "ONNX" });
    expect(findBaselines(mine, [mine, exported])).toEqual({ before: null, best: null });
  });

  it("has none for the first run, nor its own other evaluations", () => {
    const own = [mine, made(10, 5, 2, 0.1, { checkpoint_kind: "last" })];
    expect(findBaselines(mine, own)).toEqual({ before: null, best: null });
  });

  it("knows when this run leads, and that a run alone does not", () => {
    expect(isBestSoFar(mine, findBaselines(mine, [made(1, 3, 2, 0.3)]))).toBe(true);
    expect(isBestSoFar(mine, findBaselines(mine, [made(1, 3, 2, 0.5)]))).toBe(false);
    expect(isBestSoFar(mine, findBaselines(mine, [made(1, 3, 1, 0.3)]))).toBe(false);
  });
});
