import { act, renderHook, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { afterEach, describe, expect, it, vi } from "vitest";
import { renderApp } from "@/test/render";
import { square } from "../sync/testing";
import { ANA, BEN, CLASS_NAMES, openImage, revision, stubApi } from "../testing";
import {
  compareVersions,
  describeAuthor,
  describeComparison,
  describeRevision,
  nameAuthor,
  restoreVersion,
} from "./compare";
import { HistoryPanel } from "./HistoryPanel";
import { RevisionBanner } from "./RevisionBanner";
import { useRevisionView } from "./use-revision-view";

afterEach(() => vi.unstubAllGlobals());

const [a, b, c] = [square("a"), square("b"), square("c")];
const doc = (...instances: ReturnType<typeof square>[]) => ({ instances });
const always = () => true;

describe("a revision beside the present", () => {
  it("differs in what is only there, only now, and changed", () => {
    const found = compareVersions(doc(a, b, square("c", 40)), doc(a, c, square("d")));
    expect(found.onlyThen.map(({ id }) => id)).toEqual(["b"]);
    expect(found.onlyNow.map(({ id }) => id)).toEqual(["d"]);
    expect(found.changed.map(({ then, now }) => [then.polygons, now.polygons])).toEqual([
      [square("c", 40).polygons, c.polygons],
    ]);
    expect(describeComparison(found)).toBe("1 object only then, 1 only now, 1 changed since");
  });

  it("has another order only when what is in both lies differently, not when something came or went between", () => {
    expect(compareVersions(doc(a, b, c), doc(a, c)).isReordered).toBe(false);
    expect(compareVersions(doc(a, c), doc(a, b, c)).isReordered).toBe(false);
    expect(compareVersions(doc(c, b, a), doc(a, c)).isReordered).toBe(true);
    expect(describeComparison(compareVersions(doc(b, a), doc(a, b)))).toBe("another order");
    expect(describeComparison(compareVersions(doc(a, b), doc(a, b)))).toBe("The same as now");
  });

  it("is restored with the same ids and order; what did not change stays the object it is", () => {
    const now = doc(a, c, square("d"));
    const { document, leftOut } = restoreVersion(doc(square("c", 40), square("b"), square("a")), now, always);
    expect(document.instances.map(({ id }) => id)).toEqual(["c", "b", "a"]);
    expect(document.instances[2]).toBe(a);
    expect(leftOut).toBe(0);
  });

  it("leaves the document alone where nothing differs, and out what has a class that is no more", () => {
    const now = doc(a, b);
    expect(restoreVersion(doc(square("a"), square("b")), now, always).document).toBe(now);
    const gone = restoreVersion(doc(a, { ...c, class_id: 9 }), now, (id) => id === 1);
    expect(gone.document.instances).toEqual([a]);
    expect(gone.leftOut).toBe(1);
  });

  it.each([
    [{ added: 3, changed: 2, deleted: 1, reordered: true }, "+3, 2 changed, 1 deleted, order"],
    [{ deleted: 1 }, "1 deleted"],
    [{ status: "done" }, "marked as done"],
    [{ status: "accepted" }, "accepted"],
    [{ added: 1, status_before: "sent_back", status: "done" }, "+1, marked as done"],
    [{ added: 1, status_before: "unlabelled", status: "in_progress" }, "+1"],
  ] as const)("%j is told as “%s”", (over, text) => {
    expect(describeRevision(revision(1, over))).toBe(text);
  });

  it.each([
    [{ author: BEN }, "ben", "by ben"],
    [{ author: ANA }, "You", "by you"],
    [{ author: null }, "Somebody", "by somebody"],
    [{ author: BEN, source: "import" }, "Import", "by an import"],
    [{ author: null, source: "disk" }, "Label file", "by the label file"],
  ] as const)("%j is by “%s”", (over, name, sentence) => {
    expect(nameAuthor(revision(1, over), ANA.id)).toBe(name);
    expect(describeAuthor(revision(1, over), ANA.id)).toBe(sentence);
  });
});

describe("HistoryPanel", () => {
  const { id, polygons } = square("z");
  const deleted = {
    ...{ id, polygons, class_id: 1, occluded: true, truncated: false, note: "", revision: 3 },
    ...{ deleted_at: new Date(2026, 1, 3).toISOString(), deleted_by: BEN },
  };

  function show(shown: number | null = null) {
    const { editing } = openImage();
    const sent = stubApi({
      "GET /api/images/img/revisions/": () => ({
        next: null,
        previous: null,
        results: [revision(2, { author: BEN, changed: 2 }), revision(1, { source: "import", added: 4 })],
      }),
      "GET /api/images/img/deleted-instances/": () => [deleted],
    });
    const spies = { onShow: vi.fn(), onClose: vi.fn() };
    renderApp(
      <HistoryPanel
        {...spies}
        image="img"
        editor={editing.editor}
        user={ANA.id}
        classNames={CLASS_NAMES}
        shown={shown}
      />,
    );
    return { ...spies, ...editing, sent };
  }

  it("lists who changed what, and opens a revision", async () => {
    const { onShow } = show();
    const [newest, first] = await screen.findAllByRole("listitem");
    expect(newest?.textContent).toMatch(/^ben.*2 \(newest\) · 2 changed$/);
    expect(first?.textContent).toMatch(/^Import.*1 · \+4$/);
    await userEvent.click(within(first as HTMLElement).getByRole("button"));
    expect(onShow).toHaveBeenCalledWith(expect.objectContaining({ number: 1 }));
  });

  it("leaves the revision with Escape first, then the panel", async () => {
    const first = show(2);
    await screen.findAllByRole("listitem");
    await userEvent.keyboard("{Escape}");
    expect(first.onShow).toHaveBeenCalledWith(null);
    expect(first.onClose).not.toHaveBeenCalled();
  });

  it("brings a deleted object back under its id, as one edit that can be undone", async () => {
    const { editor, saver } = show();
    await userEvent.click(screen.getByRole("tab", { name: "Deleted objects" }));
    await userEvent.click(await screen.findByRole("button", { name: "Bring back cat" }));
    expect(editor.document.instances.at(-1)).toMatchObject({ id: "z", occluded: true, polygons });
    expect([...editor.selection.ids]).toEqual(["z"]);
    expect(saver.isDirty).toBe(true);
    expect(screen.getByText(/Nothing was deleted/)).toBeTruthy();
    act(() => editor.undo());
    expect(screen.getByRole("button", { name: "Bring back cat" })).toBeTruthy();
  });
});

describe("looking at a revision", () => {
  async function look() {
    const { editing, server } = openImage();
    stubApi({
      "GET /api/images/img/revisions/2/": () => ({
        ...server.annotation(),
        revision: 2,
        instances: [square("b"), square("a")],
      }),
    });
    const client = new QueryClient({ defaultOptions: { queries: { retry: false } } });
    const { result } = renderHook(() => useRevisionView(editing, CLASS_NAMES), {
      wrapper: ({ children }) => <QueryClientProvider client={client}>{children}</QueryClientProvider>,
    });
    editing.editor.viewport.setView({ width: 500, height: 500 });
    editing.editor.edits.apply("Draw object", ({ instances }) => ({
      instances: [...instances, square("c", 60)],
    }));
    act(() => result.current.open(revision(2)));
    await waitFor(() => expect(result.current.preview).not.toBeNull());
    return { ...editing, view: result };
  }

  it("shows it in another editor; the unsaved edits stay with their own", async () => {
    const { editor, saver, view } = await look();
    expect(view.current.preview?.document.instances.map(({ id }) => id)).toEqual(["b", "a"]);
    expect(view.current.preview?.viewport.camera).toEqual(editor.viewport.camera);
    expect(saver.document).toBe(editor.document);
    expect(saver.document.instances.map(({ id }) => id)).toEqual(["a", "c"]);
    view.current.preview?.viewport.zoomBy(2);
    const { camera } = (view.current.preview as typeof editor).viewport;
    act(() => view.current.open(null));
    expect(view.current.preview).toBeNull();
    expect(editor.viewport.camera).toEqual(camera);
    expect(editor.state.undoLabel).toBe("Draw object");
  });

  it("restores it as one edit, which is saved and undone as any other", async () => {
    const { editor, saver, view } = await look();
    const told = vi.fn();
    editor.on("message", told);
    act(() => view.current.restore());
    expect(saver.document.instances.map(({ id }) => id)).toEqual(["b", "a"]);
    expect(view.current.revision).toBeNull();
    expect(told).toHaveBeenCalledWith("Revision 2 is restored. Undo takes that back.");
    act(() => editor.undo());
    expect(saver.document.instances.map(({ id }) => id)).toEqual(["a", "c"]);
  });
});

describe("RevisionBanner", () => {
  it("says which revision it is and how it differs, and waits with Restore until it is here", async () => {
    const onRestore = vi.fn();
    const props = {
      ...{ revision: revision(7, { author: BEN }), user: ANA.id, error: null, onRestore },
      ...{ onRetry: () => undefined, onBack: () => undefined },
    };
    const { rerender } = renderApp(<RevisionBanner {...props} comparison={null} />);
    expect(screen.getByRole<HTMLButtonElement>("button", { name: "Restore" }).disabled).toBe(true);
    rerender(<></>);
    renderApp(<RevisionBanner {...props} comparison={compareVersions(doc(a), doc(a, b))} />);
    expect(screen.getByRole("status").textContent).toContain("Revision 7 by ben");
    expect(screen.getByText("1 object only now")).toBeTruthy();
    await userEvent.click(screen.getByRole("button", { name: "Restore" }));
    expect(onRestore).toHaveBeenCalledOnce();
  });
});
