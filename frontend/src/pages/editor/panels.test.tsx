import { MantineProvider } from "@mantine/core";
import { act, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { createRef } from "react";
import { beforeEach, describe, expect, it } from "vitest";
import type { DatasetClass } from "@/api/types";
import { Editor } from "@/canvas/editor";
import { CanvasStatus } from "./CanvasStatus";
import { ClassPanel } from "./ClassPanel";
import { formatArea } from "./ObjectsPanel";
import type { AnnotationSaver } from "./sync/saver";
import { MemoryJournal, Server } from "./sync/testing";

const NAMES = ["cat", "kitten", "bowl", "plant", "box", "toy", "person", "dog"];
const choices = NAMES.map((name, index): DatasetClass => ({
  id: index + 1,
  index,
  name,
  color: "#112233",
  is_retired: false,
  instance_count: 0,
}));
let editor: Editor;

function show(node: React.ReactNode) {
  return render(<MantineProvider env="test">{node}</MantineProvider>);
}

beforeEach(() => {
  const square = { id: "sq", class_id: 2, polygons: [[[20, 20, 60, 20, 60, 60, 20, 60]]] };
  editor = new Editor({ width: 100, height: 100 }, { instances: [square] });
  editor.chooseClass(1);
});

describe("ClassPanel", () => {
  it("marks the class that is drawn next, and that of what is selected", async () => {
    show(<ClassPanel editor={editor} choices={choices} searchRef={createRef()} />);
    expect(screen.getByRole("radio", { checked: true }).textContent).toContain("cat");
    await userEvent.click(screen.getByRole("radio", { name: /dog/ }));
    expect(editor.state.activeClassId).toBe(8);
    act(() => {
      editor.setTool("select");
      editor.select(["sq"]);
    });
    expect(screen.getByRole("radio", { checked: true }).textContent).toContain("kitten");
  });

  it("finds a class by name and takes the first with Enter", async () => {
    show(<ClassPanel editor={editor} choices={choices} searchRef={createRef()} />);
    await userEvent.type(screen.getByRole("textbox", { name: "Find a class" }), "pers{Enter}");
    expect(editor.state.activeClassId).toBe(7);
    expect(screen.getAllByRole("radio")).toHaveLength(NAMES.length);
  });

  it("says who adds classes when there is none, and that the outline is kept", () => {
    editor.resumeDraft([0, 0, 10, 0, 10, 10]);
    show(<ClassPanel editor={editor} choices={[]} searchRef={createRef()} />);
    expect(screen.getByText(/no class yet.*outline is kept.*team lead/i)).toBeTruthy();
  });
});

describe("CanvasStatus", () => {
  const saver = (status: "done" | "unlabelled"): AnnotationSaver => {
    const server = new Server();
    server.status = status;
    return server.open(new MemoryJournal());
  };

  it("offers the keys of drawing as buttons", async () => {
    show(<CanvasStatus editor={editor} saver={saver("unlabelled")} />);
    expect(screen.queryByText(/point/)).toBeNull();
    act(() => editor.resumeDraft([0, 0, 10, 0, 10, 10]));
    expect(screen.getByText("3 points")).toBeTruthy();
    await userEvent.click(screen.getByRole("button", { name: /takes back/ }));
    expect(editor.draftPoints).toHaveLength(4);
    await userEvent.click(screen.getByRole("button", { name: /abandons/ }));
    expect(screen.queryByText(/point/)).toBeNull();
  });

  it("calls a finished image without objects what it is", () => {
    editor.load({ instances: [] });
    show(<CanvasStatus editor={editor} saver={saver("done")} />);
    expect(screen.getByText(/background image/)).toBeTruthy();
  });
});

describe("formatArea", () => {
  it.each([
    [840.4, "840"],
    [12_400, "12.4k"],
    [1_234_567, "1.23M"],
  ])("%f → %s", (area, text) => {
    expect(formatArea(area)).toBe(text);
  });
});
