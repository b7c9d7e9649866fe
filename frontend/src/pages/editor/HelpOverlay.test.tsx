import { MantineProvider } from "@mantine/core";
import { fireEvent, render, screen, within } from "@testing-library/react";
import { PointerEventsCheckLevel, userEvent as events } from "@testing-library/user-event";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { HelpOverlay } from "./HelpOverlay";
import { readKeyChanges, writeKeyChanges } from "./preferences";
import { KeysProvider, useKeyOf } from "./use-keys";

// A hundred rows at once take a busy machine long.
vi.setConfig({ testTimeout: 30_000 });

const USER = 7;
const userEvent = events.setup({ pointerEventsCheck: PointerEventsCheckLevel.Never });

function Undo() {
  return <output>{useKeyOf("edit.undo")}</output>;
}

function show(onClose = vi.fn()) {
  render(
    <MantineProvider env="test">
      <KeysProvider userId={USER}>
        <Undo />
        <HelpOverlay opened onClose={onClose} />
      </KeysProvider>
    </MantineProvider>,
  );
  return onClose;
}

// By label, not by role: roles of a hundred rows take a second to look through.
const row = (label: string): HTMLElement => screen.getByLabelText(label);
const keysOf = (label: string): (string | null)[] =>
  [...row(label).querySelectorAll("kbd")].map((key) => key.textContent);

async function change(label: string, keys: string): Promise<void> {
  await userEvent.click(screen.getByLabelText(`Change the keys of ${label}`));
  await userEvent.keyboard(keys);
}

beforeEach(() => localStorage.clear());

describe("HelpOverlay", () => {
  it("finds commands by what they do and by their keys", async () => {
    show();
    const find = (value: string): (string | null)[] => {
      fireEvent.change(screen.getByLabelText("Find a key"), { target: { value } });
      return [...document.querySelectorAll("section > [role=group]")].map((each) =>
        each.getAttribute("aria-label"),
      );
    };
    expect(find("zoom")).toEqual(["Zoom in", "Zoom out", "Zoom to what is selected"]);
    expect(keysOf("Zoom in")).toEqual(["+", "="]);
    expect(find("ctrl+z")).toEqual(["Undo"]);
    expect(find(";")).toEqual([]);
    expect(find("page up")).toEqual(["Previous image"]);
    expect(find("undo")).toEqual(["Undo"]);
    expect(screen.queryByText(/Nothing is called that/)).toBeNull();
    find("no such thing");
    expect(screen.getByText(/Nothing is called that/)).toBeTruthy();
  });

  it("gives a command the keys pressed next, everywhere and for the next visit", async () => {
    show();
    await change("Undo", "{F2}");
    expect(keysOf("Undo")).toEqual(["F2"]);
    expect(document.querySelector("output")?.textContent).toBe("F2");
    expect(readKeyChanges(USER)).toEqual({ "edit.undo": ["F2"] });
    expect(readKeyChanges(USER + 1)).toEqual({});
  });

  it("leaves the keys with Escape, and stays open", async () => {
    const onClose = show();
    await change("Undo", "{Escape}");
    expect(keysOf("Undo")).toEqual(["Ctrl", "Z"]);
    expect(onClose).not.toHaveBeenCalled();
    await userEvent.keyboard("{Escape}");
    expect(onClose).toHaveBeenCalledOnce();
  });

  it("takes the keys away with Backspace", async () => {
    show();
    await change("Undo", "{Backspace}");
    expect(within(row("Undo")).getByText("no key")).toBeTruthy();
    expect(readKeyChanges(USER)).toEqual({ "edit.undo": [] });
  });

  it("says whose keys they are, and swaps", async () => {
    show();
    await change("Undo", "{Control>}d{/Control}");
    expect(row("Undo").textContent).toContain("“Duplicate” now");
    await userEvent.click(screen.getByText("Swap the two"));
    expect(keysOf("Undo")).toEqual(["Ctrl", "D"]);
    expect(keysOf("Duplicate")).toEqual(["Ctrl", "Z"]);
  });

  it("or replaces, which leaves the other without", async () => {
    show();
    await change("Undo", "{Control>}d{/Control}");
    await userEvent.click(screen.getByText("Use it here"));
    expect(keysOf("Undo")).toEqual(["Ctrl", "D"]);
    expect(within(row("Duplicate")).getByText("no key")).toBeTruthy();
  });

  it("refuses what the browser keeps for itself, with a word, and waits for others", async () => {
    show();
    await change("Undo", "{Control>}w{/Control}");
    expect(row("Undo").textContent).toMatch(/Ctrl\s*W cannot be used\. The browser opens, closes/);
    await userEvent.keyboard("{F2}");
    expect(keysOf("Undo")).toEqual(["F2"]);
  });

  it("resets one command, taking its own keys back, or all", async () => {
    writeKeyChanges(USER, { "edit.undo": ["F2"], "edit.copy": ["Mod+Z"], "edit.redo": ["F4"] });
    show();
    await userEvent.click(screen.getByLabelText("Reset the keys of Undo"));
    expect(keysOf("Undo")).toEqual(["Ctrl", "Z"]);
    expect(within(row("Copy")).getByText("no key")).toBeTruthy();
    await userEvent.click(screen.getByText("Reset all"));
    expect(keysOf("Copy")).toEqual(["Ctrl", "C"]);
    expect(readKeyChanges(USER)).toEqual({});
    expect(screen.getByText("Reset all").closest("button")?.disabled).toBe(true);
  });

  it("keeps the keyboard at the row", async () => {
    show();
    await change("Undo", "{F2}");
    expect(document.activeElement?.getAttribute("aria-label")).toBe("Change the keys of Undo");
  });
});
