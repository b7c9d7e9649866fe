import type { Mask } from "@/components/MaskOverlay";
import { formatThreshold } from "@/lib/figures";
import type { LiveAnswer, ModelItem } from "@/api/types";

const NO_COLOR = "#888888";

/** What of an answer is at least as sure as the slider says, drawn in the colours of the model's classes. */
export function masksOf(
  answer: Pick<LiveAnswer, "instances">,
  model: Pick<ModelItem, "colors"> | undefined,
  confidence: number,
): Mask[] {
  return answer.instances
    .filter((instance) => instance.confidence >= confidence)
    .map(({ class_index, class_name, confidence: sure, polygon }) => ({
      points: polygon,
      color: model?.colors[class_index] ?? NO_COLOR,
      caption: `${class_name} ${formatThreshold(sure)}`,
    }));
}

export type Count = { name: string; color: string; count: number };

/** How many of each class, the most frequent first. */
export function countsOf(
  answer: Pick<LiveAnswer, "instances">,
  model: Pick<ModelItem, "colors"> | undefined,
  confidence: number,
): Count[] {
  const counts = new Map<number, Count>();
  for (const { class_index, class_name, confidence: sure } of answer.instances) {
    if (sure < confidence) continue;
    const known = counts.get(class_index) ?? {
      name: class_name,
      color: model?.colors[class_index] ?? NO_COLOR,
      count: 0,
    };
    counts.set(class_index, { ...known, count: known.count + 1 });
  }
  return [...counts.values()].sort((a, b) => b.count - a.count || a.name.localeCompare(b.name));
}
