/** Shapes of the API that the generated schema has not got yet. */
import type { JobState, Progress, User } from "@/api/types";

export type ModelKind = "served" | "checkpoint" | "export" | "weights";

/** What a person can predict with. `dataset`: slug; "" for everybody. `reference`: "" for what is not there. */
export type ModelItem = {
  reference: string;
  kind: ModelKind;
  id: number | null;
  name: string;
  file_name: string;
  dataset: string;
  class_names: string[];
  colors: string[];
  image_size: number;
  state: JobState | "missing";
  /** Why it cannot be used, and what to do. */
  error: string;
  can_fetch: boolean;
  origin: "run" | "uploaded" | "pretrained";
  tags?: string[];
  mask_map50?: number | null;
};

export type OptionValue = number | boolean | string | string[] | null;

/** One option by Ultralytics' name. `only`: the sources that it is for. */
export type PredictOption = {
  name: string;
  kind: "number" | "integer" | "switch" | "classes" | "choice";
  default: number | boolean | string | null;
  minimum: number | null;
  maximum: number | null;
  choices: string[];
  only: "" | "video" | "stream";
  help: string;
};

export type LiveInstance = {
  class_index: number;
  class_name: string;
  confidence: number;
  polygon: number[];
  box: number[];
};

export type LiveAnswer = {
  model: string;
  checkpoint: string;
  sha256: string;
  width: number;
  height: number;
  instances: LiveInstance[];
  milliseconds: Record<string, number>;
};

export type WeightsItem = {
  id: number;
  reference: string;
  name: string;
  file_name: string;
  origin: "uploaded" | "pretrained";
  dataset: string;
  state: JobState;
  progress: Progress;
  error: string;
  error_hint: string;
  class_names: string[];
  colors: string[];
  image_size: number;
  base_model: string;
  parameters: number;
  size_bytes: number;
  created_by: User | null;
  created_at: string;
};
