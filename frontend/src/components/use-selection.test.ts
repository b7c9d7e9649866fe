import { act, renderHook } from "@testing-library/react";
import { expect, it } from "vitest";
import { useSelection } from "./use-selection";

it("selects with a range from the one toggled last, also where the list has grown since", () => {
  const { result, rerender } = renderHook(({ ids }) => useSelection(ids), {
    initialProps: { ids: ["a", "b", "c"] },
  });
  act(() => result.current.toggle("b", false));
  rerender({ ids: ["a", "b", "c", "d"] });
  act(() => result.current.toggle("d", true));
  expect([...result.current.selected]).toEqual(["b", "c", "d"]);
  act(() => result.current.toggle("c", false));
  expect([...result.current.selected]).toEqual(["b", "d"]);
  act(() => result.current.selectAll());
  expect(result.current.selected.size).toBe(4);
  act(() => result.current.clear());
  expect(result.current.selected.size).toBe(0);
});
