import { fireEvent, screen, waitFor } from "@testing-library/react";
import { beforeEach, expect, it, vi } from "vitest";
import type { Dataset, FindingList } from "@/api/types";
import { renderApp } from "@/test/render";
import { FindingsPanel } from "./FindingsPanel";

const finding = (over: object) => ({
  kind: "tiny",
  title: "Tiny objects",
  why: "Too small to learn.",
  repair: "Delete those below a size",
  images: 2,
  objects: 3,
  set_aside: 0,
  classes: [],
  ...over,
});
const list = (over: object = {}) =>
  ({
    computed_at: "2026-11-30T12:00:00Z",
    is_stale: false,
    unmeasured: 0,
    unlooked: 0,
    findings: [finding({})],
    ...over,
  }) as unknown as FindingList;
const answers = { list: list() };
const asked: (number | undefined)[] = [];
const repaired = vi.fn();

vi.mock("@/api/findings", () => ({
  useFindings: () => ({ data: answers.list, isError: false, isPending: false, isSuccess: true }),
  useRepairPreview: (_slug: string, _kind: string, below: number | undefined) => {
    asked.push(below);
    const data = { images: 2, objects: 3, consequences: [`3 objects smaller than ${below} px² go.`] };
    return { data, isSuccess: true, isPending: false, isError: false, isPlaceholderData: false };
  },
  useRepair: () => ({ mutate: repaired, isPending: false, isError: false, error: null }),
}));

const dataset = (role: string) =>
  ({ slug: "pond", role, classes: [{ id: 7, name: "swan" }] }) as unknown as Dataset;

beforeEach(() => {
  answers.list = list();
  asked.length = 0;
  repaired.mockClear();
});

it("says what, how much and why, and leads to exactly these images", () => {
  renderApp(<FindingsPanel dataset={dataset("annotator")} />);
  expect(screen.getByText("· 3 objects in 2 images", { exact: false })).toBeTruthy();
  expect(screen.getByText("Too small to learn.")).toBeTruthy();
  const show = screen.getByRole("link", { name: "Tiny objects: show 2 images" });
  expect(show.getAttribute("href")).toBe("/datasets/pond?finding=tiny");
  expect(screen.queryByRole("button", { name: /repair/ })).toBeNull();
});

it("shows what a repair does before it does it", async () => {
  renderApp(<FindingsPanel dataset={dataset("lead")} />);
  fireEvent.click(screen.getByRole("button", { name: "Tiny objects: repair" }));
  expect(await screen.findByText("3 objects smaller than 64 px² go.")).toBeTruthy();
  fireEvent.change(screen.getByLabelText("Delete objects smaller than"), { target: { value: "20" } });
  await waitFor(() => expect(asked).toContain(20));
  await waitFor(() =>
    expect(screen.getByRole("button", { name: "Repair" }).hasAttribute("disabled")).toBe(false),
  );
  fireEvent.click(screen.getByRole("button", { name: "Repair" }));
  expect(repaired.mock.calls[0]?.[0]).toBe(20);
});

it("says how many images are still to be looked at, and what was set aside", () => {
  answers.list = list({ unlooked: 12, findings: [finding({ images: 0, objects: 0, set_aside: 4 })] });
  renderApp(<FindingsPanel dataset={dataset("lead")} />);
  expect(screen.getByText("12 images still to be looked at by a worker")).toBeTruthy();
  const aside = screen.getByRole("link", { name: "4 images set aside as fine" });
  expect(aside.getAttribute("href")).toBe("/datasets/pond?finding=tiny&set_aside=1");
  expect(screen.queryByRole("button", { name: /repair/ })).toBeNull();
});

it("says that nothing was found", () => {
  answers.list = list({ findings: [finding({ images: 0, objects: 0 })] });
  renderApp(<FindingsPanel dataset={dataset("lead")} />);
  expect(screen.getByText("Nothing was found.")).toBeTruthy();
});
