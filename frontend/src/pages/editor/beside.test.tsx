import { act, render, screen, renderHook } from "@testing-library/react";
import { MantineProvider } from "@mantine/core";
import { readFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { renderApp } from "@/test/render";
import { CanvasStatus } from "./CanvasStatus";
import { CommentPins } from "./comments/CommentPins";
import { comment, openImage } from "./testing";
import { useLayout } from "./use-layout";

/** The rules of a style sheet by selector; media queries aside. */
function rulesOf(file: string): Map<string, string> {
  const text = readFileSync(new URL(file, import.meta.url), "utf8").replace(/\/\*[\s\S]*?\*\//g, "");
  return new Map(
    [...text.matchAll(/([^{}]+)\{([^{}]*)\}/g)].map(([, selector = "", body = ""]) => [
      selector.trim(),
      body,
    ]),
  );
}

function pretend(...queries: RegExp[]): void {
  const matchMedia = window.matchMedia.bind(window);
  vi.spyOn(window, "matchMedia").mockImplementation((query) =>
    Object.assign(matchMedia(query), { matches: queries.some((each) => each.test(query)) }),
  );
}

beforeEach(() => localStorage.clear());
afterEach(() => vi.restoreAllMocks());

describe("over the canvas", () => {
  it("pins of comments take no presses while a tool draws, whatever is read beside it", () => {
    const { editing } = openImage();
    const pins = (
      <CommentPins
        editor={editing.editor}
        comments={[comment(1)]}
        selected={1}
        draft={null}
        onSelect={() => undefined}
      />
    );
    const { container } = renderApp(pins);
    const layer = container.querySelector("[data-passive]");
    expect(layer?.getAttribute("data-passive")).toBe("false");
    for (const tool of ["draw", "wire", "box", "rectangle", "ellipse", "brush", "eraser", "slice"] as const) {
      act(() => editing.editor.setTool(tool));
      expect(layer?.getAttribute("data-passive"), tool).toBe("true");
    }
    const rules = rulesOf("./comments/comments.module.css");
    expect(rules.get(".pins")).toContain("pointer-events: none");
    expect(rules.get('.pins[data-passive="true"] .pin')).toContain("pointer-events: none");
  });

  it("drawings and the name under the pointer take none at all", () => {
    expect(rulesOf("./overlay.module.css").get(".layer")).toContain("pointer-events: none");
    const rules = rulesOf("./editor.module.css");
    expect(rules.get(".label")).toContain("pointer-events: none");
    expect(rules.get(".stage canvas")).toContain("pointer-events: none");
  });
});

describe("hints", () => {
  function show() {
    const { editing } = openImage();
    editing.editor.setTool("draw");
    render(
      <MantineProvider env="test">
        <CanvasStatus {...editing} />
      </MantineProvider>,
    );
    return editing.editor;
  }

  it("name keys where there are some", () => {
    const editor = show();
    act(() => editor.resumeDraft([0, 0, 10, 0, 10, 10]));
    expect(screen.getByRole("button", { name: "Enter closes" })).toBeTruthy();
  });

  it("name gestures on touch, and no key", () => {
    pretend(/coarse/);
    const editor = show();
    expect(screen.getByText(/^Tap point by point/)).toBeTruthy();
    act(() => editor.resumeDraft([0, 0, 10, 0, 10, 10]));
    for (const name of ["Close", "Take back", "Abandon"])
      expect(screen.getByRole("button", { name })).toBeTruthy();
    expect(document.querySelector("kbd")).toBeNull();
  });
});

describe("a narrow window", () => {
  it("shows one sheet at a time, none at first, and leaves what a wide one shows as it was", () => {
    pretend(/max-width/);
    const { result } = renderHook(useLayout);
    expect(result.current).toMatchObject({ isCompact: true, panel: false, strip: false, sheet: null });
    act(() => result.current.show("panel"));
    expect(result.current).toMatchObject({ panel: true, strip: false, sheet: "classes" });
    act(() => result.current.setSheet("objects"));
    act(() => result.current.show("panel"));
    expect(result.current.sheet).toBe("objects");
    act(() => result.current.toggle("strip"));
    expect(result.current).toMatchObject({ panel: false, strip: true });
    act(() => result.current.toggle("strip"));
    vi.restoreAllMocks();
    expect(renderHook(useLayout).result.current).toMatchObject({
      isCompact: false,
      panel: true,
      strip: true,
    });
  });
});
