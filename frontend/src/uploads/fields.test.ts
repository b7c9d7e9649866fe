import { beforeEach, expect, it } from "vitest";
import { forgetFields, recallFields, rememberFields } from "./fields";

beforeEach(() => localStorage.clear());

it("knows after a reload what was asked for with a file", () => {
  rememberFields("file:1", { model: "checkpoint:1" });
  rememberFields("file:2", { model: "checkpoint:2" });
  rememberFields("file:1", { model: "checkpoint:3" });
  expect(recallFields("file:1")).toEqual({ model: "checkpoint:3" });
  forgetFields("file:1");
  expect(recallFields("file:1")).toBeUndefined();
  expect(recallFields("file:2")).toEqual({ model: "checkpoint:2" });
});

it("keeps the newest only, and bears what is no list", () => {
  for (let i = 0; i < 30; i += 1) rememberFields(`file:${i}`, { model: String(i) });
  expect(recallFields("file:9")).toBeUndefined();
  expect(recallFields("file:10")).toEqual({ model: "10" });
  for (const broken of ["{", "7", '["a"]']) {
    localStorage.setItem("segloop-prediction-uploads", broken);
    expect(recallFields("file:10")).toBeUndefined();
  }
});
