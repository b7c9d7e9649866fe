import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, it, vi } from "vitest";
import { CAT, stubApi } from "@/pages/editor/testing";
import { renderApp } from "@/test/render";
import { AddClassesDialog } from "./AddClassesDialog";

afterEach(() => vi.unstubAllGlobals());

const ADD = "POST /api/datasets/pond/classes/";

function show(answer: (body: unknown) => unknown) {
  const onClose = vi.fn();
  const sent = stubApi({ [ADD]: answer });
  renderApp(<AddClassesDialog slug="pond" classes={[CAT]} onClose={onClose} />);
  return { sent, onClose };
}

it("adds a pasted list in its order, says what it leaves out, and stays open", async () => {
  const { sent, onClose } = show((body) => ({ ...CAT, ...(body as object) }));
  const field = await screen.findByRole("textbox", { name: "Names" });
  await userEvent.click(field);
  await userEvent.paste("dog, bird\n\ndog\ncat");
  expect(screen.getByText("More than once in the list, added once: “dog”.")).toBeTruthy();
  expect(screen.getByText("Here already: “cat”.")).toBeTruthy();
  expect(screen.getByText("One entry is empty.")).toBeTruthy();
  await userEvent.click(screen.getByRole("button", { name: "Add 2 classes" }));
  expect(await screen.findByText(/2 classes added/)).toBeTruthy();
  const bodies = sent
    .filter(({ method }) => method === "POST")
    .map(({ body }) => body as { name: string; color: string });
  expect(bodies.map(({ name }) => name)).toEqual(["dog", "bird"]);
  expect(new Set(bodies.map(({ color }) => color)).size).toBe(2);
  expect(onClose).not.toHaveBeenCalled();
  expect((field as HTMLTextAreaElement).value).toBe("");
  await waitFor(() => expect(document.activeElement).toBe(field));
  await userEvent.paste("bird");
  expect(screen.getByText("Here already: “bird”.")).toBeTruthy();
});

it("keeps what could not be added, and says why", async () => {
  show((body) =>
    (body as { name: string }).name === "bird"
      ? Response.json({ detail: "There is a class “bird” already.", code: "class_exists" }, { status: 409 })
      : { ...CAT, ...(body as object) },
  );
  const field = await screen.findByRole("textbox", { name: "Names" });
  await userEvent.click(field);
  await userEvent.paste("dog\nbird\nfish");
  await userEvent.click(screen.getByRole("button", { name: "Add 3 classes" }));
  expect(await screen.findByText("bird: There is a class “bird” already.")).toBeTruthy();
  expect((field as HTMLTextAreaElement).value).toBe("bird\nfish");
});
