import { act, renderHook } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { isSameConfidence, useHeld } from "./held";

const held = (value: number) =>
  renderHook(({ value }) => useHeld(value, isSameConfidence), { initialProps: { value } });

describe("useHeld", () => {
  it("keeps what was settled while the old value is still there", () => {
    const { result, rerender } = held(0.25);
    act(() => result.current.move(0.3));
    act(() => result.current.settle(0.3));
    rerender({ value: 0.25 });
    expect(result.current.shown).toBe(0.3);
    rerender({ value: 0.3 });
    expect(result.current.shown).toBe(0.3);
  });

  it("loses no step to an older value that arrives late", () => {
    const { result, rerender } = held(0.25);
    act(() => result.current.settle(0.3));
    act(() => result.current.move(0.4));
    rerender({ value: 0.3 });
    expect(result.current.shown).toBe(0.4);
    act(() => result.current.settle(0.4));
    act(() => result.current.settle(0.45));
    rerender({ value: 0.4 });
    expect(result.current.shown).toBe(0.45);
    rerender({ value: 0.45 });
    expect(result.current.shown).toBe(0.45);
  });

  it("follows a value from elsewhere when the hand rests", () => {
    const { result, rerender } = held(0.25);
    act(() => result.current.settle(0.3));
    rerender({ value: 0.3 });
    rerender({ value: 0.25 });
    expect(result.current.shown).toBe(0.25);
    act(() => result.current.settle(0.25));
    rerender({ value: 0.6 });
    expect(result.current.shown).toBe(0.6);
  });
});
