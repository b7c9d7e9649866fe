import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Instance } from "../model/document";
import type { Editor } from "../editor/editor";
import { makeEditor } from "../make-editor";
import { areaOf } from "../geometry/polygons";
import { erase, sliceAlong } from "../operations/drawing";
import { lockSelected, selectAll, toggleClassHidden, unlockAll } from "../operations/selecting";
import {
  toggleAttribute,
  trimOverlaps,
  deleteObjects,
  setAttributesOf,
  setClassOf,
} from "../operations/objects";
import { handOn } from "../testing";

const SIZE = { width: 200, height: 100 };
const LEFT: Instance = { id: "left", class_id: 1, polygons: [[[20, 20, 60, 20, 60, 60, 20, 60]]] };
const RIGHT: Instance = { id: "right", class_id: 2, polygons: [[[100, 20, 140, 20, 140, 60, 100, 60]]] };
/** A wedge whose box is far larger than itself. */
const WEDGE: Instance = { id: "wedge", class_id: 1, polygons: [[[60, 90, 190, 62, 190, 90]]] };

let editor: Editor;
const { press, moveTo, click, drag } = handOn(() => editor);
const message = vi.fn();

beforeEach(() => {
  message.mockReset();
  editor = makeEditor(SIZE, { instances: [LEFT, RIGHT, WEDGE] });
  editor.viewport.setView({ width: 432, height: 232 });
  editor.setTool("select");
  editor.on("message", message);
});

describe("the rectangle that selects", () => {
  it.each([
    ["a corner of one", [10, 10], [25, 25], ["left"]],
    ["all it crosses, from any corner", [195, 99], [50, 5], ["left", "right", "wedge"]],
    ["not an object whose box alone it meets", [70, 62], [90, 70], []],
    ["an object around it, through its border only", [5, 40], [30, 41], ["left"]],
  ] as const)("takes %s", (_, from, to, ids) => {
    drag(from, to, { shift: true });
    expect([...editor.selection.ids].sort()).toEqual(ids);
    expect(editor.overlay().guide).toBeNull();
  });

  it("adds to what is selected", () => {
    editor.selection.select(["right"]);
    drag([10, 10], [25, 25], { shift: true });
    expect([...editor.selection.ids].sort()).toEqual(["left", "right"]);
  });

  it("leaves hidden and locked objects alone", () => {
    editor.selection.setHidden(["left"], true);
    editor.selection.setLocked(["right"], true);
    drag([5, 5], [195, 95], { shift: true });
    expect([...editor.selection.ids]).toEqual(["wedge"]);
  });

  it("is shown while it is drawn, and Escape takes it back", () => {
    press(5, 5, { shift: true });
    moveTo([150, 50]);
    expect(editor.overlay().guide).toEqual({ kind: "marquee", points: [5, 5, 150, 5, 150, 50, 5, 50] });
    editor.abandon();
    expect(editor.overlay().guide).toBeNull();
    expect(editor.selection.ids.size).toBe(0);
  });

  it("a click beside everything with Shift keeps the selection, one without drops it", () => {
    editor.selection.select(["left"]);
    click(5, 5, { shift: true });
    expect(editor.selection.ids.size).toBe(1);
    click(5, 5);
    expect(editor.selection.ids.size).toBe(0);
  });
});

describe("a locked object", () => {
  beforeEach(() => {
    editor.selection.select(["left"]);
    lockSelected(editor);
  });

  it("leaves the hand, cannot be picked, and is still seen", () => {
    expect(editor.selection.ids.size).toBe(0);
    click(40, 40);
    editor.selection.select(["left"]);
    expect(editor.selection.ids.size).toBe(0);
    expect(editor.selection.isVisible("left")).toBe(true);
    selectAll(editor);
    expect([...editor.selection.ids].sort()).toEqual(["right", "wedge"]);
  });

  it("is snapped to", () => {
    editor.options.set({ snaps: true });
    editor.setTool("draw");
    click(61, 21);
    expect(editor.draft.points).toEqual([60, 20]);
  });

  it.each<[string, () => void]>([
    ["deleted", () => deleteObjects(editor, new Set(["left"]))],
    ["given another class", () => setClassOf(editor, new Set(["left"]), 9)],
    ["given a note", () => setAttributesOf(editor, new Set(["left"]), { note: "?" })],
    ["sliced", () => sliceAlong(editor, [5, 40, 80, 40])],
    ["erased from", () => erase(editor, [[[30, 30, 50, 30, 50, 50]]], { x: 40, y: 40 })],
  ])("is not %s", (_, act) => {
    act();
    expect(editor.document.instances[0]).toBe(LEFT);
    expect(editor.state.undoLabel).toBeNull();
  });

  it("does not give way to what overlaps it, which gives way to it", () => {
    const over = { ...RIGHT, polygons: [[[50, 20, 90, 20, 90, 60, 50, 60]]] };
    editor.load({ instances: [LEFT, over] });
    editor.selection.setLocked(["left"], true);
    editor.selection.select(["right"]);
    trimOverlaps(editor, "others");
    expect(editor.document.instances).toEqual([LEFT, over]);
    trimOverlaps(editor, "selected");
    expect(editor.document.instances.map(({ polygons }) => areaOf(polygons))).toEqual([1600, 1200]);
  });

  it("is free again when all are unlocked", () => {
    unlockAll(editor);
    click(40, 40);
    expect([...editor.selection.ids]).toEqual(["left"]);
  });

  it("takes nothing more of what is drawn", () => {
    unlockAll(editor);
    editor.outlines.aimAt("add", "left");
    editor.selection.setLocked(["left"], true);
    expect(editor.state.purpose).toBe("new");
  });
});

describe("a class", () => {
  it("is hidden and shown as one", () => {
    editor.selection.setHidden(["left"], true);
    toggleClassHidden(editor, 1);
    expect([...editor.state.hidden].sort()).toEqual(["left", "wedge"]);
    toggleClassHidden(editor, 1);
    expect(editor.state.hidden.size).toBe(0);
  });
});

describe("attributes", () => {
  it("are set where one lacks them, and taken where all have them, as one entry", () => {
    setAttributesOf(editor, new Set(["left"]), { occluded: true });
    editor.selection.select(["left", "right"]);
    toggleAttribute(editor, "occluded");
    expect(editor.document.instances.map(({ occluded }) => occluded)).toEqual([true, true, undefined]);
    toggleAttribute(editor, "occluded");
    expect(editor.document.instances.some(({ occluded }) => occluded)).toBe(false);
    editor.undo();
    editor.undo();
    expect(editor.document.instances[1]).toBe(RIGHT);
  });

  it("need an object, and say so", () => {
    toggleAttribute(editor, "truncated");
    expect(message).toHaveBeenCalledOnce();
    expect(editor.state.undoLabel).toBeNull();
  });
});
