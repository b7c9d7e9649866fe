import { formatMetric, plural } from "@/lib/format";
import type { ModelItem } from "@/api/types";

const MOST_NAMED = 3;

/** "80 classes: person, bicycle, car …". */
export function classesWords(names: readonly string[]): string {
  if (names.length === 0) return "classes not known yet";
  const shown = names.slice(0, MOST_NAMED).join(", ");
  return `${plural(names.length, "class", "classes")}: ${shown}${names.length > MOST_NAMED ? " …" : ""}`;
}

/** What tells models apart in a list: classes, size, figure, dataset. */
export function modelFacts(model: ModelItem): string {
  const { class_names, image_size, mask_map50, dataset, tags } = model;
  const facts = [
    classesWords(class_names),
    class_names.length > 0 && `${image_size} px`,
    typeof mask_map50 === "number" && `mask mAP50 ${formatMetric(mask_map50)}`,
    dataset,
    ...tags,
  ];
  return facts.filter(Boolean).join(" · ");
}

/** Why a model cannot be used now, in a word. */
export function waitsWords({ state, can_fetch }: ModelItem): string {
  if (state === "missing") return can_fetch ? "Can be fetched" : "Not here";
  if (state === "failed") return "Refused";
  if (state === "cancelled") return "Cancelled";
  return "Being read";
}
