import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import { stubApi } from "@/pages/editor/testing";
import { renderApp } from "@/test/render";
import type { BulkResult } from "@/api/types";
import { describeResult } from "@/lib/results";
import { BulkBar } from "./BulkBar";
import { NO_FILTERS } from "./imagesAddress";

afterEach(() => vi.unstubAllGlobals());

const bar = {
  slug: "pond",
  count: 2,
  total: 10_240,
  classList: [],
  tags: [],
  role: "lead" as const,
  members: [],
  myId: 1,
  nameOf: () => undefined,
};

it("says that a job is under way", () => {
  const job = { title: "Move images to val in Pond" } as BulkResult["job"];
  const words = describeResult({ changed: 0, skipped: [], job }, "image", "moved to val");
  expect(words).toMatch(/^Move images to val in Pond: under way/);
});

it("offers all that match, and sends the filters instead of ids", async () => {
  const job = { id: 4, title: "Move images to val in Pond" };
  const sent = stubApi({
    "POST /api/datasets/pond/images/bulk/": () => ({ changed: 0, skipped: [], job }),
  });
  const onSelectAll = vi.fn();
  const { unmount } = renderApp(
    <BulkBar {...bar} selection={{ ids: ["a", "b"] }} onClear={vi.fn()} onSelectAll={onSelectAll} />,
  );
  await userEvent.click(await screen.findByRole("button", { name: "Select all 10,240 images" }));
  expect(onSelectAll).toHaveBeenCalledOnce();
  unmount();
  const filters = { ...NO_FILTERS, split: "train" as const, is_empty: true };
  const onClear = vi.fn();
  renderApp(
    <BulkBar
      {...bar}
      count={10_239}
      selection={{ filters, excluded: ["c"] }}
      onClear={onClear}
      onSelectAll={vi.fn()}
    />,
  );
  await screen.findByText("10,239 images selected");
  await userEvent.click(screen.getByRole("button", { name: "Move to split" }));
  await userEvent.click(await screen.findByRole("menuitem", { name: "Val" }));
  await waitFor(() => expect(onClear).toHaveBeenCalledOnce());
  expect(sent.at(-1)).toMatchObject({
    body: { filters: { split: "train", is_empty: true }, excluded: ["c"], action: "set_split", split: "val" },
  });
});
