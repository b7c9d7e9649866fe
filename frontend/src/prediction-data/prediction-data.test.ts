import { describe, expect, it } from "vitest";
import { type Columns, parseColumns, placeOf } from "./columns";
import { cutParams, type Cut, HIDDEN, keeps, thousandthsOf, thresholdsOf } from "./cut";
import { drawnOf } from "./looks";
import { histogramOf, type Order, overTime, selectImages, type Show, spreadOf, tallyOf } from "./tally";

/** The same five images as tests/training/predictions/results/conftest.py: [class, thousandths] of each object. */
const FOUND = [
  [
    [0, 900],
    [1, 700],
    [0, 300],
  ],
  [
    [1, 251],
    [1, 250],
    [0, 60],
  ],
  [],
  [],
  [[0, 100]],
] as const;

function columnsOf(over: Partial<Columns> = {}): Columns {
  const start = [0];
  for (const image of FOUND) start.push((start.at(-1) as number) + image.length);
  const objects = FOUND.flat();
  return {
    isWhole: true,
    imageCount: FOUND.length,
    classNames: ["disc", "diamond"],
    position: Uint32Array.of(0, 2, 3, 7, 9),
    hasError: Uint8Array.of(0, 0, 0, 1, 0),
    start: Uint32Array.from(start),
    byName: Uint32Array.of(4, 0, 1, 2, 3),
    classIndex: Uint16Array.from(objects, ([own]) => own),
    thousandths: Uint16Array.from(objects, ([, confidence]) => confidence),
    timeMs: null,
    ...over,
  };
}

const cut = (over: Partial<Cut> = {}): Cut => ({
  confidence: 0.05,
  ofClass: new Map(),
  hidden: new Set(),
  ...over,
});
const countsAt = (which: Cut) => [...tallyOf(columnsOf(), thresholdsOf(which, 2)).ofImage];

describe("a cut", () => {
  it.each([
    [cut(), [3, 3, 0, 0, 1]],
    [cut({ confidence: 0.25 }), [3, 2, 0, 0, 0]],
    [cut({ confidence: 0.251 }), [3, 1, 0, 0, 0]],
    [cut({ confidence: 0.3, ofClass: new Map([[1, 0.701]]) }), [2, 0, 0, 0, 0]],
    [cut({ hidden: new Set([0]) }), [1, 2, 0, 0, 0]],
    [cut({ hidden: new Set([0, 1]) }), [0, 0, 0, 0, 0]],
  ])("counts as the server does: %#", (which, expected) => {
    expect(countsAt(which)).toEqual(expected);
  });

  it("is where people read it, also for numbers that are no binary fractions", () => {
    for (const confidence of [0.07, 0.29, 0.57, 0.58, 0.7, 0.999]) {
      expect(keeps(cut({ confidence }), { class_index: 0, confidence })).toBe(true);
      expect(keeps(cut({ confidence }), { class_index: 0, confidence: confidence - 0.00001 })).toBe(false);
      expect(thousandthsOf(confidence)).toBe(Math.round(confidence * 1000));
    }
  });

  it("is named in requests", () => {
    expect(cutParams(cut({ confidence: 0.4 }), 3)).toEqual({ confidence: 0.4 });
    expect(cutParams(cut({ ofClass: new Map([[2, 0.5]]), hidden: new Set([1]) }), 3)).toEqual({
      confidence: 0.05,
      confidences: "2:0.500",
      classes: "0,2",
    });
  });
});

describe("tallyOf", () => {
  it("counts objects, and images that hold a class", () => {
    const tally = tallyOf(columnsOf(), thresholdsOf(cut({ confidence: 0.25 }), 2));
    expect([...tally.ofClass]).toEqual([2, 3]);
    expect([...tally.imagesOfClass]).toEqual([1, 2]);
    expect([tally.total, tally.found, tally.errors]).toEqual([5, 2, 1]);
  });
});

describe("selectImages", () => {
  const columns = columnsOf();
  const select = (show: Show, order: Order = "position", classIndex = -1, confidence = 0.25) => {
    const thresholds = thresholdsOf(cut({ confidence }), 2);
    return [...selectImages(columns, tallyOf(columns, thresholds), thresholds, { show, order, classIndex })];
  };

  it("filters by what was found", () => {
    expect(select("all")).toEqual([0, 1, 2, 3, 4]);
    expect(select("found")).toEqual([0, 1]);
    expect(select("nothing")).toEqual([2, 4]);
    expect(select("errors")).toEqual([3]);
    expect(select("all", "position", 0)).toEqual([0]);
    expect(select("found", "position", 0, 0.05)).toEqual([0, 1, 4]);
  });

  it("sorts", () => {
    expect(select("all", "name")).toEqual([4, 0, 1, 2, 3]);
    expect(select("all", "errors")).toEqual([3, 0, 1, 2, 4]);
    expect(select("all", "most", -1, 0.26)).toEqual([0, 1, 2, 3, 4]);
    expect(select("all", "surest", -1, 0.05)).toEqual([0, 1, 4, 2, 3]);
    expect(select("found", "unsurest", -1, 0.05)).toEqual([1, 4, 0]);
  });
});

