import { describe, expect, it } from "vitest";
import type { Epoch } from "@/api/types";
import { chartColors } from "@/components/chart/style";
import { lossLook, overlayOption, smooth, valLoss } from "./curves";

const colors = chartColors("light");
const row = (epoch: number, loss: number, map50: number) =>
  ({
    epoch,
    train: { box: loss, seg: loss, cls: loss, dfl: loss },
    val: { box: loss, seg: loss, cls: loss, dfl: loss },
    mask: { map50 },
    box: { map50 },
  }) as Epoch;
const rows = [row(1, 4, 0.1), row(2, 2, 0.3), row(3, 0, 0.2)];
type Option = { series: { name: string; data: [number, number | null][] }[]; yAxis: { type: string } };

describe("smoothing", () => {
  it("is off at 0, keeps a constant, and leaves gaps alone", () => {
    expect(smooth([1, 2, 3], 0)).toEqual([1, 2, 3]);
    const flat = smooth([5, 5, null, 5], 0.9);
    expect(flat.map((value) => value && Number(value.toFixed(9)))).toEqual([5, 5, null, 5]);
  });

  it("is TensorBoard's: 1, then (0.5·1 + 3) · 0.5 / 0.75 = 2.333…", () => {
    expect(smooth([1, 3], 0.5)[1]).toBeCloseTo(7 / 3, 9);
  });
});

describe("the losses", () => {
  it("on a log axis have a gap where a loss is 0", () => {
    const option = lossLook(colors, rows, 3, { smoothing: 0, log: true }) as unknown as Option;
    expect(option.yAxis.type).toBe("log");
    expect(option.series[0]?.data).toEqual([
      [1, 4],
      [2, 2],
      [3, null],
    ]);
    const plain = lossLook(colors, rows, 3, { smoothing: 0, log: false }) as unknown as Option;
    expect(plain.yAxis.type).toBe("value");
    expect(plain.series[0]?.data[2]).toEqual([3, 0]);
  });
});

describe("other runs", () => {
  it("are a line each, named and numbered apart", () => {
    const runs = [
      { id: 4, name: "night", rows },
      { id: 7, name: "night", rows: rows.slice(0, 1) },
    ];
    const losses = overlayOption(colors, runs, "loss", { smoothing: 0, log: false }) as unknown as Option;
    expect(losses.series.map(({ name }) => name)).toEqual(["night #4", "night #7"]);
    expect(losses.series[0]?.data[0]).toEqual([1, 16]);
    expect(valLoss(rows[0] as Epoch)).toBe(16);
    const masks = overlayOption(colors, runs, "mask", { smoothing: 0, log: true }) as unknown as Option;
    expect(masks.series[0]?.data[1]).toEqual([2, 0.3]);
    expect(masks.yAxis.type).toBe("value"); // a metric needs no log axis
  });
});
