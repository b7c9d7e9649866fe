import { beforeEach, describe, expect, it, vi } from "vitest";
import { borrowSurface, giveBackSurface } from "./surface";

const clearRect = vi.fn();

beforeEach(() => {
  clearRect.mockClear();
  // happy-dom has no pixels.
  vi.spyOn(HTMLCanvasElement.prototype, "getContext").mockImplementation(() => ({ clearRect }) as never);
});

describe("borrowed surfaces", () => {
  it("are used again, empty, once they were given back", () => {
    const first = borrowSurface({ width: 10.2, height: 20 });
    expect(borrowSurface({ width: 10.2, height: 20 })).not.toBe(first);
    giveBackSurface(first);
    expect(borrowSurface({ width: 11, height: 20 })).toBe(first);
    expect(clearRect).toHaveBeenCalledExactlyOnceWith(0, 0, 11, 20);
  });

  it("are never of another size", () => {
    const narrow = borrowSurface({ width: 5, height: 5 });
    giveBackSurface(narrow);
    expect(borrowSurface({ width: 6, height: 5 })).not.toBe(narrow);
    expect(borrowSurface({ width: 5, height: 5 })).toBe(narrow);
  });

  it("are kept by the few: the newest", () => {
    const many = [1, 2, 3, 4].map(() => borrowSurface({ width: 7, height: 7 }));
    many.forEach(giveBackSurface);
    const again = [1, 2, 3, 4].map(() => borrowSurface({ width: 7, height: 7 }));
    expect(again.filter((surface) => many.includes(surface))).toHaveLength(3);
    expect(again[0]).toBe(many[3]);
  });
});
