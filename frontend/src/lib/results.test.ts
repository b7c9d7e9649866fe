import { expect, it } from "vitest";
import { describeResult } from "./results";

const skipped = (...reasons: string[]) => reasons.map((reason, i) => ({ id: String(i), reason }));

it.each([
  [{ changed: 1, skipped: [] }, "1 image restored."],
  [{ changed: 1200, skipped: [] }, "1,200 images restored."],
  [
    { changed: 2, skipped: skipped("It is gone.", "It is gone.") },
    "2 images restored. 2 images left as before: It is gone.",
  ],
  [{ changed: 0, skipped: skipped("It is gone.") }, "1 image left as before: It is gone."],
  [
    { changed: 0, skipped: skipped("It is gone.", "Its name is taken.") },
    "2 images left as before: It is gone. (and 1 other reason)",
  ],
])("tells of %j", (result, sentence) => {
  expect(describeResult(result, "image", "restored")).toBe(sentence);
});
