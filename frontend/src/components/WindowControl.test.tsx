import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, expect, it, vi } from "vitest";
import type { DatasetWindow } from "@/api/types";
import { renderApp } from "@/test/render";
import { WindowControl } from "./WindowControl";

let state: DatasetWindow;
const sent: unknown[] = [];

beforeEach(() => {
  state = { low: 100, high: 900, is_automatic: true, lowest: 0, highest: 4000, images: 12, waiting: 0 };
  sent.length = 0;
  vi.stubGlobal("fetch", async (request: Request) => {
    if (request.method === "PUT") {
      const body = (await request.json()) as { low?: number; high?: number };
      sent.push(body);
      state = { ...state, ...body, is_automatic: body.low === undefined, waiting: 12 };
    }
    return Response.json(state);
  });
});

it("tries a window out before it is used for all", async () => {
  const onTry = vi.fn();
  renderApp(<WindowControl slug="pond" mayManage onTry={onTry} />);
  const high = await screen.findByRole("textbox", { name: "White from" });
  const use = screen.getByRole("button", { name: "Use for 12 images" });
  expect(use).toHaveProperty("disabled", true);
  await userEvent.clear(high);
  await userEvent.type(high, "2000");
  expect(onTry).toHaveBeenLastCalledWith([100, 2000]);
  expect(screen.getByText(/Level 1,050, window 1,900/)).toBeDefined();
  await userEvent.click(use);
  expect(sent).toEqual([{ low: 100, high: 2000 }]);
  expect(await screen.findByText("0 of 12 images rendered.")).toBeDefined();
  await userEvent.click(screen.getByRole("button", { name: "Automatic" }));
  await waitFor(() => expect(sent.at(-1)).toEqual({ is_automatic: true }));
});

it("takes what was tried back", async () => {
  const onTry = vi.fn();
  renderApp(<WindowControl slug="pond" mayManage onTry={onTry} />);
  await userEvent.type(await screen.findByRole("textbox", { name: "White from" }), "0");
  expect(onTry).toHaveBeenCalled();
  await userEvent.click(screen.getByRole("button", { name: "Undo" }));
  expect(onTry).toHaveBeenLastCalledWith(null);
});

it("lets an annotator try, and says who may set it", async () => {
  renderApp(<WindowControl slug="pond" mayManage={false} />);
  const high = await screen.findByRole("textbox", { name: "White from" });
  expect(screen.queryByRole("button", { name: /Use for/ })).toBeNull();
  await userEvent.clear(high);
  await userEvent.type(high, "700");
  expect(screen.getByText(/Only you see this/)).toBeDefined();
});

it("is nothing where no image has more than 8 bits", async () => {
  state = { ...state, low: null, high: null, images: 0 };
  const { client } = renderApp(<WindowControl slug="pond" mayManage />);
  await waitFor(() => expect(client.isFetching()).toBe(0));
  expect(screen.queryByText("Window")).toBeNull();
});
