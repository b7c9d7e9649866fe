import type { EChartsCoreOption } from "echarts/core";

type Formatter = (...given: unknown[]) => string | undefined;

/** The option with tooltips that hold text only.
 *
 * ECharts puts what a tooltip's formatter returns into the page as HTML, and names of runs, classes and people
 * stand in it. Here what a formatter returns becomes the text of an element, whatever characters it has. Line
 * breaks are kept. */
export function plainTooltips(option: EChartsCoreOption): EChartsCoreOption {
  return walk(option) as EChartsCoreOption;
}

function walk(value: unknown, key = ""): unknown {
  if (Array.isArray(value)) {
    // The points of a line are arrays of numbers; only items written as objects may have a tooltip.
    return value.some(isOption) ? value.map((item) => walk(item)) : value;
  }
  if (!isOption(value)) return value;
  const walked = Object.fromEntries(Object.entries(value).map(([name, item]) => [name, walk(item, name)]));
  if (key === "tooltip" && "formatter" in walked) walked.formatter = asText(walked.formatter);
  return walked;
}

function isOption(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

function asText(formatter: unknown): unknown {
  if (typeof formatter === "string") return escapeHtml(formatter); // ECharts escapes what it fills in
  if (typeof formatter !== "function") return formatter;
  return (...given: unknown[]) => {
    const text = (formatter as Formatter)(...given) ?? "";
    if (text === "") return "";
    const element = document.createElement("div");
    element.style.whiteSpace = "pre-line";
    element.textContent = text;
    return element;
  };
}

const ENTITIES: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

const escapeHtml = (text: string) => text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? "");
