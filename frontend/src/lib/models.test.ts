import { expect, it } from "vitest";
import { baseModelName } from "./models";

it.each([
  ["yolov8n-seg.yaml", "YOLOv8n, from scratch"],
  ["yolo26x-seg.pt", "YOLO26x, pretrained"],
  ["my-model.pt", "my-model.pt"],
])("%s is %s", (id, name) => expect(baseModelName(id)).toBe(name));
