import { act, screen, waitFor } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { renderApp } from "@/test/render";
import { describeKeyCursor, KeyCursorVoice } from "./KeyCursorVoice";
import { CLASS_NAMES, openImage } from "./testing";

describe("the voice of the keyboard cursor", () => {
  it("tells where it is and what is under it", () => {
    const { editor } = openImage().editing;
    editor.viewport.setView({ width: 132, height: 132 });
    expect(describeKeyCursor(editor, CLASS_NAMES)).toBe("");
    editor.keyCursor.toggle();
    expect(describeKeyCursor(editor, CLASS_NAMES)).toBe("50, 50 · no object");
    editor.selection.select(["a"]);
    editor.keyCursor.goToVertex(1);
    const { at } = editor.keyCursor;
    expect(describeKeyCursor(editor, CLASS_NAMES)).toBe(`${at?.x}, ${at?.y} · vertex 3 of 3 of cat 1`);
    editor.keyCursor.press();
    expect(describeKeyCursor(editor, CLASS_NAMES)).toContain("· held ·");
  });

  it("is a live region: each move and each point is read out", async () => {
    const { editor } = openImage().editing;
    editor.viewport.setView({ width: 132, height: 132 });
    editor.outlines.chooseClass(1);
    editor.setTool("draw");
    renderApp(<KeyCursorVoice editor={editor} classNames={CLASS_NAMES} />);
    act(() => editor.keyCursor.toggle());
    const region = screen.getByRole("status", { name: "Keyboard cursor" });
    act(() => {
      editor.keyCursor.move(1, 0, "plain");
      editor.keyCursor.press();
    });
    await waitFor(() => expect(region.textContent).toBe("60, 50 · no object · 1 point set"));
    act(() => {
      editor.keyCursor.move(1, 0, "plain");
      editor.keyCursor.press();
      editor.keyCursor.move(0, 1, "plain");
      editor.keyCursor.press();
      editor.confirm();
    });
    await waitFor(() => expect(region.textContent).toMatch(/^Done: draw object\. 70, 60/));
  });
});
