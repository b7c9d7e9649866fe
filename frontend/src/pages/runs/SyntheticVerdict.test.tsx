import { screen } from "@testing-library/react";
import { afterEach, expect, it, vi } from "vitest";
import type { Run, SyntheticVerdict as Told } from "@/api/types";
import { renderApp } from "@/test/render";
import { stubApi } from "../editor/testing";
import { SyntheticVerdict } from "./SyntheticVerdict";

afterEach(() => vi.unstubAllGlobals());

const runs = [{ id: 4 }, { id: 7 }] as Run[];
const figure = (difference: number, change: "gained" | "lost" | "unclear") => ({
  first: 0.2,
  other: 0.2 + difference,
  difference,
  low: difference - 0.05,
  high: difference + 0.05,
  change,
});
const row = (class_index: number | null, difference: number, change: "gained" | "lost" | "unclear") => ({
  class_index,
  image_count: 40,
  map50_95: figure(difference, change),
  map50: figure(difference, change),
});
const run = (id: number, name: string) => ({
  id,
  name,
  state: "finished" as const,
  version: id,
  evaluation: id,
});
const verdict: Told = {
  id: 1,
  version: 7,
  base_number: 4,
  group: null,
  stage: "ready",
  error: "",
  plain_run: run(4, "night: without"),
  synthetic_run: run(7, "night: with"),
  class_names: ["spoon", "fork"],
  changes: {
    image_count: 40,
    resamples: 1000,
    level: 0.95,
    visible: 0.05,
    overall: row(null, 0.02, "unclear"),
    classes: [row(0, 0.1, "gained"), row(1, -0.1, "lost")],
  },
  words: ["In mask mAP50-95 spoon (+0.100) gained."],
  created_at: "2026-01-01T00:00:00Z",
};

it("says by class whether the synthetic examples helped, where the two runs are compared", async () => {
  stubApi({ "GET /api/runs/4/synthetic-verdict/": () => ({ verdict }) });
  renderApp(<SyntheticVerdict runs={runs} />);
  expect(await screen.findByText("Do the synthetic examples help?")).toBeTruthy();
  expect(screen.getByRole("row", { name: /spoon 40 Gained/ })).toBeTruthy();
  expect(screen.getByRole("row", { name: /fork 40 Lost/ })).toBeTruthy();
  expect(screen.getByRole("row", { name: /All classes 40 Not distinguishable/ })).toBeTruthy();
  expect(screen.queryByText("Compare both in full")).toBeNull();
});

it("shows nothing of other runs", async () => {
  const sent = stubApi({ "GET /api/runs/4/synthetic-verdict/": () => ({ verdict: null }) });
  renderApp(<SyntheticVerdict runs={runs} />);
  await vi.waitFor(() => expect(sent).not.toHaveLength(0));
  expect(screen.queryByText("Do the synthetic examples help?")).toBeNull();
});
