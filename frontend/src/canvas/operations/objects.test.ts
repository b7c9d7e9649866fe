import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Instance } from "../model/document";
import type { SceneChange } from "../model/state";
import type { Editor } from "../editor/editor";
import { makeEditor } from "../make-editor";
import { areaOf } from "../geometry/polygons";
import { intersect, rectangle } from "../geometry/boolean";
import { duplicateSelected, paste } from "./copies";
import { mergeSelected, moveSelected, simplifySelected, trimOverlaps, setAttributesOf } from "./objects";
import { sliceAlong } from "./drawing";

const SIZE = { width: 200, height: 100 };

function box(id: string, x: number, y: number, side: number, class_id = 1): Instance {
  return { id, class_id, polygons: [[rectangle(x, y, x + side, y + side)]] };
}

const BIG = box("big", 20, 20, 60);
const SMALL = box("small", 70, 30, 20, 2);
const FAR = box("far", 150, 10, 30);

let editor: Editor;
const message = vi.fn();

function ids(): string[] {
  return editor.document.instances.map(({ id }) => id);
}

function areas(): number[] {
  return editor.document.instances.map(({ polygons }) => areaOf(polygons));
}

beforeEach(() => {
  message.mockReset();
  editor = makeEditor(SIZE, { instances: [BIG, SMALL, FAR] });
  editor.viewport.setView({ width: 432, height: 232 });
  editor.look.setClasses(
    new Map([
      [1, { color: "#111" }],
      [2, { color: "#222" }],
    ]),
  );
  editor.setTool("select");
  editor.on("message", message);
});

describe("merging", () => {
  it("gives the largest object the area of all, as one entry", () => {
    editor.selection.select(["small", "big"]);
    mergeSelected(editor);
    expect(ids()).toEqual(["big", "far"]);
    expect(areas()[0]).toBe(3600 + 400 - 200);
    editor.undo();
    expect(editor.document.instances).toEqual([BIG, SMALL, FAR]);
  });

  it("notes of it what was noted of any", () => {
    setAttributesOf(editor, new Set(["small"]), { occluded: true, note: "a wing" });
    setAttributesOf(editor, new Set(["big"]), { note: "a body" });
    editor.selection.select(["small", "big"]);
    mergeSelected(editor);
    expect(editor.document.instances[0]).toMatchObject({ id: "big", occluded: true, note: "a body; a wing" });
  });

  it("keeps objects that do not touch as parts", () => {
    editor.selection.select(["far", "big"]);
    mergeSelected(editor);
    expect(editor.document.instances[0]?.polygons).toHaveLength(2);
  });

  it("needs two", () => {
    editor.selection.select(["big"]);
    mergeSelected(editor);
    expect(message).toHaveBeenCalledOnce();
    expect(ids()).toHaveLength(3);
  });
});

describe("trimming overlaps", () => {
  it.each([
    ["selected" as const, [3600, 200, 900]],
    ["others" as const, [3400, 400, 900]],
  ])("%s give way", (gives, expected) => {
    editor.selection.select(["small"]);
    trimOverlaps(editor, gives);
    expect(areas()).toEqual(expected);
    const [big, small] = editor.document.instances;
    expect(intersect(big?.polygons ?? [], small?.polygons ?? [])).toEqual([]);
  });

  it("does not make an object vanish", () => {
    editor.load({ instances: [BIG, box("inside", 30, 30, 5)] });
    editor.selection.select(["inside"]);
    trimOverlaps(editor, "selected");
    expect(ids()).toEqual(["big", "inside"]);
    expect(message).toHaveBeenCalledOnce();
  });

  it("cuts a hole for an object that lies inside another", () => {
    editor.load({ instances: [BIG, box("inside", 30, 30, 5)] });
    editor.selection.select(["inside"]);
    trimOverlaps(editor, "others");
    expect(editor.document.instances[0]?.polygons[0]).toHaveLength(2);
  });
});

