import type { Run } from "@/api/types";

const FAMILIES: Record<string, string> = { yolov8: "YOLOv8", yolo11: "YOLO11", yolo26: "YOLO26" };

export const familyName = (family: string) => FAMILIES[family] ?? family;

/** "yolov8n-seg.yaml" → "YOLOv8n, from scratch". */
export function baseModelName(id: string): string {
  const parsed = /^(yolov8|yolo11|yolo26)([nsmlx])-seg\.(pt|yaml)$/.exec(id);
  if (!parsed) return id;
  const [, family = "", size = "", kind] = parsed;
  return `${familyName(family)}${size}, ${kind === "pt" ? "pretrained" : "from scratch"}`;
}

export function startOf(run: Pick<Run, "base_model" | "source_name">): string {
  return run.source_name || baseModelName(run.base_model);
}
