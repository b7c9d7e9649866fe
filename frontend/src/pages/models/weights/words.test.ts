import { expect, it } from "vitest";
import type { ModelItem } from "@/api/types";
import { classList, faultOfFile, kindWords, missingPretrained, refusalWords } from "./words";

it("says what a model is, as far as the file says it", () => {
  expect(kindWords({ base_model: "yolov8n-seg.pt", parameters: 3_409_968 })).toBe(
    "YOLOv8n, 3.4 M parameters",
  );
  expect(kindWords({ base_model: "", parameters: 42_000 })).toBe("42,000 parameters");
  expect(kindWords({ base_model: "", parameters: 0 })).toBe("");
});

it("refuses before the upload what cannot be a model", () => {
  expect(faultOfFile(null)).toBe("Choose a .pt file.");
  expect(faultOfFile({ name: "model.onnx", size: 5 })).toMatch(/^model\.onnx is no \.pt file/);
  expect(faultOfFile({ name: "best.PT", size: 0 })).toBe("best.PT is empty.");
  expect(faultOfFile({ name: "best.PT", size: 5 })).toBe("");
});

it("says why a file was refused and what to do", () => {
  expect(refusalWords({ error: "It is a detector.", error_hint: "Bring a segmentation model." })).toBe(
    "It is a detector. Bring a segmentation model.",
  );
  expect(refusalWords({ error: "It is a detector.", error_hint: "" })).toBe("It is a detector.");
});

it("lists the pretrained weights that are not here", () => {
  const model = { origin: "pretrained", state: "missing" } as ModelItem;
  expect(
    missingPretrained([model, { ...model, state: "finished" }, { ...model, origin: "uploaded" }]),
  ).toEqual([model]);
});

it("names a few classes of many", () => {
  expect(classList([])).toBe("–");
  expect(classList(["cat", "dog"])).toBe("cat, dog");
  expect(
    classList(
      Array.from({ length: 80 }, (_, i) => `c${i}`),
      2,
    ),
  ).toBe("c0, c1 and 78 more");
});
