/** Shapes of the API that the generated schema has not got yet. */
import type { JobState } from "@/api/types";

export type ModelKind = "served" | "checkpoint" | "export" | "weights";

/** What a person can predict with. `dataset`: slug; "" for everybody. */
export type ModelItem = {
  reference: string;
  kind: ModelKind;
  name: string;
  dataset: string;
  class_names: string[];
  colors: string[];
  image_size: number;
  state: JobState | "missing";
  error: string;
  tags?: string[];
  mask_map50?: number | null;
  /** Of pretrained weights that are not there: where the file belongs. */
  expected_path?: string;
  can_fetch?: boolean;
};

export type OptionValue = number | boolean | string | string[] | null;

/** One option by Ultralytics' name, as a train argument is told. */
export type PredictOption = {
  name: string;
  kind: "bool" | "int" | "float" | "str" | "classes";
  default: OptionValue;
  minimum: number | null;
  maximum: number | null;
  choices: string[] | null;
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
  name: string;
  file_name: string;
  dataset: string;
  state: JobState;
  error: string;
  class_names: string[];
  image_size: number;
  size_bytes: number;
  base_model: string;
  parameters: number;
};
