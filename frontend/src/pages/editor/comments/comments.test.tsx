import { act, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useLocation } from "react-router";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Comment, Role, User } from "@/api/types";
import { renderApp } from "@/test/render";
import { square } from "../sync/testing";
import { ANA, BEN, CLASS_NAMES, comment, openImage, stubApi } from "../testing";
import type { Editing } from "../use-editing";
import { CommentPins } from "./CommentPins";
import { CommentsPanel } from "./CommentsPanel";
import { boxAround, describeSubject, pinAt, pinOn, placeOf } from "./place";
import { PlaceAsk, PlaceLayer } from "./PlaceLayer";
import { type Commenting, useCommenting } from "./use-commenting";

beforeEach(() => sessionStorage.clear());
afterEach(() => vi.unstubAllGlobals());

const SIZE = { width: 100, height: 100 };
const document_ = { instances: [square("a")] };
const nowhere = { x: null, y: null };

describe("the place of a comment", () => {
  it("is where it was pinned, the top of its object, or nowhere", () => {
    expect(placeOf({ x: 5, y: 6, instance_id: "a" }, document_)).toEqual({ x: 5, y: 6 });
    expect(placeOf({ ...nowhere, instance_id: "a" }, document_)).toEqual({ x: 10, y: 10 });
    expect(placeOf({ ...nowhere, instance_id: "gone" }, document_)).toBeNull();
    expect(pinOn(square("a", 40))).toEqual({ x: 40, y: 10, instance_id: "a" });
  });

  it("is about the selected object only where that is pointed at, and never outside the image", () => {
    expect(pinAt({ x: 25, y: 15 }, square("a"), SIZE)).toEqual({ x: 25, y: 15, instance_id: "a" });
    expect(pinAt({ x: 80, y: 80 }, square("a"), SIZE)).toEqual({ x: 80, y: 80, instance_id: null });
    expect(pinAt({ x: 101, y: 80 }, null, SIZE)).toBeNull();
  });

  it("is shown with what lies around, and the object whole", () => {
    expect(boxAround({ x: 50, y: 50, instance_id: null }, document_, SIZE)).toEqual({
      ...{ minX: 38, maxX: 62, minY: 38, maxY: 62 },
    });
    expect(boxAround({ x: 50, y: 50, instance_id: "a" }, document_, SIZE)).toMatchObject({
      minX: 10,
      minY: 10,
    });
    expect(boxAround({ ...nowhere, instance_id: null }, document_, SIZE)).toBeNull();
  });

  it.each([
    [{ x: 1, y: 2, instance_id: null }, ""],
    [{ ...nowhere, instance_id: null }, "about the whole image"],
    [{ x: 1, y: 2, instance_id: "a" }, "about cat"],
    [{ x: 1, y: 2, instance_id: "gone" }, "about an object that was deleted"],
  ])("%j is told as “%s”", (place, text) => {
    expect(describeSubject(place, document_, CLASS_NAMES)).toBe(text);
  });
});

type Shown = { editing: Editing; user: User; role: Role; onCommenting: (commenting: Commenting) => void };

const review = { isSendingBack: false, commented: vi.fn() };

function Harness({ editing, user, role, onCommenting }: Shown) {
  const commenting = useCommenting("img", editing);
  const { search } = useLocation();
  onCommenting(commenting);
  return (
    <>
      <output>{search}</output>
      <CommentPins
        editor={editing.editor}
        comments={commenting.comments ?? []}
        selected={commenting.selected}
        draft={commenting.draft?.place ?? null}
        onSelect={commenting.select}
      />
      <CommentsPanel
        image="img"
        editor={editing.editor}
        commenting={commenting}
        review={review}
        user={user}
        role={role}
        classNames={CLASS_NAMES}
        onClose={() => undefined}
      />
    </>
  );
}

type Visit = { user: User; role: Role; address: string };

