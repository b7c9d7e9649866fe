import { expect, it } from "vitest";
import { filtersFrom, queryOf } from "./queries";

it.each([
  "",
  "split=val&status=done&class=3&search=pond",
  "assignee=me&has_comment=1",
  "assignee=none",
  "assignee=12",
])("carries the filters of the images page along: %s", (query) => {
  expect(queryOf(filtersFrom(new URLSearchParams(query)))).toBe(query);
});

it("leaves out what is no filter, and keeps the order of the grid", () => {
  const query = "split=all&class=0&assignee=somebody&has_comment=0&comment=7&ordering=-updated_at";
  expect(filtersFrom(new URLSearchParams(query))).toEqual({ ordering: "-updated_at" });
});
