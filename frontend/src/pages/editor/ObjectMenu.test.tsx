import { MantineProvider } from "@mantine/core";
import { act, render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Editor } from "@/canvas/editor/editor";
import { makeEditor } from "@/canvas/make-editor";
import { openMenuByKey } from "@/canvas/operations/menu";
import { ObjectMenu } from "./ObjectMenu";
import { CAT } from "./testing";

const DOG = { ...CAT, id: 2, index: 1, name: "dog" };
const ids = () => editor.document.instances.map(({ id }) => id);
let editor: Editor;
const onDetails = vi.fn();

beforeEach(() => {
  onDetails.mockReset();
  const square = (id: string, x: number) => ({
    id,
    class_id: 1,
    polygons: [[[x, 20, x + 20, 20, x + 20, 60, x, 60]]],
  });
  editor = makeEditor({ width: 100, height: 100 }, { instances: [square("a", 10), square("b", 50)] });
  editor.viewport.setView({ width: 200, height: 200 });
  editor.look.setClasses(new Map([CAT, DOG].map((each) => [each.id, each])));
  editor.setTool("select");
  render(
    <MantineProvider env="test">
      <ObjectMenu editor={editor} choices={[CAT, DOG]} onDetails={onDetails} />
    </MantineProvider>,
  );
});

async function choose(id: string, name: string | RegExp): Promise<void> {
  act(() => {
    editor.selection.select([id]);
    openMenuByKey(editor);
  });
  await userEvent.click(await screen.findByRole("menuitem", { name }));
}

describe("ObjectMenu", () => {
  it("is not there until it is asked for, and closes when something is chosen", async () => {
    expect(screen.queryByRole("menu")).toBeNull();
    await choose("a", /^Duplicate/);
    expect(ids()).toHaveLength(3);
    await waitFor(() => expect(screen.queryByRole("menu")).toBeNull());
  });

  it("brings to front, hides, locks and unlocks, deletes", async () => {
    await choose("a", /^Bring to front/);
    expect(ids()).toEqual(["b", "a"]);
    await choose("a", /^Hide/);
    expect(editor.selection.isVisible("a")).toBe(false);
    await choose("b", /^Lock/);
    expect(editor.state.locked.has("b")).toBe(true);
    act(() => editor.events.emit("menu", { ids: ["b"], at: { x: 1, y: 1 } }));
    expect((await screen.findByRole("menuitem", { name: /^Delete/ })).hasAttribute("data-disabled")).toBe(
      true,
    );
    await userEvent.click(screen.getByRole("menuitem", { name: "Unlock" }));
    expect(editor.state.locked.size).toBe(0);
    await choose("b", /^Delete/);
    expect(ids()).toEqual(["a"]);
  });

  it("opens the note", async () => {
    await choose("a", /^Note/);
    expect(onDetails).toHaveBeenCalledWith("a");
  });

  it("changes the class, found by the keyboard", async () => {
    act(() => {
      editor.selection.select(["a"]);
      openMenuByKey(editor);
    });
    await userEvent.click(await screen.findByRole("menuitem", { name: "Class" }));
    await userEvent.click(await screen.findByRole("menuitem", { name: /^dog/ }));
    expect(editor.document.instances[0]?.class_id).toBe(2);
  });

  it("goes when the view moves, or with Escape", async () => {
    act(() => {
      editor.selection.select(["a"]);
      openMenuByKey(editor);
    });
    await screen.findByRole("menu");
    act(() => editor.viewport.pan(5, 5));
    await waitFor(() => expect(screen.queryByRole("menu")).toBeNull());
    act(() => openMenuByKey(editor));
    await screen.findByRole("menu");
    await userEvent.keyboard("{Escape}");
    await waitFor(() => expect(screen.queryByRole("menu")).toBeNull());
  });
});