describe("comments on an image", () => {
  let stored: Comment[];
  let refuse: boolean;
  let latest: Commenting;

  function show({ user = ANA, role = "annotator", address = "/" }: Partial<Visit> = {}) {
    const { editing } = openImage();
    editing.editor.viewport.setView({ width: 200, height: 200 });
    const zoomed = vi.spyOn(editing.editor.viewport, "zoomToBox");
    const sent = stubApi({
      "GET /api/images/img/comments/": () => stored,
      "POST /api/images/img/comments/": (body) => {
        if (refuse) return Response.json({ detail: "The server is full.", code: "full" }, { status: 400 });
        const added = comment(stored.length + 1, body as Partial<Comment>);
        stored = [...stored, added];
        return Response.json(added, { status: 201 });
      },
      "PATCH /api/comments/1/": (body) => {
        const { resolved, text } = body as { resolved?: boolean; text?: string };
        const resolved_at = resolved ? "2026-03-01T10:00:00Z" : null;
        stored = stored.map((each) =>
          each.id === 1
            ? { ...each, resolved_at, resolved_by: resolved ? BEN : null, ...(text && { text }) }
            : each,
        );
        return stored[0];
      },
      "DELETE /api/comments/1/": () => {
        stored = stored.filter(({ id }) => id !== 1);
        return undefined;
      },
    });
    const view = renderApp(
      <Harness editing={editing} user={user} role={role} onCommenting={(now) => (latest = now)} />,
      address,
    );
    return { ...view, editing, sent, zoomed };
  }

  beforeEach(() => {
    stored = [
      comment(1, { text: "Whose tail?" }),
      comment(2, { author: BEN, resolved_at: "2026-02-09T10:00:00Z" }),
    ];
    refuse = false;
  });

  const pins = () => screen.queryAllByRole("button", { name: /^Comment \d+ by/ });

  it("pins what is open, and lists what was resolved only when asked", async () => {
    show();
    expect(
      await screen.findByRole("button", { name: /^Comment \d+ by Ana Ortiz: Whose tail\?$/ }),
    ).toBeTruthy();
    expect(pins()).toHaveLength(1);
    expect(latest.openCount).toBe(1);
    expect(screen.queryByText("Comment 2")).toBeNull();
    await userEvent.click(screen.getByRole("button", { name: "Show 1 resolved" }));
    expect(screen.getByText("Comment 2")).toBeTruthy();
  });

  it("moves the image to a comment of the list, and puts it into the address", async () => {
    const { zoomed } = show();
    await userEvent.click(await screen.findByText("Whose tail?"));
    expect(screen.getByRole("status").textContent).toBe("?comment=1");
    expect(zoomed).toHaveBeenCalledWith({ minX: -2, maxX: 22, minY: 8, maxY: 32 });
    expect(pins()[0]?.getAttribute("aria-pressed")).toBe("true");
  });

  it("is found by an address, though it is resolved", async () => {
    const { zoomed } = show({ address: "/?comment=2" });
    expect(await screen.findByText("Comment 2")).toBeTruthy();
    expect(pins()).toHaveLength(2);
    await waitFor(() => expect(zoomed).toHaveBeenCalledOnce());
  });

  it("says when the comment of an address is gone", async () => {
    const { editing } = show({ address: "/?comment=99" });
    const told = vi.fn();
    editing.editor.on("message", told);
    await waitFor(() => expect(told).toHaveBeenCalledWith("That comment is not here any more."));
    await waitFor(() => expect(screen.getByRole("status").textContent).toBe(""));
  });

  it("keeps what is written until the server has it: a refusal, a reload", async () => {
    refuse = true;
    const { unmount, sent } = show();
    await screen.findByText("Whose tail?");
    act(() => latest.place({ x: 3, y: 4, instance_id: "a" }));
    expect(screen.getByText("about cat")).toBeTruthy();
    await userEvent.type(
      screen.getByRole("textbox", { name: "New comment" }),
      "Two cats{Control>}{Enter}{/Control}",
    );
    expect(await screen.findByText("The server is full.")).toBeTruthy();
    unmount();
    refuse = false;
    const again = show();
    expect((await screen.findByRole<HTMLTextAreaElement>("textbox")).value).toBe("Two cats");
    await userEvent.click(screen.getByRole("button", { name: "Comment" }));
    await waitFor(() => expect(screen.queryByRole("textbox")).toBeNull());
    expect(
      [...sent, ...again.sent].filter(({ method }) => method === "POST").map(({ body }) => body),
    ).toEqual([
      { x: 3, y: 4, instance_id: "a", text: "Two cats" },
      { x: 3, y: 4, instance_id: "a", text: "Two cats" },
    ]);
    expect(pins()).toHaveLength(2);
    expect(sessionStorage).toHaveLength(0);
  });

  it("is changed by its author, and resolved and opened again by anybody", async () => {
    show();
    await userEvent.click(await screen.findByRole("button", { name: "More about comment 1" }));
    await userEvent.click(await screen.findByRole("menuitem", { name: "Edit" }));
    await userEvent.type(screen.getByRole("textbox"), " Mine?");
    await userEvent.click(screen.getByRole("button", { name: "Save" }));
    expect(await screen.findByText("Whose tail? Mine?")).toBeTruthy();
    await userEvent.click(screen.getByRole("button", { name: "Resolve comment 1" }));
    await userEvent.click(await screen.findByRole("button", { name: "Show 2 resolved" }));
    expect(pins()).toHaveLength(0);
    await userEvent.click(screen.getByRole("button", { name: "Open again comment 1" }));
    await waitFor(() => expect(pins()).toHaveLength(1));
  });

  it.each([
    ["its author", ANA, "annotator", ["Edit", "Delete"]],
    ["a team lead", BEN, "lead", ["Delete"]],
    ["another reviewer", BEN, "reviewer", []],
  ] as const)("offers %s what they may do", async (_, user, role, items) => {
    show({ user, role });
    await screen.findByText("Whose tail?");
    const more = screen.queryByRole("button", { name: "More about comment 1" });
    if (more) await userEvent.click(more);
    const found = more ? await screen.findAllByRole("menuitem") : [];
    expect(found.map(({ textContent }) => textContent)).toEqual(items);
  });

  it("is deleted only after a question", async () => {
    show();
    await userEvent.click(await screen.findByRole("button", { name: "More about comment 1" }));
    await userEvent.click(await screen.findByRole("menuitem", { name: "Delete" }));
    const dialog = await screen.findByRole("dialog", { name: "Delete the comment?" });
    expect(stored).toHaveLength(2);
    await userEvent.click(within(dialog).getByRole("button", { name: "Delete" }));
    await waitFor(() => expect(pins()).toHaveLength(0));
  });
});

