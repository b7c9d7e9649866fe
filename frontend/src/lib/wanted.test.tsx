import { act, renderHook } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { useSteps } from "./wanted";

describe("useSteps", () => {
  it("steps from the place that was asked for, not from the one that is shown", () => {
    const asked: number[] = [];
    const { result, rerender } = renderHook(({ shown }) => useSteps(shown, 20, (to) => asked.push(to)), {
      initialProps: { shown: 3 },
    });
    act(() => [1, 2, 3, 4, 5, 6].forEach(() => result.current(1)));
    expect(asked).toEqual([4, 5, 6, 7, 8, 9]);
    // Pages follow behind, some of them not at all.
    rerender({ shown: 5 });
    act(() => result.current(1));
    rerender({ shown: 10 });
    act(() => result.current(-1));
    expect(asked.slice(6)).toEqual([10, 9]);
  });

  it("stays within the list, and begins anew at what somebody else has shown", () => {
    const asked: number[] = [];
    const { result, rerender } = renderHook(({ shown }) => useSteps(shown, 3, (to) => asked.push(to)), {
      initialProps: { shown: 1 },
    });
    act(() => [1, 1, 1].forEach((by) => result.current(by)));
    expect(asked).toEqual([2]);
    rerender({ shown: 2 });
    rerender({ shown: 0 });
    act(() => result.current(1));
    expect(asked).toEqual([2, 1]);
  });
});
