import type { OptionValues, SourceKind } from "./address";
import type { OptionValue, PredictOption } from "@/api/types";

/** These have places of their own in the form. */
const ELSEWHERE = new Set(["conf", "seconds"]);

/** The options that a source has: a stream is recorded, then read like a video. A file may be a video or not. */
export function optionsFor(
  all: readonly PredictOption[],
  source: SourceKind,
  hasVideo: boolean,
): PredictOption[] {
  const isVideo = source === "stream" || hasVideo;
  return all.filter(({ name, only }) => !ELSEWHERE.has(name) && (only === "" || isVideo));
}

export function valueOf(option: PredictOption, values: OptionValues): OptionValue {
  return values[option.name] ?? option.default;
}

const isDefault = (option: PredictOption, value: OptionValue) =>
  value === option.default ||
  value === null ||
  (option.kind === "classes" && Array.isArray(value) && value.length === 0);

/** `values` with one of them set; what equals the default is not kept. */
export function withOption(values: OptionValues, option: PredictOption, value: OptionValue): OptionValues {
  const others = Object.fromEntries(Object.entries(values).filter(([name]) => name !== option.name));
  return isDefault(option, value) ? others : { ...others, [option.name]: value };
}

/** Why a value is refused, or "". The server says the same, after the upload. */
export function faultOfOption(
  option: PredictOption,
  value: OptionValue,
  classNames: readonly string[],
): string {
  if (isDefault(option, value)) return "";
  const { name, kind, minimum, maximum, choices } = option;
  if (kind === "switch") return typeof value === "boolean" ? "" : "On or off.";
  if (kind === "choice")
    return choices.includes(String(value)) ? "" : `One of ${choices.filter(Boolean).join(", ")}.`;
  if (kind === "classes") return faultOfClasses(value, classNames);
  if (typeof value !== "number" || !Number.isFinite(value)) return "A number.";
  if (kind === "integer" && !Number.isInteger(value)) return "A whole number.";
  if (minimum !== null && maximum !== null && (value < minimum || value > maximum))
    return `From ${minimum} to ${maximum}.`;
  if (name === "imgsz" && value % 32 !== 0) return "A multiple of 32.";
  return "";
}

function faultOfClasses(value: OptionValue, classNames: readonly string[]): string {
  if (!Array.isArray(value)) return "A list of classes.";
  const unknown = value.find((name) => !classNames.includes(name));
  return unknown === undefined ? "" : `The model does not know the class “${unknown}”.`;
}

/** The faults by the options' names; an option that the source has not got is none. */
export function faultsOf(
  options: readonly PredictOption[],
  values: OptionValues,
  classNames: readonly string[],
): Record<string, string> {
  const faults = options.map((option): [string, string] => [
    option.name,
    faultOfOption(option, valueOf(option, values), classNames),
  ]);
  return Object.fromEntries(faults.filter(([, fault]) => fault !== ""));
}

/** What is sent of the values: what the source has, and the server knows. */
export function sentOptions(options: readonly PredictOption[], values: OptionValues): OptionValues {
  const known = new Set(options.map(({ name }) => name));
  return Object.fromEntries(Object.entries(values).filter(([name]) => known.has(name)));
}

/** "Default 0.7", as the panel says beside the help. */
export function defaultWords({ kind, name, default: value }: PredictOption): string {
  if (kind === "classes") return "default all";
  if (name === "imgsz" && value === null) return "default the model's own";
  if (typeof value === "boolean") return value ? "default on" : "default off";
  return value === "" || value === null ? "default none" : `default ${value}`;
}
