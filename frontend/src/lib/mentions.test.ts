import { describe, expect, it } from "vitest";
import { callAt, complete, matching } from "./mentions";

describe("a call in a comment", () => {
  it.each([
    ["@", { start: 0, name: "" }],
    ["look @an", { start: 5, name: "an" }],
    ["(@b.o", { start: 1, name: "b.o" }],
    ["@Zoë", { start: 0, name: "Zoë" }],
    ["ana@exa", null],
    ["@ana ", null],
    ["", null],
  ])("is found at the caret: “%s”", (text, call) => {
    expect(callAt(text, text.length)).toEqual(call);
  });

  it("is made out in full where the caret is, with one space after it", () => {
    const text = "Ask @an about it";
    const call = callAt(text, 7);
    expect(call && complete(text, 7, call, "ana")).toEqual({ text: "Ask @ana about it", caret: 9 });
    expect(complete("@", 1, { start: 0, name: "" }, "ben")).toEqual({ text: "@ben ", caret: 5 });
  });

  it("finds people by username and by each word of their name", () => {
    const people = [
      { username: "ana", display_name: "Ana Ortiz" },
      { username: "ben", display_name: "ben" },
    ];
    expect(matching(people, "ORT").map(({ username }) => username)).toEqual(["ana"]);
    expect(matching(people, "na")).toEqual([]);
    expect(matching(people, "", 1)).toHaveLength(1);
  });
});
