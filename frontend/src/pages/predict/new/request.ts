import type { PredictionFields } from "@/uploads/queue";
import type { Part } from "@/uploads/dropped";
import { idsIn, type PredictAddress, type SourceKind } from "./address";
import type { ModelItem, PredictOption } from "@/api/types";
import { isUsable } from "./modelList";
import { faultsOf, optionsFor, sentOptions } from "./options";

/** All that a person has chosen. */
export type Choice = {
  address: PredictAddress;
  parts: readonly Part[];
  model: ModelItem | undefined;
  options: readonly PredictOption[];
  device: string | null;
};

export type Field =
  "files" | "url" | "folder" | "dataset" | "version" | "stream" | "seconds" | "model" | "options";
export type Faults = Partial<Record<Field, string>>;

export const hasVideo = (parts: readonly Part[]): boolean => parts.some(({ kind }) => kind === "video");

/** The options that this source has. */
export function optionsOf({
  address,
  parts,
  options,
}: Pick<Choice, "address" | "parts" | "options">): PredictOption[] {
  // What an address or a folder holds is known only when it is read: it may be a video.
  const mayBeVideo = address.source === "url" || address.source === "server" || hasVideo(parts);
  return optionsFor(options, address.source, mayBeVideo);
}

/** What is missing or wrong, by the field beside which it is said. */
export function faultsOfChoice(choice: Choice): Faults {
  const { address, model } = choice;
  const faults: Faults = {};
  const source = faultOfSource(choice);
  if (source) faults[SOURCE_FIELD[address.source]] = source;
  if (!model) faults.model = "Choose a model.";
  else if (!isUsable(model)) faults.model = "This model cannot be used yet.";
  const [wrong] = Object.entries(faultsOf(optionsOf(choice), address.options, model?.class_names ?? []));
  if (wrong && model) faults.options = `${wrong[0]}: ${wrong[1]}`;
  return faults;
}

const SOURCE_FIELD: Record<SourceKind, Field> = {
  files: "files",
  url: "url",
  server: "folder",
  dataset: "dataset",
  version: "version",
  stream: "stream",
};

function faultOfSource({ address, parts }: Choice): string {
  switch (address.source) {
    case "files":
      return parts.length > 0 ? "" : "Drop or choose images, a folder, an archive or a video.";
    case "url":
      return /^https?:\/\/\S+$/i.test(address.url.trim())
        ? ""
        : "An address begins with http:// or https://.";
    case "server":
      return address.folder ? "" : "Choose a folder, an archive or a video.";
    case "dataset":
      return address.dataset ? "" : "Choose a dataset.";
    case "version":
      return address.version > 0 ? "" : "Choose a version.";
    case "stream":
      return /^(rtsps?|https?):\/\/\S+$/i.test(address.stream.trim())
        ? ""
        : "An address begins with rtsp://, http:// or https://.";
  }
}

/** Whether a person has to say who may see the prediction: neither the model nor the source does. */
export function needsAudience({ address, model }: Pick<Choice, "address" | "model">): boolean {
  return address.source !== "dataset" && address.source !== "version" && (model?.dataset ?? "") === "";
}

/** The fields of the request but the files. */
export function fieldsOf(choice: Choice): PredictionFields {
  const { address, model, device } = choice;
  const fields: Record<string, string> = {
    model: model?.reference ?? "",
    confidence: String(address.confidence),
    ...sourceFields(address),
  };
  const options = { ...sentOptions(optionsOf(choice), address.options) };
  if (address.source === "stream") options.seconds = address.seconds;
  if (Object.keys(options).length > 0) fields.options = JSON.stringify(options);
  if (device) fields.device = device;
  if (address.for && needsAudience(choice)) fields.dataset_for = address.for;
  return fields;
}

function sourceFields(address: PredictAddress): Record<string, string> {
  switch (address.source) {
    case "files":
      return {};
    case "url":
      return { url: address.url.trim() };
    case "server":
      return { server_folder: address.folder };
    case "dataset":
      return {
        dataset: address.dataset,
        ...(address.images ? { images: JSON.stringify(idsIn(address.images)) } : {}),
        ...(address.filter && !address.images ? { filter: address.filter } : {}),
      };
    case "version":
      return { version: String(address.version), split: address.split };
    case "stream":
      return { stream: address.stream.trim() };
  }
}
