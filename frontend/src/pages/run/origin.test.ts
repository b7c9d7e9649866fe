import { expect, it } from "vitest";
import { opensOnResults } from "./origin";

it.each([
  ["here", "finished", false],
  ["here", "running", false],
  ["elsewhere", "finished", true],
  ["uploaded", "finished", true],
  ["elsewhere", "failed", false],
] as const)("a run trained %s that has %s", (origin, state, results) => {
  expect(opensOnResults({ origin, state })).toBe(results);
});
