/** Ultralytics' train arguments as a form: which are changed, which are wrong, which match a search. */
import type { ArgumentValue, TrainArgument } from "@/api/types";

export type ArgumentValues = Readonly<Record<string, ArgumentValue>>;

export function valueOf(argument: TrainArgument, values: ArgumentValues): ArgumentValue {
  const value = values[argument.name];
  return value === undefined ? argument.default : value;
}

/** `values` with one of them set; what equals the default is not kept. */
export function withArgument(
  values: ArgumentValues,
  argument: TrainArgument,
  value: ArgumentValue,
): Record<string, ArgumentValue> {
  const others = withoutArgument(values, argument.name);
  return value === argument.default ? others : { ...others, [argument.name]: value };
}

export function withoutArgument(values: ArgumentValues, name: string): Record<string, ArgumentValue> {
  return Object.fromEntries(Object.entries(values).filter(([other]) => other !== name));
}

/** Why a value is refused, or "". */
export function faultOfArgument(argument: TrainArgument, value: ArgumentValue): string {
  if (value === null) return argument.default === null ? "" : "It needs a value.";
  const { kind, choices, minimum, maximum } = argument;
  if (choices) return choices.includes(value as boolean | string) ? "" : `One of ${choices.join(", ")}.`;
  if (kind === "bool") return typeof value === "boolean" ? "" : "True or false.";
  if (kind === "str") return typeof value === "string" ? "" : "A text.";
  if (typeof value !== "number" || !Number.isFinite(value)) return "A number.";
  if (kind === "int" && !Number.isInteger(value)) return "A whole number.";
  if (minimum !== null && maximum !== null && (value < minimum || value > maximum)) {
    return `From ${minimum} to ${maximum}.`;
  }
  if (minimum !== null && value < minimum) return `${minimum} or more.`;
  if (maximum !== null && value > maximum) return `${maximum} or less.`;
  return "";
}

/** By group, in Ultralytics' order; those whose name or help holds every word of the search. */
export function groupArguments(
  all: readonly TrainArgument[],
  search: string,
  only: ArgumentValues | null = null,
): [group: string, items: TrainArgument[]][] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  const groups = new Map<string, TrainArgument[]>();
  for (const argument of all) {
    const text = `${argument.name} ${argument.help}`.toLowerCase();
    if (!words.every((word) => text.includes(word))) continue;
    if (only && !(argument.name in only)) continue;
    groups.set(argument.group, [...(groups.get(argument.group) ?? []), argument]);
  }
  return [...groups];
}

/** "default 0.5", "default none". */
export function defaultWords({ default: value }: TrainArgument): string {
  return `default ${value === null || value === "" ? "none" : String(value)}`;
}
