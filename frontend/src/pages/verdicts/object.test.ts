import { describe, expect, it } from "vitest";
import { cropAround } from "./ObjectThumb";
import { editorAddress, fixAddress, kindsFor, queueFiltersFrom } from "./object";

describe("addresses", () => {
  it("names an object, or the whole image", () => {
    const object = { evaluation: 3, key: "12", side: "prediction", index: 4 } as const;
    expect(editorAddress("pond", "uuid", object, 0.30952)).toBe(
      "/datasets/pond/edit/uuid?evaluation=3&key=12&side=prediction&index=4&confidence=0.31",
    );
    expect(editorAddress("pond", "uuid", { evaluation: 3, key: "12" })).toBe(
      "/datasets/pond/edit/uuid?evaluation=3&key=12",
    );
  });

  it("carries the queue along, and reads it again", () => {
    const filters = { kind: "missing", assignee: "me", evaluation: 5 } as const;
    const address = fixAddress({ dataset: "pond", image: "uuid", id: 9 }, filters);
    const search = new URL(address, "http://x").searchParams;
    expect(search.get("verdict")).toBe("9");
    expect(queueFiltersFrom(search)).toEqual(filters);
    expect(
      queueFiltersFrom(new URLSearchParams("fix_kind=nonsense&fix_assignee=x&fix_evaluation=-1")),
    ).toEqual({});
  });
});

it("offers the likeliest verdict first, and none that makes no sense", () => {
  expect(kindsFor("prediction", "fp")).toEqual(["missing", "model"]);
  expect(kindsFor("label", "fn")[0]).toBe("extra");
  expect(kindsFor("prediction", "wrong_class")[0]).toBe("wrong_class");
  expect(kindsFor("label", "tp")).toEqual(["outline", "extra", "wrong_class", "model"]);
});

it("cuts a square around both outlines", () => {
  const crop = cropAround(
    [
      [60, 40, 100, 40, 100, 60],
      [60, 40, 70, 40, 70, 70],
    ],
    { width: 200, height: 100 },
  );
  expect(crop.side).toBeCloseTo(40 * 1.7);
  expect(crop.x + crop.side / 2).toBeCloseTo(80);
  // in the middle it would reach beyond the lower border
  expect(crop.y + crop.side).toBeCloseTo(Math.min(100, 55 + crop.side / 2));
  expect(cropAround([[0, 0, 10, 0, 10, 10]], { width: 200, height: 100 })).toMatchObject({ x: 0, y: 0 });
  expect(cropAround([[]], { width: 200, height: 100 })).toEqual({ x: 0, y: 0, side: 200 });
});
