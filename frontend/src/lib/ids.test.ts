import { expect, it } from "vitest";
import { idList } from "./ids";

it.each([
  [null, []],
  ["", []],
  ["3,5,3", [3, 5]],
  ["a,-1,0,7,1.5", [7]],
])("%s are %j", (raw, ids) => expect(idList.parse(raw)).toEqual(ids));

it("writes what it reads, and nothing for none", () => {
  expect(idList.format([3, 5])).toBe("3,5");
  expect(idList.format([])).toBeNull();
});
