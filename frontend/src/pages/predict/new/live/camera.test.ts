import { expect, it } from "vitest";
import { cameraFault, fitInto } from "./camera";

it("says what a person can do about a camera that does not start", () => {
  const named = (name: string) => cameraFault(new DOMException("", name));
  expect(named("NotAllowedError")).toMatch(/^The browser keeps the camera from this page\. Allow it/);
  expect(named("NotFoundError")).toMatch(/^No camera was found/);
  expect(named("NotReadableError")).toMatch(/another program/);
  expect(cameraFault("strange")).toMatch(/Drop an image instead/);
});

it("makes frames smaller, never larger, in their proportions", () => {
  expect(fitInto(1920, 1080, 1280)).toEqual({ width: 1280, height: 720 });
  expect(fitInto(1080, 1920, 1280)).toEqual({ width: 720, height: 1280 });
  expect(fitInto(640, 480, 1280)).toEqual({ width: 640, height: 480 });
  expect(fitInto(10_000, 1, 1280)).toEqual({ width: 1280, height: 1 });
});
