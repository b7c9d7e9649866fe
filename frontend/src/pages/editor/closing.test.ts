import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Editor } from "@/canvas/editor/editor";
import { makeEditor } from "@/canvas/make-editor";
import { closeInHand, reopen } from "./closing";

const OUTLINE = [10, 10, 50, 10, 50, 50];
let editor: Editor;
const message = vi.fn();

beforeEach(() => {
  message.mockReset();
  const square = { id: "sq", class_id: 1, polygons: [[[60, 60, 90, 60, 90, 90, 60, 90]]] };
  editor = makeEditor({ width: 100, height: 100 }, { instances: [square] });
  editor.outlines.chooseClass(1);
  editor.on("message", message);
});

describe("marking an image done", () => {
  it("leaves an image alone where nothing is in hand", () => {
    expect(closeInHand(editor).kind).toBe("empty");
    expect(editor.document.instances).toHaveLength(1);
  });

  it("closes the open outline, and opens it again point by point", () => {
    editor.resumeDraft(OUTLINE);
    const outcome = closeInHand(editor);
    if (outcome.kind !== "closed") throw new Error(outcome.kind);
    expect(editor.document.instances).toHaveLength(2);
    reopen(editor, outcome.closed);
    expect(editor.document.instances).toHaveLength(1);
    expect(editor.draft.points).toEqual(OUTLINE);
    editor.backspace();
    expect(editor.draft.points).toEqual(OUTLINE.slice(0, 4));
  });

  it("opens it again in an editor that has forgotten its history", () => {
    editor.resumeDraft(OUTLINE);
    const outcome = closeInHand(editor);
    if (outcome.kind !== "closed") throw new Error(outcome.kind);
    const later = makeEditor(editor.size, editor.document);
    reopen(later, outcome.closed);
    expect(later.document.instances.map(({ id }) => id)).toEqual(["sq"]);
    expect(later.draft.points).toEqual(OUTLINE);
  });

  it("opens it again as a part of the object that it was for", () => {
    editor.outlines.aimAt("add", "sq");
    editor.resumeDraft([80, 80, 99, 80, 99, 99]);
    const outcome = closeInHand(editor);
    if (outcome.kind !== "closed") throw new Error(outcome.kind);
    reopen(editor, outcome.closed);
    expect(editor.state.purpose).toBe("add");
    expect(editor.draft.points).toHaveLength(6);
    expect(editor.document.instances[0]?.polygons[0]?.[0]).toHaveLength(8);
  });

  it.each([
    ["of two points", [10, 10, 50, 10]],
    ["that encloses nothing", [10, 10, 50, 10, 30, 10]],
  ])("stays at an outline %s, and says why", (_, points) => {
    editor.resumeDraft(points);
    expect(closeInHand(editor).kind).toBe("stays");
    expect(editor.draft.points).toEqual(points);
    expect(message).toHaveBeenCalledOnce();
  });

  it("stays while an outline is still being looked for", () => {
    editor.options.set({ offer: "looking" });
    expect(closeInHand(editor).kind).toBe("stays");
    expect(message).toHaveBeenCalledOnce();
  });
});
