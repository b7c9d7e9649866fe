import { expect, it } from "vitest";
import { describeFixes } from "./VersionFixes";

it("says how many labels were mended, and in what way", () => {
  const none = { total: 0, missing: 0, extra: 0, wrong_class: 0, outline: 0, sources: [] };
  expect(describeFixes(none)).toBe("");
  expect(describeFixes({ ...none, total: 1, missing: 1 })).toBe("1 fix: 1 missing");
  expect(describeFixes({ ...none, total: 12, missing: 5, wrong_class: 4, outline: 3 })).toBe(
    "12 fixes: 5 missing, 4 wrong class, 3 outline",
  );
});
