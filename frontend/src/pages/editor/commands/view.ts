import { zoomToSelected } from "@/canvas/operations/selecting";
import { type Adjustments, AS_TAKEN, stepped } from "../adjustments";
import type { Command } from "./command";

const ZOOM_STEP = 1.4;
const OPACITY_STEP = 0.1;

function opacity(name: string, key: string, step: number): Command {
  return {
    id: `view.${name}`,
    group: "View",
    label: step > 0 ? "Objects cover more" : "Objects cover less, down to outlines only",
    keys: [key],
    run: ({ editor }) =>
      editor.look.set({
        opacity: Math.max(0, Math.min(1, Math.round((editor.state.opacity + step) * 100) / 100)),
      }),
  };
}

function adjustment(
  id: string,
  key: string,
  label: string,
  change: (now: Adjustments) => Adjustments,
): Command {
  return { id: `view.${id}`, group: "View", label, keys: [key], run: ({ page }) => page.adjust(change) };
}

export const VIEW_COMMANDS: readonly Command[] = [
  {
    id: "view.zoom-in",
    group: "View",
    label: "Zoom in",
    keys: ["+", "="],
    run: ({ editor }) => editor.viewport.zoomBy(ZOOM_STEP),
  },
  {
    id: "view.zoom-out",
    group: "View",
    label: "Zoom out",
    keys: ["-"],
    run: ({ editor }) => editor.viewport.zoomBy(1 / ZOOM_STEP),
  },
  {
    id: "view.fit",
    group: "View",
    label: "Fit the image",
    keys: ["0"],
    run: ({ editor }) => editor.viewport.fit(),
  },
  {
    id: "view.fit-width",
    group: "View",
    label: "Fit the width of the image",
    keys: ["Alt+0"],
    run: ({ editor }) => editor.viewport.fit("width"),
  },
  {
    id: "view.fit-height",
    group: "View",
    label: "Fit the height of the image",
    keys: ["Alt+Shift+0"],
    run: ({ editor }) => editor.viewport.fit("height"),
  },
  {
    id: "view.full-size",
    group: "View",
    label: "100 %: one pixel of the image on one of the screen",
    keys: ["Shift+0"],
    run: ({ editor }) => editor.viewport.zoomBy(1 / editor.viewport.camera.scale),
  },
  {
    id: "view.zoom-to-selected",
    group: "View",
    label: "Zoom to what is selected",
    keys: ["F"],
    run: ({ editor }) => zoomToSelected(editor),
  },
  {
    id: "tool.pan",
    group: "View",
    label: "Move the view by dragging",
    keys: ["Shift+V"],
    run: ({ editor }) => editor.setTool("pan"),
  },
  {
    id: "view.hide-all",
    group: "View",
    label: "Hide or show all objects",
    keys: ["H"],
    run: ({ editor }) => editor.selection.setAllHidden(!editor.selection.allHidden),
  },
  {
    id: "view.hide-selected",
    group: "View",
    label: "Hide what is selected",
    keys: ["Shift+H"],
    run: ({ editor }) => editor.selection.setHidden(editor.selection.ids, true),
  },
  {
    id: "view.show-all",
    group: "View",
    label: "Show every hidden object",
    keys: ["Alt+H"],
    run: ({ editor }) => {
      editor.selection.setAllHidden(false);
      editor.selection.setHidden([...editor.state.hidden], false);
    },
  },
  {
    id: "view.color-by",
    group: "View",
    label: "Colour by object, or by class",
    keys: ["Alt+O"],
    run: ({ editor }) => editor.look.set({ colorBy: editor.state.colorBy === "class" ? "object" : "class" }),
  },
  {
    id: "view.labels",
    group: "View",
    label: "Names of the objects on the canvas",
    keys: ["Alt+L"],
    run: ({ editor }) => editor.look.set({ labels: !editor.state.labels }),
  },
  opacity("less-opaque", "Shift+[", -OPACITY_STEP),
  opacity("more-opaque", "Shift+]", OPACITY_STEP),
  adjustment("brighter", "Shift+B", "Brighter", (now) => stepped(now, "brightness", 1)),
  adjustment("darker", "Alt+B", "Darker", (now) => stepped(now, "brightness", -1)),
  adjustment("more-contrast", "Shift+C", "More contrast", (now) => stepped(now, "contrast", 1)),
  adjustment("less-contrast", "Alt+C", "Less contrast", (now) => stepped(now, "contrast", -1)),
  adjustment("invert", "Shift+I", "Invert the photograph", (now) => ({ ...now, inverted: !now.inverted })),
  adjustment("as-taken", "Alt+I", "The photograph as taken", () => AS_TAKEN),
  {
    id: "view.model",
    group: "View",
    label: "Objects as the model sees them",
    keys: ["Shift+M"],
    run: ({ editor }) => editor.options.set({ modelView: !editor.state.modelView }),
  },
  {
    id: "view.panel",
    group: "View",
    label: "Show or hide classes and objects",
    keys: ["Mod+B"],
    run: ({ page }) => page.togglePanel(),
  },
  {
    id: "view.strip",
    group: "View",
    label: "Show or hide the image strip",
    keys: ["Mod+Shift+B"],
    run: ({ page }) => page.toggleStrip(),
  },
  {
    id: "view.leave-canvas",
    group: "View",
    label: "Leave the canvas: the focus goes to the classes, where Tab goes from button to button",
    keys: ["F8"],
    run: ({ page }) => page.searchClasses(),
  },
  {
    id: "view.help",
    group: "View",
    label: "These keys",
    keys: ["?"],
    run: ({ page }) => page.toggleHelp(),
  },
];
