import { useCallback } from "react";

/** For the bar of a page that stays below the header: tells the style sheet how high it is, so that what
 *  is scrolled to or focused stops below it. */
export function useStickyBar(): (bar: HTMLElement | null) => (() => void) | undefined {
  return useCallback((bar: HTMLElement | null) => {
    if (!bar) return undefined;
    const { style } = document.documentElement;
    const tell = () => style.setProperty("--sl-bar", `${bar.offsetHeight}px`);
    tell();
    const observer = new ResizeObserver(tell);
    observer.observe(bar);
    return () => {
      observer.disconnect();
      style.removeProperty("--sl-bar");
    };
  }, []);
}

/** How much of the window's top is covered, in pixels. */
export function coveredTop(): number {
  return Number.parseFloat(getComputedStyle(document.documentElement).scrollPaddingTop) || 0;
}
