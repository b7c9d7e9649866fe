import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AS_TAKEN, isAsTaken, LEAST_ADJUSTMENT, MOST_ADJUSTMENT, stepped } from "./adjustments";

describe("stepped", () => {
  it("comes back to the photograph as taken", () => {
    const brighter = stepped(stepped(AS_TAKEN, "brightness", 1), "brightness", 1);
    expect(isAsTaken(stepped(stepped(brighter, "brightness", -1), "brightness", -1))).toBe(true);
  });

  it("stops at as taken, from wherever a slider left it", () => {
    expect(stepped({ ...AS_TAKEN, contrast: 1.05 }, "contrast", -1).contrast).toBe(1);
    expect(stepped({ ...AS_TAKEN, contrast: 0.95 }, "contrast", 1).contrast).toBe(1);
  });

  it("stays within what the sliders allow", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(1 as const, -1 as const), { maxLength: 60 }), (steps) => {
        const end = steps.reduce((now, step) => stepped(now, "brightness", step), AS_TAKEN);
        expect(end.brightness).toBeGreaterThanOrEqual(LEAST_ADJUSTMENT);
        expect(end.brightness).toBeLessThanOrEqual(MOST_ADJUSTMENT);
      }),
    );
  });
});
