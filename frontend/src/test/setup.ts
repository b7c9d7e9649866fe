import { cleanup, configure } from "@testing-library/react";
import { afterEach } from "vitest";

afterEach(cleanup);

// A busy machine is no failure: what a test waits for may come late.
configure({ asyncUtilTimeout: 15_000 });

// happy-dom has no media queries of its own that Mantine can listen to.
window.matchMedia = (query: string) =>
  ({
    matches: false,
    media: query,
    onchange: null,
    addEventListener: () => undefined,
    removeEventListener: () => undefined,
    dispatchEvent: () => false,
  }) satisfies Partial<MediaQueryList> as unknown as MediaQueryList;

// Nor has it fonts, for whose arrival a field that grows with its text waits.
Object.defineProperty(document, "fonts", { value: new EventTarget() });
