import { screen } from "@testing-library/react";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { renderApp } from "@/test/render";
import { Sparkline, sparkPoints } from "./Sparkline";

describe("sparkPoints", () => {
  it("rises from the bottom left to the top right", () => {
    expect(sparkPoints([0, 0.5, 1], 72, 22)).toBe("2.0,20.0 36.0,11.0 70.0,2.0");
  });

  it("draws one value as a level line, and none as nothing", () => {
    expect(sparkPoints([0.4], 72, 22)).toBe("2,11.0 70,11.0");
    expect(sparkPoints([], 72, 22)).toBe("");
    expect(sparkPoints([Number.NaN], 72, 22)).toBe("");
  });

  it("stays in its box for any values", () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1 }), (values) => {
        for (const pair of sparkPoints(values, 80, 24).split(" ")) {
          const [x, y] = pair.split(",").map(Number) as [number, number];
          expect(x).toBeGreaterThanOrEqual(0);
          expect(x).toBeLessThanOrEqual(80);
          expect(y).toBeGreaterThanOrEqual(0);
          expect(y).toBeLessThanOrEqual(24);
        }
      }),
    );
  });
});

it("says in words what it draws", () => {
  renderApp(<Sparkline values={[0.1, 0.4]} label="mask mAP50-95 over 2 epochs" />);
  expect(screen.getByRole("img", { name: "mask mAP50-95 over 2 epochs" })).toBeTruthy();
});
