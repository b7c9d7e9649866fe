import { deleteObjects } from "@/canvas/operations/objects";
import { Notifications, notifications } from "@mantine/notifications";
import { act, renderHook, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import { renderApp } from "@/test/render";
import { openImage } from "./testing";
import { useDone } from "./use-done";
import type { Editing } from "./use-editing";
import type { Walk } from "./use-walk";

afterEach(() => act(() => notifications.clean()));

const OUTLINE = [60, 60, 90, 60, 90, 90];
const walkOf = (open: Walk["open"]): Walk =>
  ({
    open,
    nextAhead: () => "next",
    findNext: () => Promise.resolve("next"),
    end: vi.fn(),
  }) as unknown as Walk;

it("says that it closed the open outline, and opens it again from the image that came next", async () => {
  renderApp(<Notifications transitionDuration={0} />);
  const { editing } = openImage();
  const { editor } = editing;
  act(() => {
    editor.outlines.chooseClass(1);
    editor.resumeDraft(OUTLINE);
  });
  const first = vi.fn<Walk["open"]>();
  const shown: { here: Editing | null; walk: Walk } = { here: editing, walk: walkOf(first) };
  const { result, rerender } = renderHook(({ here, walk }: typeof shown) => useDone(here, walk, false), {
    initialProps: shown,
  });
  act(() => result.current.done());
  expect(first).toHaveBeenCalledWith("next");
  expect(editor.document.instances).toHaveLength(2);
  const second = vi.fn<Walk["open"]>();
  rerender({ here: null, walk: walkOf(second) });
  await userEvent.click(await screen.findByRole("button", { name: "Undo" }));
  // The walk of the image that is open now leads back, not the one of then.
  expect(second).toHaveBeenCalledWith(editing.saver.image);
  rerender({ here: editing, walk: walkOf(second) });
  await waitFor(() => expect(editor.draft.points).toEqual(OUTLINE));
  expect(editor.document.instances).toHaveLength(1);
  expect(editing.saver.status).not.toBe("done");
});

it("stays, and lets the editor say why, where the outline cannot be closed", () => {
  const { editing } = openImage();
  const message = vi.fn();
  editing.editor.on("message", message);
  act(() => editing.editor.resumeDraft(OUTLINE.slice(0, 4)));
  const open = vi.fn<Walk["open"]>();
  const { result } = renderHook(() => useDone(editing, walkOf(open), false));
  act(() => result.current.done());
  expect(open).not.toHaveBeenCalled();
  expect(message).toHaveBeenCalledOnce();
  expect(editing.editor.draft.points).toHaveLength(4);
});

it("asks first where there is no object", () => {
  const { editing } = openImage();
  act(() => deleteObjects(editing.editor, new Set(["a"])));
  const open = vi.fn<Walk["open"]>();
  const { result } = renderHook(() => useDone(editing, walkOf(open), false));
  act(() => result.current.done());
  expect(result.current.asksBackground).toBe(true);
  expect(open).not.toHaveBeenCalled();
  act(() => result.current.answerBackground(true));
  expect(open).toHaveBeenCalledWith("next");
});
