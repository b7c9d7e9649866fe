import { MantineProvider } from "@mantine/core";
import { render, renderHook, screen, waitFor } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Present } from "@/api/types";
import { Beacon, HEARTBEAT_MS, LINGER_MS, STALE_MS } from "./beacon";
import { describePeople, listNames, othersOf } from "./people";
import type { Editing } from "../use-editing";
import { PeopleHere } from "./PeopleHere";
import { usePresence } from "./use-presence";

function present(user_id: number, editing = false, tab = "t"): Present {
  const username = ["", "ana", "ben", "cleo", "dan", "eve"][user_id] ?? "";
  return { user_id, username, display_name: username === "ana" ? "Ana Ortiz" : "", tab, editing };
}

describe("the others on an image", () => {
  it("are each there once, and edit when one of their windows does", () => {
    const people = [present(1), present(2, false, "a"), present(2, true, "b"), present(2, false, "c")];
    expect(othersOf(people, 1)).toEqual([{ id: 2, name: "ben", isEditing: true }]);
    expect(describePeople(othersOf(people, 3))).toBe("Ana Ortiz, ben (editing)");
  });

  it.each([
    [["Ana"], "Ana"],
    [["Ana", "Ben"], "Ana and Ben"],
    [["Ana", "Ben", "Cleo"], "Ana, Ben and Cleo"],
  ])("%j are listed as “%s”", (names, text) => {
    expect(listNames(names)).toBe(text);
  });

  it("are three circles at most, and a count; alone one sees nothing", () => {
    const all = [1, 2, 3, 4, 5].map((id) => present(id, id === 2));
    const { container, rerender } = render(<PeopleHere people={othersOf(all, 99)} />, {
      wrapper: ({ children }) => <MantineProvider env="test">{children}</MantineProvider>,
    });
    const group = screen.getByRole("group");
    expect(group.getAttribute("aria-label")).toBe(
      "Also on this image: Ana Ortiz, ben (editing), cleo, dan, eve",
    );
    expect(group.children).toHaveLength(4);
    expect(group.textContent).toContain("+2");
    rerender(<PeopleHere people={othersOf([present(1)], 1)} />);
    expect(screen.queryByRole("group")).toBeNull();
    expect(container.querySelector("span")).toBeNull();
  });
});

describe("Beacon", () => {
  let sent: { method: string; url: string; body: unknown; keepalive: boolean }[];
  let answer: () => Response;
  let beacon: Beacon;

  beforeEach(() => {
    vi.useFakeTimers();
    sent = [];
    answer = () => Response.json([present(1), present(2)]);
    vi.stubGlobal("fetch", async (request: Request) => {
      const body: unknown = request.method === "POST" ? await request.json() : null;
      const { pathname, search } = new URL(request.url);
      sent.push({ method: request.method, url: pathname + search, body, keepalive: request.keepalive });
      return request.method === "DELETE" ? new Response(null, { status: 204 }) : answer();
    });
    beacon = new Beacon("img");
  });
  afterEach(async () => {
    beacon.leave();
    await pass(0);
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);
  const editings = () => sent.map(({ body }) => (body as { editing: boolean } | null)?.editing);

  it("says goodbye when what was drawn has arrived", async () => {
    let arrive = (): void => undefined;
    const save = new Promise<null>((resolve) => (arrive = () => resolve(null)));
    beacon.enter();
    beacon.leave(save);
    await pass(HEARTBEAT_MS);
    expect(sent.map(({ method }) => method)).toEqual(["POST"]);
    arrive();
    await pass(0);
    expect(sent.map(({ method }) => method)).toEqual(["POST", "DELETE"]);
  });

  it("does not wait when the page closes, and stays when the window comes back", async () => {
    beacon.enter();
    await pass(0);
    beacon.leave(new Promise(() => undefined));
    window.dispatchEvent(new Event("pagehide"));
    window.dispatchEvent(new Event("pagehide"));
    await pass(0);
    expect(sent.map(({ method }) => method)).toEqual(["POST", "DELETE"]);
    beacon.enter();
    await pass(0);
    beacon.leave(Promise.resolve());
    const again = new Beacon("img");
    again.enter();
    await pass(0);
    expect(sent.map(({ method }) => method).slice(2)).toEqual(["POST", "POST"]);
    again.leave();
  });

  it("says every 15 seconds that it is here, hears who is, and says goodbye", async () => {
    beacon.enter();
    await pass(0);
    expect(beacon.people).toHaveLength(2);
    await pass(HEARTBEAT_MS);
    beacon.leave();
    await pass(4 * HEARTBEAT_MS);
    expect(sent.map(({ method }) => method)).toEqual(["POST", "POST", "DELETE"]);
    const tab = (sent[0]?.body as { tab: string }).tab;
    expect(sent[2]).toMatchObject({ url: `/api/images/img/presence/?tab=${tab}`, keepalive: true });
  });

  it("tells at once that editing begins, and that it ends only after a pause", async () => {
    beacon.enter();
    await pass(0);
    beacon.setActive(true);
    await pass(100);
    beacon.setActive(false);
    await pass(LINGER_MS - 1000);
    beacon.setActive(true);
    await pass(100);
    expect(editings()).toEqual([false, true]);
    beacon.setActive(false);
    await pass(LINGER_MS);
    expect(editings().at(-1)).toBe(false);
  });

  it("keeps what it heard over a missed beat, and forgets it when the server stays away", async () => {
    beacon.enter();
    await pass(0);
    answer = () => {
      throw new TypeError("no network");
    };
    await pass(HEARTBEAT_MS);
    expect(beacon.people).toHaveLength(2);
    await pass(STALE_MS);
    expect(beacon.people).toEqual([]);
    answer = () => Response.json([present(1)]);
    await pass(HEARTBEAT_MS);
    expect(beacon.people).toHaveLength(1);
  });
});

it("an editor that is left saves what it has before it says goodbye", async () => {
  const sent: string[] = [];
  vi.stubGlobal("fetch", async (request: Request) => {
    sent.push(request.method);
    return request.method === "DELETE" ? new Response(null, { status: 204 }) : Response.json([present(1)]);
  });
  const quiet = { on: () => () => undefined };
  let isDirty = false;
  const saver = {
    ...quiet,
    get isDirty() {
      return isDirty;
    },
    flush: async () => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      if (isDirty) sent.push("save");
      return true;
    },
  };
  const editor = { ...quiet, draft: { points: [] }, tool: { kind: "select" } };
  const editing = { image: { id: "img" }, editor, saver } as unknown as Editing;
  const { unmount } = renderHook(() => usePresence(1, editing));
  await waitFor(() => expect(sent).toEqual(["POST"]));
  unmount();
  // As "Done, next" does: the next image first.
  isDirty = true;
  await waitFor(() => expect(sent).toEqual(["POST", "save", "DELETE"]));
  vi.unstubAllGlobals();
});
