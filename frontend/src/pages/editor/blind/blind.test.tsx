import { act, renderHook, screen, waitFor } from "@testing-library/react";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { MemoryRouter, useLocation } from "react-router";
import { afterEach, describe, expect, it, vi } from "vitest";
import { keys } from "@/api/keys";
import { renderApp } from "@/test/render";
import { CLASS_NAMES, openImage, stubApi } from "../testing";
import { useTeam } from "../use-team";
import { BlindMark } from "./BlindMark";
import { leftQuery, noteBlindSaved } from "./queries";
import { nextLeft, useBlindWalk } from "./use-blind-walk";

afterEach(() => vi.unstubAllGlobals());

const SLUG = "pond";

function wrapperOf(client: QueryClient) {
  return ({ children }: { children: ReactNode }) => (
    <QueryClientProvider client={client}>
      <MemoryRouter initialEntries={["/datasets/pond/second/4"]}>{children}</MemoryRouter>
    </QueryClientProvider>
  );
}

describe("the next to draw a second time", () => {
  it.each([
    [[3, 4, 7], 4, [], 7],
    [[3, 4], 4, [], 3],
    [[3, 4], 4, [3], null],
    [[4], 4, [], null],
    [[], 4, [], null],
  ])("of %j after %i, with %j on their way, is %j", (left, id, finished, next) => {
    expect(nextLeft(left, id, new Set(finished))).toBe(next);
  });

  it("is told by what was saved", () => {
    const client = new QueryClient();
    const left = (): unknown => client.getQueryData(leftQuery(SLUG).queryKey);
    noteBlindSaved(client, SLUG, 4, "in_progress");
    expect(left()).toBeUndefined();
    client.setQueryData(leftQuery(SLUG).queryKey, [3, 4, 7]);
    noteBlindSaved(client, SLUG, 4, "done");
    expect(left()).toEqual([3, 7]);
    noteBlindSaved(client, SLUG, 4, "in_progress");
    expect(left()).toEqual([3, 4, 7]);
  });
});

describe("walking through them", () => {
  function walk(left: number[]) {
    stubApi({
      "GET /api/independent/mine/": () => ({
        next: null,
        previous: null,
        results: left.map((id) => ({ id })),
      }),
    });
    const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
    const hook = renderHook(() => ({ ...useBlindWalk(SLUG, 4), at: useLocation().pathname }), {
      wrapper: wrapperOf(client),
    });
    return { client, hook };
  }

  it("keeps the place of what was done a moment ago", async () => {
    const { client, hook } = walk([3, 4, 7]);
    await waitFor(() => expect(hook.result.current.neighbours.total).toBe(3));
    const around = { previous: "blind:3", next: "blind:7", position: 2, total: 3 };
    expect(hook.result.current.neighbours).toEqual(around);
    act(() => noteBlindSaved(client, SLUG, 4, "done"));
    expect(hook.result.current.neighbours).toEqual(around);
    expect(await hook.result.current.walk.findNext()).toBe("blind:7");
    act(() => hook.result.current.walk.next());
    expect(hook.result.current.at).toBe("/datasets/pond/second/7");
  });

  it("ends in My work", async () => {
    const { hook } = walk([4]);
    await waitFor(() => expect(hook.result.current.neighbours.total).toBe(1));
    expect(await hook.result.current.walk.findNext()).toBeNull();
    act(() => hook.result.current.walk.end());
    expect(hook.result.current.at).toBe("/my-work");
  });
});

describe("who draws alone", () => {
  it("is told so", () => {
    renderApp(<BlindMark />);
    expect(screen.getByRole("note").textContent).toBe("Second annotation: you do not see the first");
  });

  it("asks for nothing of the others, and the keys of the others say why", async () => {
    const sent = stubApi({ "GET /api/mentions/count/": () => ({ count: 2 }) });
    const { editing } = openImage();
    const messages: string[] = [];
    editing.editor.on("message", (message) => messages.push(message));
    const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
    const { result } = renderHook(
      () => useTeam({ user: 1, imageId: "img", editing, classNames: CLASS_NAMES, isAlone: true }),
      { wrapper: wrapperOf(client) },
    );
    await waitFor(() => expect(client.getQueryData(keys.mentions[1])).toBeTruthy());
    expect(result.current.canvas).toBe(editing.editor);
    act(() => {
      result.current.actions.toggleHistory();
      result.current.actions.toggleComments();
      result.current.actions.addComment();
    });
    expect(result.current.side).toBeNull();
    expect(messages).toHaveLength(3);
    expect(messages[0]).toContain("A second annotation is drawn alone");
    expect(sent.map(({ path }) => path)).toEqual(["/api/mentions/count/"]);
  });
});
