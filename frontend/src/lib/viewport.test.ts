import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { panBy, place, WHOLE, zoomAt } from "./viewport";

const pane = { width: 800, height: 600 };
const picture = { width: 400, height: 200 };

describe("place", () => {
  it("fits the whole picture into the middle", () => {
    expect(place(WHOLE, pane, picture)).toEqual({ left: 0, top: 100, width: 800, height: 400 });
  });
});

describe("zoomAt", () => {
  it("keeps what is under the pointer there, while the pane's middle stays on the picture", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 150, max: 650, noNaN: true }),
        fc.double({ min: 150, max: 450, noNaN: true }),
        fc.double({ min: 1.01, max: 8, noNaN: true }),
        (x, y, factor) => {
          const before = place(WHOLE, pane, picture);
          const u = (x - before.left) / before.width;
          const v = (y - before.top) / before.height;
          const view = zoomAt(WHOLE, factor, { x, y }, pane, picture);
          const after = place(view, pane, picture);
          expect(after.left + u * after.width).toBeCloseTo(x, 6);
          expect(after.top + v * after.height).toBeCloseTo(y, 6);
        },
      ),
    );
  });

  it("comes back to the whole picture, and never gets smaller", () => {
    const near = zoomAt(WHOLE, 4, { x: 600, y: 200 }, pane, picture);
    expect(zoomAt(near, 0.01, { x: 10, y: 10 }, pane, picture)).toEqual(WHOLE);
  });
});

it("pans by pixels of the pane, not beyond the picture", () => {
  const view = { x: 0.5, y: 0.5, zoom: 2 };
  expect(panBy(view, 160, 0, pane, picture).x).toBeCloseTo(0.4);
  expect(panBy(view, 1e6, 1e6, pane, picture)).toEqual({ x: 0, y: 0, zoom: 2 });
});
