import { screen } from "@testing-library/react";
import { expect, it } from "vitest";
import { renderApp } from "@/test/render";
import { StateBadge } from "./StateBadge";

it.each([
  ["", "Finished"],
  ["choice", "Waits for your choice"],
  ["losses", "Taken with losses"],
  ["taken_back", "Taken back"],
] as const)("an import that ended (%s) says %s", (ending, word) => {
  renderApp(<StateBadge state="finished" ending={ending} />);
  expect(screen.getByText(word)).toBeTruthy();
  expect(ending === "" || screen.queryByText("Finished") === null).toBe(true);
});
