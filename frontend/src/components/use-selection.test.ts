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
  act(() => result.current.selectLoaded());
  expect(result.current.selected.size).toBe(4);
  act(() => result.current.clear());
  expect(result.current.selected.size).toBe(0);
});

it("selects everything that matches, also what is not loaded yet, but for exceptions", () => {
  const { result, rerender } = renderHook(({ ids }) => useSelection(ids), {
    initialProps: { ids: ["a", "b"] },
  });
  act(() => result.current.toggle("a", false));
  act(() => result.current.selectAll());
  expect([result.current.isAll, result.current.excluded.size]).toEqual([true, 0]);
  expect([...result.current.selected]).toEqual(["a", "b"]);
  rerender({ ids: ["a", "b", "c"] });
  expect([...result.current.selected]).toEqual(["a", "b", "c"]);
  act(() => result.current.toggle("b", true));
  expect([...result.current.selected]).toEqual(["a", "c"]);
  expect([...result.current.excluded]).toEqual(["b"]);
  act(() => result.current.toggle("b", false));
  expect(result.current.excluded.size).toBe(0);
  act(() => result.current.clear());
  expect([result.current.isAll, result.current.selected.size]).toEqual([false, 0]);
});