describe("simplifying", () => {
  it("drops points within the tolerance, holes included, and says what that costs", () => {
    const dense = Array.from({ length: 20 }, (_, i) => [20 + 3 * i, 20 + (i % 2) * 0.1]).flat();
    const ring = [...dense, 80, 80, 20, 80];
    const hole = [30, 30, 40, 30.1, 50, 30, 50, 50, 30, 50];
    editor.load({ instances: [{ ...BIG, polygons: [[ring, hole]], note: "kept" }, FAR] });
    editor.selection.select(["big"]);
    simplifySelected(editor);
    expect(editor.document.instances[0]).toMatchObject({ note: "kept" });
    expect(editor.document.instances[0]?.polygons[0]?.map((each) => each.length / 2)).toEqual([4, 4]);
    expect(message.mock.lastCall?.[0]).toMatch(/^27 → 8 points · IoU 99\.\d %$/);
    editor.undo();
    expect(editor.state.undoLabel).toBeNull();
  });

  it("is no entry of history where no point can go", () => {
    editor.selection.select(["big"]);
    simplifySelected(editor);
    expect(editor.state.undoLabel).toBeNull();
    expect(message).toHaveBeenCalledOnce();
  });

  it("does not make an object smaller than the tolerance vanish", () => {
    const speck = [50, 50, 50.2, 50.1, 50.3, 50.4, 50.1, 50.5, 50, 50.2];
    editor.load({ instances: [{ ...BIG, polygons: [[speck]] }] });
    editor.outlines.setTolerance(8);
    editor.selection.select(["big"]);
    simplifySelected(editor);
    expect(areas()[0]).toBeGreaterThan(0);
  });
});

describe("order", () => {
  it("brings to the front and sends to the back, and tells the renderer what to draw again", () => {
    const changed = vi.fn<(changes: readonly SceneChange[]) => void>();
    editor.on("scene", changed);
    editor.selection.select(["big"]);
    moveSelected(editor, "front");
    expect(ids()).toEqual(["small", "far", "big"]);
    expect(changed.mock.lastCall?.[0].map(({ id }) => id)).toContain("big");
    const all = { minX: 0, minY: 0, maxX: 200, maxY: 100 };
    expect(editor.scene.search(all).map(({ id }) => id)).toEqual(["small", "far", "big"]);
    moveSelected(editor, "back");
    expect(ids()).toEqual(["big", "small", "far"]);
  });

  it("is no entry of history when nothing moves", () => {
    editor.selection.select(["far"]);
    moveSelected(editor, "front");
    expect(editor.state.undoLabel).toBeNull();
  });
});

describe("copies", () => {
  it("lie beside their originals, are selected, and have ids of their own", () => {
    editor.selection.select(["small", "far"]);
    duplicateSelected(editor);
    expect(ids()).toHaveLength(5);
    expect(new Set(ids()).size).toBe(5);
    expect([...editor.selection.ids]).toEqual(ids().slice(3));
    expect(editor.state.undoLabel).toBe("Duplicate");
    expect(editor.document.instances[3]?.polygons).not.toEqual(SMALL.polygons);
  });

  it("and slices keep the attributes", () => {
    setAttributesOf(editor, new Set(["far"]), { truncated: true, note: "half" });
    editor.selection.select(["far"]);
    duplicateSelected(editor);
    expect(editor.document.instances.at(-1)).toMatchObject({ truncated: true, note: "half" });
    editor.selection.select(["far"]);
    sliceAlong(editor, [140, 20, 190, 20]);
    const noted = editor.document.instances.filter(({ note }) => note === "half");
    expect(noted).toHaveLength(3);
  });

  it("are cut at the border, and left out where nothing of them is inside", () => {
    paste(editor, "Paste", [box("a", 190, 90, 50), box("b", 500, 500, 10)]);
    expect(areas().slice(3)).toEqual([100]);
  });

  it("of a class that is not here get the class at hand", () => {
    editor.outlines.chooseClass(2);
    paste(editor, "Paste", [box("a", 0, 0, 10, 77)]);
    expect(editor.document.instances.at(-1)?.class_id).toBe(2);
  });
});
