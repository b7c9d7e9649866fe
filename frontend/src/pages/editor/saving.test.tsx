import { MantineProvider } from "@mantine/core";
import { act, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { DatasetClass, ImageDetail } from "@/api/types";
import { ConflictDialog } from "./ConflictDialog";
import { SaveIndicator } from "./SaveIndicator";
import { authorOf } from "./sync/authors";
import type { Choice } from "./sync/merge";
import { type AnnotationSaver, DEBOUNCE_MS } from "./sync/saver";
import { describeReplacement } from "./sync/sentences";
import { ANA, MemoryJournal, Server, square } from "./sync/testing";

function show(node: React.ReactNode) {
  return render(<MantineProvider env="test">{node}</MantineProvider>);
}

describe("SaveIndicator", () => {
  let server: Server;
  let saver: AnnotationSaver;

  beforeEach(() => {
    vi.useFakeTimers();
    server = new Server();
    saver = server.open(new MemoryJournal());
    show(<SaveIndicator saver={saver} />);
  });
  afterEach(() => vi.useRealTimers());

  const text = (): string | null => screen.getByRole("status").textContent;
  const pass = (ms: number) => act(() => vi.advanceTimersByTimeAsync(ms));
  const draw = (id: string) =>
    act(() => saver.edit({ instances: [...saver.document.instances, square(id)] }));

  it("is quiet while saves go as they should", async () => {
    draw("b");
    expect(text()).toBe("Saved");
    expect(screen.getByRole("status").dataset.state).toBe("unsaved");
    await pass(DEBOUNCE_MS);
    expect(text()).toBe("Saved");
    expect(screen.getByRole("status").dataset.state).toBe("saved");
  });

  it("counts what waits when a save takes its time, and what is added meanwhile", async () => {
    server.delayMs = 2000;
    draw("b");
    await pass(DEBOUNCE_MS + 900);
    expect(text()).toBe("Saved");
    await pass(200);
    expect(text()).toBe("1 change not yet saved");
    draw("c");
    expect(text()).toBe("2 changes not yet saved");
    await pass(2 * server.delayMs);
    expect(text()).toBe("Saved");
  });

  it("says since when the server is away, and what is kept", async () => {
    vi.setSystemTime(new Date(2026, 10, 24, 14, 31, 59));
    server.faults = ["down"];
    draw("b");
    await pass(DEBOUNCE_MS);
    expect(text()).toMatch(/^Offline since 02:31 PM – 1 change not yet saved/);
    expect(screen.getByRole("button", { name: "Try now" })).toBeTruthy();
  });
});

describe("ConflictDialog", () => {
  const image = { width: 100, height: 100, url: "/photo.jpg" } as ImageDetail;
  const duck = { id: 1, name: "duck", color: "#112233" } as DatasetClass;

  it("asks object by object, by keys too, and only then saves", async () => {
    const onResolve = vi.fn<(choices: ReadonlyMap<string, Choice>) => void>();
    show(
      <ConflictDialog
        image={image}
        versions={{
          base: { instances: [square("a"), square("b"), square("c")] },
          mine: { instances: [square("a", 20), square("b", 20), square("c")] },
          theirs: { instances: [square("a", 50), square("c", 60)] },
        }}
        author={ANA}
        classNames={new Map([[1, duck]])}
        onResolve={onResolve}
      />,
    );
    expect(await screen.findByText("Ana saved this image meanwhile")).toBeTruthy();
    const save = screen.getByRole<HTMLButtonElement>("button", { name: "Save the merged version" });
    expect(save.disabled).toBe(true);
    expect(screen.getAllByRole("radiogroup")).toHaveLength(2);

    const [first] = screen.getAllByRole("radio", { name: "Both" });
    await userEvent.click(first as HTMLElement);
    expect(screen.getByText("1 object left to choose")).toBeTruthy();
    const deleted = screen.getByRole("radio", { name: "Theirs: deleted" });
    act(() => deleted.focus());
    expect(screen.getByRole("img", { name: "Ana’s version: deleted" })).toBeTruthy();
    await userEvent.keyboard(" ");
    await userEvent.click(save);
    expect([...(onResolve.mock.calls[0]?.[0] ?? [])]).toEqual([
      ["a", "both"],
      ["b", "theirs"],
    ]);
  });

  it("takes one side whole", async () => {
    const onResolve = vi.fn<(choices: ReadonlyMap<string, Choice>) => void>();
    const versions = {
      base: { instances: [square("a")] },
      mine: { instances: [square("a", 20)] },
      theirs: { instances: [] },
    };
    show(
      <ConflictDialog
        image={image}
        versions={versions}
        author={ANA}
        classNames={new Map()}
        onResolve={onResolve}
      />,
    );
    await userEvent.click(await screen.findByRole("button", { name: "All mine" }));
    await userEvent.click(screen.getByRole("button", { name: "Save the merged version" }));
    expect([...(onResolve.mock.calls[0]?.[0] ?? [])]).toEqual([["a", "mine"]]);
  });
});

describe("what is said of others' changes", () => {
  const ana = { id: 7, username: "ana", display_name: "Ana", is_administrator: false };

  it.each([
    ["a person", { author: ana, source: "user" }, "Ana saved this image"],
    ["the same person elsewhere", { author: { ...ana, id: 1 }, source: "user" }, "You saved"],
    ["somebody whose account is gone", { author: null, source: "user" }, "Somebody else saved"],
    ["the label file", { author: null, source: "disk" }, "The label file"],
  ] as const)("names %s", (_, revision, words) => {
    expect(authorOf(revision, 1).did).toContain(words);
  });

  it("counts what was added, changed and deleted", () => {
    const before = { instances: [square("a"), square("b")] };
    const document = { instances: [square("a", 15), square("c"), square("d")] };
    const told = describeReplacement({ kind: "merged", author: ANA, before, document });
    expect(told.label).toBe("Merge with Ana’s version");
    expect(told.sentence).toBe(
      "Ana saved this image meanwhile. Merged with yours: 2 objects added, 1 changed, 1 deleted.",
    );
  });
});
