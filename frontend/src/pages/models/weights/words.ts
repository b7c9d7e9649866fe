import { formatCount, plural } from "@/lib/format";
import { baseModelName } from "@/lib/models";
import type { ModelItem, WeightsItem } from "@/api/types";

/** "YOLOv8n, 3.3 M parameters". */
export function kindWords({
  base_model,
  parameters,
}: Pick<WeightsItem, "base_model" | "parameters">): string {
  const size = parameters > 0 ? millions(parameters) : "";
  // Of a file from elsewhere only the architecture is known, not what it was trained from.
  const [architecture = ""] = baseModelName(base_model).split(",");
  return [architecture, size].filter(Boolean).join(", ");
}

function millions(parameters: number): string {
  if (parameters < 100_000) return plural(parameters, "parameter");
  return `${(parameters / 1e6).toFixed(1)} M parameters`;
}

/** Why a file was refused, and what to do, in one text. */
export function refusalWords({ error, error_hint }: Pick<WeightsItem, "error" | "error_hint">): string {
  return [error, error_hint].filter(Boolean).join(" ");
}

/** A file chosen for upload that cannot be a model; "" where it may be one. */
export function faultOfFile(file: Pick<File, "name" | "size"> | null): string {
  if (!file) return "Choose a .pt file.";
  if (!/\.pt$/i.test(file.name)) return `${file.name} is no .pt file. Bring a model as Ultralytics saves it.`;
  return file.size > 0 ? "" : `${file.name} is empty.`;
}

/** Pretrained weights that are not here, in the order of Ultralytics' families. */
export function missingPretrained(models: readonly ModelItem[]): ModelItem[] {
  return models.filter(({ origin, state }) => origin === "pretrained" && state === "missing");
}

/** "80 classes: person, bicycle, car and 77 more". */
export function classList(names: readonly string[], most = 6): string {
  if (names.length === 0) return "–";
  const rest = names.length - most;
  return rest > 0 ? `${names.slice(0, most).join(", ")} and ${formatCount(rest)} more` : names.join(", ");
}
