import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { flag, matching, numberIn, oneOf, readParams, text, writeParams } from "./urlState";

const codecs = {
  search: text(),
  split: oneOf(["all", "train", "val"], "all"),
  confidence: numberIn(0, 1, 0.25, 3),
  overlay: flag(),
  person: matching(/^(me|\d+)$/, "all"),
};

describe("address state", () => {
  it("answers defaults for an empty or a broken address", () => {
    const defaults = { search: "", split: "all", confidence: 0.25, overlay: false, person: "all" };
    expect(readParams(codecs, new URLSearchParams())).toEqual(defaults);
    expect(
      readParams(codecs, new URLSearchParams("split=nonsense&confidence=x&overlay=maybe&person=Ana")),
    ).toEqual(defaults);
  });

  it("clamps numbers", () => {
    expect(readParams(codecs, new URLSearchParams("confidence=7")).confidence).toBe(1);
  });

  it("leaves defaults and foreign parameters alone", () => {
    const params = writeParams(codecs, new URLSearchParams("tab=mask&split=val"), {
      split: "all",
      search: "duck",
    });
    expect(params.toString()).toBe("tab=mask&search=duck");
  });

  it("reads back what it wrote", () => {
    fc.assert(
      fc.property(
        fc.record({
          search: fc.string(),
          split: fc.constantFrom("all" as const, "train" as const, "val" as const),
          confidence: fc.integer({ min: 0, max: 1000 }).map((n) => n / 1000),
          overlay: fc.boolean(),
          person: fc.constantFrom("all", "me", "12"),
        }),
        (values) => {
          const address = writeParams(codecs, new URLSearchParams(), values).toString();
          expect(readParams(codecs, new URLSearchParams(address))).toEqual(values);
        },
      ),
    );
  });
});