describe("charts", () => {
  it("count how many images hold how many objects", () => {
    const tally = tallyOf(columnsOf(), thresholdsOf(cut(), 2));
    expect(spreadOf(tally, columnsOf().hasError)).toEqual([1, 1, 0, 2]);
    expect(spreadOf(tally, columnsOf().hasError, 2)).toEqual([1, 1, 2]);
  });

  it("count each object once by confidence", () => {
    const [disc, diamond] = histogramOf(columnsOf(), 2);
    expect(disc?.reduce((sum, count) => sum + count)).toBe(4);
    expect(diamond?.[25]).toBe(2);
  });

  it("take the mean of the frames of a part of a video", () => {
    const columns = columnsOf({ timeMs: Uint32Array.of(0, 10, 20, 30, 40) });
    const { means } = overTime(columns, thresholdsOf(cut(), 2), 2);
    expect(means[0]).toEqual([1, 0.5]);
    expect(means[1]).toEqual([1, 0]);
  });
});

describe("drawnOf", () => {
  const instance = (class_index: number, confidence: number) => ({
    class_index,
    class_name: "disc",
    color: "#112233",
    confidence,
    polygon: [0, 0, 1, 0, 1, 1],
    box: [0, 0, 1, 1],
    track: null,
  });
  const instances = [instance(0, 0.9), instance(1, 0.5), instance(0, 0.3)];

  it("draws what reaches the cut", () => {
    expect(drawnOf(instances, cut({ confidence: 0.4 }), "class", true).map(({ caption }) => caption)).toEqual(
      ["disc 0.900", "disc 0.500"],
    );
  });

  it("keeps the colour of an object when the slider moves", () => {
    const all = drawnOf(instances, cut(), "object", false);
    const some = drawnOf(instances, cut({ hidden: new Set([1]) }), "object", false);
    expect(some.map(({ color }) => color)).toEqual([all[0]?.color, all[2]?.color]);
    expect(new Set(all.map(({ color }) => color)).size).toBe(3);
  });
});

describe("columns", () => {
  it("find an image by its position", () => {
    const columns = columnsOf();
    expect([0, 2, 3, 7, 9].map((position) => placeOf(columns, position))).toEqual([0, 1, 2, 3, 4]);
    expect([1, 8, 10].map((position) => placeOf(columns, position))).toEqual([-1, -1, -1]);
  });

  it("read the server's bytes, and refuse others with a sentence", () => {
    const arrays = [
      ["position", "uint32", Uint32Array.of(5)],
      ["has_error", "uint8", Uint8Array.of(0)],
      ["start", "uint32", Uint32Array.of(0, 1)],
      ["by_name", "uint32", Uint32Array.of(0)],
      ["class_index", "uint16", Uint16Array.of(1)],
      ["thousandths", "uint16", Uint16Array.of(HIDDEN - 1)],
    ] as const;
    const parts: Uint8Array[] = [];
    let offset = 0;
    const listed = arrays.map(([name, type, array]) => {
      const padded = new Uint8Array(Math.ceil(array.byteLength / 4) * 4);
      padded.set(new Uint8Array(array.buffer));
      parts.push(padded);
      offset += padded.length;
      return { name, type, length: array.length, offset: offset - padded.length };
    });
    const header = { format: 1, is_whole: true, image_count: 1, instance_count: 1, class_names: ["a", "b"] };
    const text = new TextEncoder().encode(JSON.stringify({ ...header, arrays: listed }).padEnd(800, " "));
    const bytes = new Uint8Array(4 + text.length + offset);
    new DataView(bytes.buffer).setUint32(0, text.length, true);
    bytes.set(text, 4);
    let at = 4 + text.length;
    for (const part of parts) {
      bytes.set(part, at);
      at += part.length;
    }
    const columns = parseColumns(bytes.buffer);
    expect([columns.position[0], columns.thousandths[0], columns.timeMs]).toEqual([5, 1000, null]);
    expect(() => parseColumns(bytes.buffer.slice(0, 3))).toThrow("cut off");
    expect(() => parseColumns(bytes.buffer.slice(0, 4 + text.length))).toThrow("lacks the column");
  });
});
