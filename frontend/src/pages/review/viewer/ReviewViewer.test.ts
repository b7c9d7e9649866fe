import { expect, it } from "vitest";
import { isForButton } from "./ReviewViewer";

it.each([
  ["<main></main>", "main", false],
  ["<button><svg></svg></button>", "svg", true],
  ['<a href="/">Fix</a>', "a", true],
  ['<button data-meant="false">cat</button>', "button", false],
])("Enter on %s at %s is for the button itself: %s", (html, selector, expected) => {
  document.body.innerHTML = html;
  const target = document.querySelector(selector) as Element;
  let seen: boolean | undefined;
  target.addEventListener("keydown", (event) => (seen = isForButton(event as KeyboardEvent)));
  target.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter" }));
  expect(seen).toBe(expected);
});
