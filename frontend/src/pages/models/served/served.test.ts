import { describe, expect, it } from "vitest";
import { howToCall, LANGUAGES } from "./howToCall";
import { errorWords, formatMilliseconds, nameProblem } from "./words";

describe("howToCall", () => {
  it.each(LANGUAGES)("names the address, a token and the image in $label", ({ value }) => {
    const lines = howToCall(value, "https://segloop.example.org/api/models/helmets/predict/");
    expect(lines).toContain("https://segloop.example.org/api/models/helmets/predict/");
    expect(lines).toContain("SEGLOOP_TOKEN");
    expect(lines).toContain("image.jpg");
  });

  it("asks for label text only where labels are wanted", () => {
    expect(howToCall("labels", "x")).toContain("Accept: text/plain");
    expect(howToCall("curl", "x")).not.toContain("text/plain");
  });
});

describe("nameProblem", () => {
  it.each(["helmets", "cats-v2", "a_1", "2cats", ""])("takes %j", (name) => {
    expect(nameProblem(name)).toBeNull();
  });

  it.each(["12", "Cats", "a b", "-x", "a".repeat(61)])("refuses %j", (name) => {
    expect(nameProblem(name)).not.toBeNull();
  });
});

describe("formatMilliseconds", () => {
  it.each([
    [null, "–"],
    [0.14, "0.1 ms"],
    [151.4, "151 ms"],
    [12_340, "12.3 s"],
  ])("writes %j as %j", (value, words) => {
    expect(formatMilliseconds(value)).toBe(words);
  });
});

it("says an error that it does not know by its code", () => {
  expect(errorWords("limit_reached")).toBe("Limit of a token reached");
  expect(errorWords("disk_full")).toBe("disk full");
});
