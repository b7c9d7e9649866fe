import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { act, fireEvent, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { createRef } from "react";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { DatasetClass } from "@/api/types";
import type { Editor } from "@/canvas/editor/editor";
import { makeEditor } from "@/canvas/make-editor";
import { CanvasStatus } from "./CanvasStatus";
import type { ClassSource } from "./ClassMaker";
import { ClassPanel } from "./ClassPanel";
import { describePlace } from "./Coordinates";
import { formatArea } from "./ObjectRow";
import { ModelViewSettings } from "./ModelViewSettings";
import { ObjectDetails } from "./ObjectDetails";
import { rowsOf } from "./use-object-rows";
import type { AnnotationSaver } from "./sync/saver";
import { MemoryJournal, Server } from "./sync/testing";
import { ANA, stubApi } from "./testing";

const NAMES = ["cat", "kitten", "bowl", "plant", "box", "toy", "person", "dog"];
const choices = NAMES.map((name, index): DatasetClass => ({
  id: index + 1,
  index,
  name,
  color: "#112233",
  is_retired: false,
  instance_count: 0,
}));
const DATASET: ClassSource = { slug: "pond", role: "annotator", classes: choices };
let editor: Editor;

function show(node: React.ReactNode) {
  const client = new QueryClient();
  return render(
    <QueryClientProvider client={client}>
      <MantineProvider env="test">{node}</MantineProvider>
    </QueryClientProvider>,
  );
}

beforeEach(() => {
  const square = { id: "sq", class_id: 2, polygons: [[[20, 20, 60, 20, 60, 60, 20, 60]]] };
  editor = makeEditor({ width: 100, height: 100 }, { instances: [square] });
  editor.outlines.chooseClass(1);
});

describe("ClassPanel", () => {
  it("marks the class that is drawn next, and that of what is selected", async () => {
    show(<ClassPanel editor={editor} choices={choices} dataset={DATASET} searchRef={createRef()} />);
    expect(screen.getByRole("radio", { checked: true }).textContent).toContain("cat");
    await userEvent.click(screen.getByRole("radio", { name: /dog/ }));
    expect(editor.state.activeClassId).toBe(8);
    act(() => {
      editor.setTool("select");
      editor.selection.select(["sq"]);
    });
    expect(screen.getByRole("radio", { checked: true }).textContent).toContain("kitten");
  });

  it("hides and shows the objects of a class", async () => {
    show(<ClassPanel editor={editor} choices={choices} dataset={DATASET} searchRef={createRef()} />);
    await userEvent.click(screen.getByRole("button", { name: "Hide all of class kitten" }));
    expect([...editor.state.hidden]).toEqual(["sq"]);
    await userEvent.click(screen.getByRole("button", { name: "Show all of class kitten" }));
    expect(editor.state.hidden.size).toBe(0);
  });

  it("finds a class by name and takes the first with Enter", async () => {
    show(<ClassPanel editor={editor} choices={choices} dataset={DATASET} searchRef={createRef()} />);
    await userEvent.type(screen.getByRole("textbox", { name: "Find a class" }), "pers{Enter}");
    expect(editor.state.activeClassId).toBe(7);
    expect(screen.getAllByRole("radio")).toHaveLength(NAMES.length + 1); // and the ignore region
  });

  it("says who adds classes when there is none, and that the outline is kept", async () => {
    stubApi({ "GET /api/datasets/pond/members/": () => [{ id: 1, user: ANA, role: "lead" }] });
    editor.resumeDraft([0, 0, 10, 0, 10, 10]);
    const dataset = { ...DATASET, classes: [] };
    show(<ClassPanel editor={editor} choices={[]} dataset={dataset} searchRef={createRef()} />);
    expect(await screen.findByText(/no class yet.*outline is kept.*Ana Ortiz/i)).toBeTruthy();
  });

  describe("with a name that no class has", () => {
    const BOLT = { ...(choices[0] as DatasetClass), id: 99, index: 8, name: "bolt" };
    const box = () => screen.getByRole("textbox", { name: /a class$/ });
    const showFor = (role: ClassSource["role"], classes = choices) =>
      show(
        <ClassPanel
          editor={editor}
          choices={choices}
          dataset={{ ...DATASET, role, classes }}
          searchRef={createRef()}
        />,
      );

    it("makes it by Enter for a team lead, ready for what is drawn next", async () => {
      const sent = stubApi({ "POST /api/datasets/pond/classes/": () => BOLT });
      showFor("lead");
      await userEvent.type(box(), " bolt ");
      expect(screen.getByRole("button", { name: /Create class “bolt”/ })).toBeTruthy();
      await userEvent.keyboard("{Enter}");
      await vi.waitFor(() => expect(editor.state.activeClassId).toBe(99));
      expect(sent.map(({ body }) => body)).toEqual([{ name: "bolt" }]);
      expect((box() as HTMLInputElement).value).toBe("");
    });

    it("takes the class that matches first, and makes another by the last row or Ctrl + Enter", async () => {
      const sent = stubApi({ "POST /api/datasets/pond/classes/": () => BOLT });
      showFor("lead");
      await userEvent.type(box(), "ca{Enter}");
      expect(editor.state.activeClassId).toBe(1);
      await userEvent.type(box(), "ca{ArrowDown}{Enter}");
      await vi.waitFor(() => expect(sent).toHaveLength(1));
      await userEvent.type(box(), "kit{Control>}{Enter}{/Control}");
      await vi.waitFor(() => expect(sent).toHaveLength(2));
    });

    it("offers none that is there already, in whatever case, and brings a retired one back", async () => {
      const retired = { ...BOLT, is_retired: true };
      const sent = stubApi({ "PATCH /api/datasets/pond/classes/99/": () => BOLT });
      showFor("lead", [...choices, retired]);
      await userEvent.type(box(), "CAT");
      expect(screen.queryByRole("button", { name: /Create/ })).toBeNull();
      await userEvent.clear(box());
      await userEvent.type(box(), "bolt{Enter}");
      await vi.waitFor(() => expect(editor.state.activeClassId).toBe(99));
      expect(sent.map(({ body }) => body)).toEqual([{ is_retired: false }]);
    });

    it("says why it could not be made", async () => {
      stubApi({
        "POST /api/datasets/pond/classes/": () =>
          Response.json(
            { detail: "There is a class “bolt” already.", code: "class_exists" },
            { status: 409 },
          ),
      });
      showFor("lead");
      await userEvent.type(box(), "bolt{Enter}");
      expect((await screen.findByRole("alert")).textContent).toContain("already");
    });

    it("names the team leads to an annotator, who cannot make it", async () => {
      const sent = stubApi({ "GET /api/datasets/pond/members/": () => [{ id: 1, user: ANA, role: "lead" }] });
      showFor("annotator");
      await userEvent.type(box(), "bolt{Enter}");
      expect(await screen.findByText(/No class is called that.*Ana Ortiz/)).toBeTruthy();
      expect(sent.every(({ method }) => method === "GET")).toBe(true);
    });
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
    expect(editor.draft.points).toHaveLength(4);
    await userEvent.click(screen.getByRole("button", { name: /abandons/ }));
    expect(screen.queryByText(/point/)).toBeNull();
  });

  it("simplifies the stroke just drawn, and says what that costs", () => {
    show(<CanvasStatus editor={editor} saver={saver("unlabelled")} />);
    const drawn = Array.from({ length: 90 }, (_, i) => {
      const angle = (i / 45) * Math.PI;
      return [50 + 30 * Math.cos(angle), 50 + 30 * Math.sin(angle)];
    }).flat();
    const stroke = { points: [], drawn, scale: 1 };
    act(() => void editor.outlines.addPolygon(drawn, stroke));
    expect(screen.getByRole("status").textContent).toBe("90 points · IoU 100.0 %");
    fireEvent.change(screen.getByRole("slider", { name: /tolerance/ }), { target: { value: "4" } });
    expect(screen.getByRole("status").textContent).toMatch(/^\d points · IoU [789]\d\.\d %$/);
    act(() => editor.undo());
    expect(editor.document.instances).toHaveLength(1);
    expect(screen.queryByRole("status")).toBeNull();
  });

  it("calls a finished image without objects what it is", () => {
    editor.load({ instances: [] });
    show(<CanvasStatus editor={editor} saver={saver("done")} />);
    expect(screen.getByText(/background image/)).toBeTruthy();
  });
});

describe("the filter of the objects", () => {
  const names = new Map(choices.map((each) => [each.id, each]));
  const instances = [
    { id: "a", class_id: 1, polygons: [] },
    { id: "b", class_id: 8, polygons: [], note: "Behind the Bowl" },
    { id: "c", class_id: 2, polygons: [], occluded: true },
    { id: "d", class_id: 99, polygons: [] },
  ];
  it.each([
    ["", ["d", "c", "b", "a"]],
    ["KIT", ["c"]],
    ["bowl", ["b"]],
    ["occluded", ["c"]],
    ["1", ["a"]],
    ["kitten 1", []],
    ["unknown", ["d"]],
  ])("“%s” leaves %s", (query, ids) => {
    expect(rowsOf(instances, names, query).map(({ instance }) => instance.id)).toEqual(ids);
  });
});

describe("ObjectDetails", () => {
  it("changes class, attributes and note; the note once, when it is left", async () => {
    const onAttributes = vi.fn();
    const onClass = vi.fn();
    show(
      <ObjectDetails
        name="cat 1"
        instance={{ id: "a", class_id: 1, polygons: [], truncated: true }}
        choices={choices}
        isLocked={false}
        opened
        onOpen={() => undefined}
        onClass={onClass}
        onAttributes={onAttributes}
      />,
    );
    await userEvent.click(screen.getByRole("checkbox", { name: /occluded/i }));
    await userEvent.click(screen.getByRole("checkbox", { name: /truncated/i }));
    await userEvent.type(screen.getByRole("textbox", { name: "Note" }), "one ear");
    await userEvent.tab();
    expect(onAttributes.mock.calls).toEqual([
      [{ occluded: true }],
      [{ truncated: false }],
      [{ note: "one ear" }],
    ]);
  });
});

describe("ModelViewSettings", () => {
  it("turns the view on, and counts what vanishes at a size", async () => {
    const speck = { id: "speck", class_id: 1, polygons: [[[80, 80, 80.05, 80, 80.05, 80.05]]] };
    editor.load({ instances: [...editor.document.instances, speck] });
    show(<ModelViewSettings editor={editor} />);
    await userEvent.click(screen.getByRole("switch", { name: /as the model sees it/i }));
    expect(screen.getByRole("status").textContent).toMatch(/^1 of 2 objects vanishes at 640\./);
    const size = screen.getByRole("textbox", { name: /imgsz/ });
    await userEvent.clear(size);
    await userEvent.type(size, "1000");
    await userEvent.tab();
    expect(editor.state.trainingSize).toEqual({ imgsz: 992, maskRatio: 4 });
    await userEvent.click(screen.getByRole("radio", { name: "1" }));
    expect(screen.getByRole("status").textContent).toMatch(/None of 2 objects vanishes at 992/);
  });
});

describe("coordinates", () => {
  it.each([
    [0.5, { x: 12.34, y: 5.5 }, "12, 6"],
    [4, { x: 12.34, y: 5.5 }, "12.3, 5.5"],
    [1, { x: -3, y: 5 }, ""],
    [1, null, ""],
  ])("at %f× of %o are “%s”", (scale, pointer, text) => {
    editor.viewport.camera = { scale, x: 0, y: 0 };
    expect(describePlace(editor, pointer)).toBe(text);
    editor.setTool("select");
    editor.selection.select(["sq"]);
    expect(describePlace(editor, pointer)).toContain(scale >= 2 ? "40.0 × 40.0 px" : "40 × 40 px");
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
