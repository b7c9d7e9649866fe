import { describe, expect, it } from "vitest";
import { describeRest, parseClassList } from "./classList";

describe("parseClassList", () => {
  it.each([
    ["one a line", "cat\ndog\n", ["cat", "dog"]],
    ["commas", "cat, dog , traffic light", ["cat", "dog", "traffic light"]],
    ["both, from Windows", "cat, dog\r\nbird", ["cat", "dog", "bird"]],
    ["a list of data.yaml", "- cat\n- 'dog'", ["cat", "dog"]],
    ["names of data.yaml", '0: cat\n1: "dog"\n10: 3 phase motor', ["cat", "dog", "3 phase motor"]],
    ["a comma at the end", "cat, dog,", ["cat", "dog"]],
    ["nothing", " \n ", []],
  ])("reads %s", (_, text, names) => {
    expect(parseClassList(text, [])).toEqual({ names, repeated: [], known: [], tooLong: [], empty: 0 });
  });

  it("tells what is there twice, here already, too long or empty", () => {
    const long = "x".repeat(81);
    const list = parseClassList(`cat\n\ndog, ,cat\nbird\n${long}`, ["bird", "Cat"]);
    expect(list).toEqual({
      names: ["cat", "dog"],
      repeated: ["cat"],
      known: ["bird"],
      tooLong: [long],
      empty: 2,
    });
    expect(describeRest(list)).toHaveLength(4);
    expect(describeRest(parseClassList("cat", []))).toEqual([]);
  });
});
