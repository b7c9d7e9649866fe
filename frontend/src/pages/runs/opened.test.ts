import { expect, test } from "vitest";
import { readParams } from "@/lib/urlState";
import { ADDRESS, chosenOther, openedAddress } from "./compare";

const address = readParams(ADDRESS, new URLSearchParams("runs=3,4,5&confidence=0.31&basis=box"));

test("a count leads to its images or objects, at the same confidence of the same runs", () => {
  const [path, rest = ""] = openedAddress(address, { other: 12, direction: "same" }, "images").split("?");
  const [query, hash] = rest.split("#");
  expect([path, hash]).toEqual(["/runs/compare", "images"]);
  const read = readParams(ADDRESS, new URLSearchParams(query));
  expect(read).toEqual({ ...address, other: 12, direction: "same" });
  const flipped = openedAddress(address, { flip: "found", class: 2 }, "flipped");
  expect(readParams(ADDRESS, new URLSearchParams(flipped.split(/[?#]/)[1]))).toMatchObject({
    flip: "found",
    class: 2,
    confidence: 0.31,
  });
});

test("without a choice, or with one that is not there, the second is compared with the first", () => {
  expect(chosenOther([7, 8, 9], { other: 0 })).toBe(8);
  expect(chosenOther([7, 8, 9], { other: 7 })).toBe(8);
  expect(chosenOther([7, 8, 9], { other: 9 })).toBe(9);
});
