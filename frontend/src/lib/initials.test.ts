import { expect, it } from "vitest";
import { initialsOf } from "./initials";

it.each([
  ["ana", "AN"],
  ["ana.lopez", "AL"],
  ["Ana María López", "AL"],
  ["annotator2", "AN"],
  ["x", "X"],
  ["étienne@example.org", "ÉO"],
  ["李小龙", "李小"],
  ["…", "?"],
])("%s is %s", (name, initials) => {
  expect(initialsOf(name)).toBe(initials);
});
