import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it, vi } from "vitest";
import type { RunCheck } from "@/api/types";
import { renderApp } from "@/test/render";
import { CheckResult, resultWords } from "./CheckResult";

const result = {
  fits: true,
  batch: 16,
  seconds_per_epoch: 25,
  startup_seconds: 10,
  estimated_seconds: 2510,
  images_per_second: 31.04,
  peak_memory_mb: 1200,
  memory_total_mb: 24000,
};
const check = (over: Partial<RunCheck>): RunCheck => ({
  id: 1,
  state: "finished",
  waits_for: "",
  error: "",
  error_hint: "",
  steps: [],
  result: null,
  created_at: "",
  ...over,
});

it.each([
  [{}, 1, "Fits: 1.2 GB of 24.0 GB of memory. About 41 min 50 s: 25 s an epoch, 31.0 images/s."],
  [
    { memory_total_mb: null },
    3,
    "Fits: 1.2 GB of memory. About 41 min 50 s for each run: 25 s an epoch, 31.0 images/s.",
  ],
  [
    { fits: false, batch: 4 },
    1,
    "Does not fit: batch 4 would (1.2 GB of 24.0 GB). About 41 min 50 s: 25 s an epoch, 31.0 images/s.",
  ],
])("%j of %d runs: %s", (over, runs, words) => {
  expect(resultWords({ ...result, ...over }, runs)).toBe(words);
});

it("offers the batch that fits", async () => {
  const onUseBatch = vi.fn();
  const found = check({ result: { ...result, fits: false, batch: 4 } });
  renderApp(<CheckResult check={found} stale={false} runs={1} onUseBatch={onUseBatch} />);
  await userEvent.click(screen.getByRole("button", { name: "Use batch 4" }));
  expect(onUseBatch).toHaveBeenCalledWith(4);
});

it("says which part is in trouble, and that the form has changed", () => {
  const steps = [
    { name: "val", ok: false, detail: "The val split is empty." },
    { name: "disk", ok: true, detail: "There is enough space." },
  ];
  renderApp(
    <CheckResult
      check={check({
        state: "failed",
        error: "It cannot be trained.",
        error_hint: "Put images into val.",
        steps,
      })}
      stale
      runs={1}
      onUseBatch={() => undefined}
    />,
  );
  expect(screen.getByText("The val split is empty.", { exact: false }).textContent).toContain("Val images.");
  expect(screen.getByLabelText("Trouble")).toBeTruthy();
  expect(screen.getByText("The form has changed since this check.")).toBeTruthy();
  expect(screen.getByText("Put images into val.")).toBeTruthy();
});
