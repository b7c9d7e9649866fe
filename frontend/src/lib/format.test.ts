import { describe, expect, it } from "vitest";
import { formatAgo, formatBytes, formatDuration, formatMetric, plural } from "./format";

describe("formatDuration", () => {
  it.each([
    [0, "0 s"],
    [59.4, "59 s"],
    [59.6, "1 min"],
    [125, "2 min 5 s"],
    [3600, "1 h"],
    [4800, "1 h 20 min"],
    [273_600, "3 d 4 h"],
    [null, "–"],
    [Infinity, "–"],
  ])("%s → %s", (seconds, text) => expect(formatDuration(seconds)).toBe(text));
});

it("formats bytes in decimal units", () => {
  expect(formatBytes(999)).toBe("999 B");
  expect(formatBytes(6_780_000)).toBe("6.8 MB");
  expect(formatBytes(123_400_000)).toBe("123 MB");
});

it("counts in words", () => {
  expect(plural(1, "class", "classes")).toBe("1 class");
  expect(plural(100_000, "image")).toBe("100,000 images");
});

it("prints a missing metric as a dash, and zero as a number", () => {
  expect(formatMetric(null)).toBe("–");
  expect(formatMetric(Number.NaN)).toBe("–");
  expect(formatMetric(0)).toBe("0.000");
});

it("tells how long ago", () => {
  const now = Date.parse("2026-01-10T12:00:00Z");
  expect(formatAgo("2026-01-10T11:59:40Z", now)).toBe("just now");
  expect(formatAgo("2026-01-10T11:30:00Z", now)).toBe("30 min ago");
  expect(formatAgo("2026-01-09T12:00:00Z", now)).toBe("1 day ago");
  expect(formatAgo("2025-12-01T12:00:00Z", now)).toBe("Dec 1, 2025");
});
