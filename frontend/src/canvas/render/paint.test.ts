import { describe, expect, it } from "vitest";
import { hatchSide } from "./paint";

describe("the hatching of ignore regions", () => {
  it.each([0.5, 1, 1.1, 1.25, 1.5, 2, 2.625, 3, 4, 8])(
    "goes on from one painted tile to the next at a pixel ratio of %d",
    (ratio) => {
      expect(256 % hatchSide(ratio)).toBe(0);
      expect(hatchSide(ratio) / ratio).toBeGreaterThan(6);
      expect(hatchSide(ratio) / ratio).toBeLessThan(15);
    },
  );
});