describe("PlaceLayer", () => {
  function show(select: boolean) {
    const { editing } = openImage();
    editing.editor.viewport.setView({ width: 132, height: 132 });
    if (select) editing.editor.selection.select(["a"]);
    const [onPlace, onAbandon] = [vi.fn(), vi.fn()];
    const props = { editor: editing.editor, onPlace, onAbandon };
    renderApp(
      <>
        <PlaceAsk {...props} />
        <PlaceLayer {...props} />
      </>,
    );
    return { onPlace, onAbandon };
  }

  it("takes the selected object with Enter, else the middle of the view", async () => {
    const first = show(true);
    await userEvent.keyboard("{Enter}");
    expect(first.onPlace).toHaveBeenCalledWith({ x: 10, y: 10, instance_id: "a" });
  });

  it("takes the middle of the view where nothing is selected, or the whole image, or nothing", async () => {
    const { onPlace, onAbandon } = show(false);
    await userEvent.keyboard("{Enter}");
    expect(onPlace).toHaveBeenLastCalledWith({ x: 50, y: 50, instance_id: null });
    await userEvent.click(screen.getByRole("button", { name: "The whole image" }));
    expect(onPlace).toHaveBeenLastCalledWith({ x: null, y: null, instance_id: null });
    await userEvent.click(screen.getByRole("button", { name: /abandons/ }));
    expect(onAbandon).toHaveBeenCalledOnce();
  });
});
