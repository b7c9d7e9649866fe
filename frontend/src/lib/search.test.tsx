import { act, renderHook } from "@testing-library/react";
import { useEffect, type ReactNode } from "react";
import { MemoryRouter, useLocation, useNavigate } from "react-router";
import { describe, expect, it } from "vitest";
import { useSearch } from "./search";

function inside({ children }: { children: ReactNode }) {
  return <MemoryRouter initialEntries={["/first", "/images?a=1"]}>{children}</MemoryRouter>;
}

function open() {
  return renderHook(
    () => {
      const [params, set] = useSearch();
      const [, setElsewhere] = useSearch(); // a second user on the same page
      return { params, set, setElsewhere, navigate: useNavigate(), path: useLocation().pathname };
    },
    { wrapper: inside },
  ).result;
}

function put(name: string, value: string) {
  return (current: URLSearchParams) => {
    const next = new URLSearchParams(current);
    next.set(name, value);
    return next;
  };
}

describe("search parameters", () => {
  it("keeps both of two writes in one moment, from wherever they come", () => {
    const page = open();
    act(() => {
      page.current.set(put("b", "2"));
      page.current.setElsewhere(put("c", "3"), { replace: true });
    });
    expect(page.current.params.toString()).toBe("a=1&b=2&c=3");
  });

  it("turns a switch on and off again", () => {
    const page = open();
    const toggle = (current: URLSearchParams) => put("n", current.get("n") === "1" ? "0" : "1")(current);
    for (const expected of ["1", "0", "1"]) {
      act(() => page.current.set(toggle));
      expect(page.current.params.get("n")).toBe(expected);
    }
    act(() => {
      page.current.set(toggle);
      page.current.set(toggle);
      page.current.set(toggle);
    });
    expect(page.current.params.get("n")).toBe("0");
  });

  it("starts from the address of a link or of the back button", () => {
    const page = open();
    act(() => page.current.set(put("b", "2")));
    act(() => void page.current.navigate("/images?z=9"));
    act(() => page.current.set(put("c", "3")));
    expect(page.current.params.toString()).toBe("z=9&c=3");
    act(() => void page.current.navigate("/first"));
    act(() => page.current.set(put("d", "4")));
    expect([page.current.path, page.current.params.toString()]).toEqual(["/first", "d=4"]);
  });

  it("forgets what was under way when the page goes", () => {
    const first = renderHook(
      () => {
        const [, set] = useSearch();
        useEffect(() => () => set(put("late", "1")), [set]);
      },
      { wrapper: inside },
    );
    first.unmount();
    const page = open();
    act(() => page.current.set(put("b", "2")));
    expect(page.current.params.toString()).toBe("a=1&b=2");
  });
});
