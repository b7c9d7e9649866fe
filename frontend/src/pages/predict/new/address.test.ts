import { expect, it } from "vitest";
import { readParams, writeParams } from "@/lib/urlState";
import { NO_FILTERS } from "@/pages/dataset/imagesAddress";
import { idsIn, modelIn, MOST_NAMED, PREDICT_ADDRESS, predictAddress, selectionAddress } from "./address";

const read = (address: string) => readParams(PREDICT_ADDRESS, new URLSearchParams(address.split("?").pop()));

it("holds the whole form", () => {
  const options = { iou: 0.5, classes: ["cat, long-haired", "dog"], half: true };
  const params = writeParams(PREDICT_ADDRESS, new URLSearchParams(), {
    source: "stream",
    stream: "rtsp://camera/1",
    options,
  });
  expect(read(`?${params.toString()}`)).toMatchObject({
    source: "stream",
    stream: "rtsp://camera/1",
    options,
  });
  expect(writeParams(PREDICT_ADDRESS, params, { source: "files", stream: "", options: {} }).toString()).toBe(
    "",
  );
});

it("takes nothing for an option that is no value of one", () => {
  expect(read('?options={"iou":0.4,"classes":[1],"imgsz":{"a":1},"half":null}').options).toEqual({
    iou: 0.4,
  });
  for (const broken of ["{", "[1]", "7", "null"]) expect(read(`?options=${broken}`).options).toEqual({});
});

it("understands addresses from before models had references", () => {
  expect(modelIn(read("?checkpoint=12"))).toBe("checkpoint:12");
  expect(modelIn(read("?checkpoint=12&model=weights:3"))).toBe("weights:3");
  expect(modelIn(read(""))).toBe("");
});

it("comes from a grid with its filters, or with the images that were chosen", () => {
  const filtered = read(predictAddress("cats", "?class=7&search=a%26b&ordering=-updated_at&tile=large"));
  expect(filtered).toMatchObject({
    source: "dataset",
    dataset: "cats",
    filter: "class=7&search=a%26b",
    images: "",
  });
  expect(read(predictAddress("cats", "?ordering=stem")).filter).toBe("");
  const id = "0b6f0a2e-7d0d-4a51-9b87-0d8f3a1f0c11";
  const chosen = read(predictAddress("cats", "?class=7", [id, id]));
  expect(chosen.filter).toBe("");
  expect(idsIn(chosen.images)).toEqual([id, id]);
  expect(idsIn("x,<b>,")).toEqual([]);
});

it("names a selection of the grid where an address can", () => {
  const ids = (count: number) => ({ ids: Array.from({ length: count }, (_, i) => `image-${i}`) });
  const all = (excluded: string[]) => ({ filters: NO_FILTERS, excluded });
  expect(selectionAddress("cats", "?split=val", all([]))).toBe(predictAddress("cats", "?split=val"));
  expect(selectionAddress("cats", "?split=val", all(["a"]))).toBeNull();
  expect(selectionAddress("cats", "", ids(MOST_NAMED))).toContain("images=image-0");
  expect(selectionAddress("cats", "", ids(MOST_NAMED + 1))).toBeNull();
});
