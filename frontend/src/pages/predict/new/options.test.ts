import { describe, expect, it } from "vitest";
import type { PredictOption } from "@/api/types";
import {
  defaultWords,
  faultOfOption,
  faultsOf,
  optionsFor,
  sentOptions,
  valueOf,
  withOption,
} from "./options";

const option = (name: string, change: Partial<PredictOption> = {}): PredictOption => ({
  name,
  kind: "number",
  default: 0.7,
  minimum: 0,
  maximum: 1,
  choices: [],
  only: "",
  help: "",
  ...change,
});
const IOU = option("iou");
const SIZE = option("imgsz", { kind: "integer", default: null, minimum: 32, maximum: 4096 });
const HALF = option("half", { kind: "switch", default: false, minimum: null, maximum: null });
const CLASSES = option("classes", { kind: "classes", default: null, minimum: null, maximum: null });
const TRACK = option("track", { kind: "choice", default: "", choices: ["", "botsort"], only: "video" });
const SECONDS = option("seconds", { default: 60, maximum: 86_400, only: "stream" });
const ALL = [option("conf"), IOU, SIZE, HALF, CLASSES, TRACK, SECONDS];
const names = (options: readonly PredictOption[]) => options.map(({ name }) => name);

it("has those of videos for videos and streams alone", () => {
  expect(names(optionsFor(ALL, "dataset", false))).toEqual(["iou", "imgsz", "half", "classes"]);
  expect(names(optionsFor(ALL, "files", true))).toContain("track");
  expect(names(optionsFor(ALL, "stream", false))).toEqual(["iou", "imgsz", "half", "classes", "track"]);
});

it("keeps what differs from the default", () => {
  expect(withOption({}, IOU, 0.5)).toEqual({ iou: 0.5 });
  expect(withOption({ iou: 0.5, half: true }, IOU, 0.7)).toEqual({ half: true });
  expect(withOption({ classes: ["cat"] }, CLASSES, [])).toEqual({});
  expect(withOption({ imgsz: 320 }, SIZE, null)).toEqual({});
  expect(valueOf(IOU, {})).toBe(0.7);
});

describe("a value", () => {
  it.each([
    [IOU, 1.5, "From 0 to 1."],
    [IOU, "x", "A number."],
    [SIZE, 333, "A multiple of 32."],
    [SIZE, 32.5, "A whole number."],
    [SIZE, 8192, "From 32 to 4096."],
    [SIZE, 640, ""],
    [HALF, 1, "On or off."],
    [TRACK, "sort", "One of botsort."],
    [TRACK, "", ""],
    [CLASSES, ["cat", "cow"], "The model does not know the class “cow”."],
    [CLASSES, "cat", "A list of classes."],
    [CLASSES, ["cat"], ""],
  ] as const)("of %o may not be %o: %s", (which, value, fault) => {
    expect(faultOfOption(which, value as never, ["cat"])).toBe(fault);
  });

  it("is neither wrong nor sent where the source has no such option", () => {
    const values = { track: "sort", iou: 2, unknown: 1 };
    expect(faultsOf(optionsFor(ALL, "url", false), values, [])).toEqual({ iou: "From 0 to 1." });
    expect(sentOptions(optionsFor(ALL, "url", false), values)).toEqual({ iou: 2 });
  });
});

it("says each default", () => {
  expect([IOU, SIZE, HALF, CLASSES, TRACK].map(defaultWords)).toEqual([
    "default 0.7",
    "default the model's own",
    "default off",
    "default all",
    "default none",
  ]);
});
