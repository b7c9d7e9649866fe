import { screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it, vi } from "vitest";
import { renderApp } from "@/test/render";
import { usePageKeys } from "./use-page-keys";

const FIELDS = (
  <>
    <input aria-label="text" />
    <input type="checkbox" aria-label="checkbox" />
    <input type="radio" aria-label="radio" />
    <textarea aria-label="textarea" />
    <button>button</button>
    <a href="#there">link</a>
    <button data-meant={true}>picked</button>
    <button data-meant={false}>other</button>
    <div role="menu">
      <button role="menuitem">item</button>
    </div>
    <button onKeyDown={(event) => event.preventDefault()}>greedy</button>
  </>
);

function Page({ keys }: { keys: Record<"Enter" | "ArrowDown" | "d", () => void> }) {
  usePageKeys(Object.entries(keys));
  return FIELDS;
}

it.each([
  ["nothing", "Enter ArrowDown d"],
  ["text", ""],
  ["checkbox", "Enter ArrowDown d"],
  ["radio", "Enter d"],
  ["textarea", ""],
  ["button", "ArrowDown d"],
  ["link", "ArrowDown d"],
  ["picked", "Enter ArrowDown d"],
  ["other", "ArrowDown d"],
  ["item", ""],
  ["greedy", ""],
])("with the focus on %s, the page hears %s", async (name, heard) => {
  const keys = { Enter: vi.fn(), ArrowDown: vi.fn(), d: vi.fn() };
  renderApp(<Page keys={keys} />);
  if (name !== "nothing") (screen.queryByLabelText(name) ?? screen.getByText(name)).focus();
  await userEvent.keyboard("{Enter}{ArrowDown}d");
  const called = Object.entries(keys).filter(([, act]) => act.mock.calls.length === 1);
  expect(called.map(([key]) => key).join(" ")).toBe(heard);
});

it.each([
  ["nothing", 1],
  ["button", 0],
  ["checkbox", 0],
  ["radio", 0],
  ["link", 1],
])("with the focus on %s, Space is heard by the page %s times", async (name, times) => {
  const act = vi.fn();
  function Space() {
    usePageKeys([["space", act]]);
    return FIELDS;
  }
  renderApp(<Space />);
  if (name !== "nothing") (screen.queryByLabelText(name) ?? screen.getByText(name)).focus();
  await userEvent.keyboard(" ");
  expect(act).toHaveBeenCalledTimes(times);
});
