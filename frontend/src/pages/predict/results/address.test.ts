import { expect, it } from "vitest";
import { readParams, writeParams } from "@/lib/urlState";
import { ADDRESS, confidences, cutOf, indexes } from "./address";
import { toggled } from "./Gallery";

it("keeps sliders, switches, filter, order and image in the address", () => {
  const params = writeParams(ADDRESS, new URLSearchParams(), {
    confidence: 0.4,
    at: [[2, 0.75]],
    off: [0, 3],
    show: "found",
    order: "most",
    image: "17",
  });
  expect(params.toString()).toBe("confidence=0.4&at=2%3A0.75&off=0%2C3&show=found&order=most&image=17");
  const address = readParams(ADDRESS, params);
  expect(cutOf(address, address.confidence)).toEqual({
    confidence: 0.4,
    ofClass: new Map([[2, 0.75]]),
    hidden: new Set([0, 3]),
  });
});

it.each(["", "x", "1:", ":0.5", "1:2", "1:-1", "1:NaN", "-1:0.5", "1e3:0.5"])(
  "takes %j for no confidence of a class",
  (raw) => expect(confidences.parse(raw)).toEqual([]),
);

it("takes only indexes for switches", () => {
  expect(indexes.parse("0,x,-1,2,1.5")).toEqual([0, 2]);
  expect(indexes.parse(null)).toEqual([]);
});

it("chooses images, and with a range all between in the order of the gallery, errors aside", () => {
  const columns = { position: Uint32Array.of(0, 10, 20, 30), hasError: Uint8Array.of(0, 0, 1, 0) };
  const order = Uint32Array.of(3, 2, 1, 0);
  const one = toggled(new Set(), 30, null, order, columns);
  expect([...one]).toEqual([30]);
  expect([...toggled(one, 30, null, order, columns)]).toEqual([]);
  expect([...toggled(one, 10, 30, order, columns)]).toEqual([30, 10]);
});
