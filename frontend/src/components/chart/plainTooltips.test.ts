import { init, use as register } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import "./engine";
import { describe, expect, it } from "vitest";
import type { Evaluation } from "@/api/types";
import { speedOption } from "@/pages/runs/evaluationCharts";
import { plainTooltips } from "./plainTooltips";
import { chartColors } from "./style";

register([SVGRenderer]); // jsdom has no canvas

const EVIL = `<img src=x onerror="window.ran = true">"'&{b}`;

type WithTooltip = { tooltip: { formatter: (...given: unknown[]) => unknown } };

const shown = (option: unknown, ...given: unknown[]) =>
  (option as WithTooltip).tooltip.formatter(...given) as HTMLElement;

describe("tooltips are plain text", () => {
  it("at every depth", () => {
    const formatter = ({ name }: { name: string }) => `${name}\nnext line`;
    const option = plainTooltips({
      tooltip: { formatter },
      series: [{ type: "line", tooltip: { formatter }, data: [{ value: 1, tooltip: { formatter } }] }],
    }) as WithTooltip & { series: [WithTooltip & { data: [WithTooltip] }] };
    for (const place of [option, option.series[0], option.series[0].data[0]]) {
      const element = shown(place, { name: EVIL });
      expect(element.textContent).toBe(`${EVIL}\nnext line`);
      expect(element.querySelector("img")).toBeNull();
    }
  });

  it("also where the formatter is a template", () => {
    const option = plainTooltips({ tooltip: { formatter: `${EVIL} {c}` } }) as {
      tooltip: { formatter: string };
    };
    expect(option.tooltip.formatter).not.toContain("<");
    expect(option.tooltip.formatter).toContain("{c}");
  });

  it("and leaves everything else as it is", () => {
    const data = [
      [0, 1],
      [1, 2],
    ];
    const label = { formatter: () => EVIL };
    const option = plainTooltips({ series: [{ data, label }], tooltip: { show: false } });
    expect(option).toEqual({ series: [{ data, label }], tooltip: { show: false } });
    expect((option as { series: [{ data: unknown }] }).series[0].data).toBe(data);
    expect(shown(plainTooltips({ tooltip: { formatter: () => "" } }))).toBe("");
  });
});

it("a run's name does not become an element in the page's tooltip", () => {
  const evaluation = {
    checkpoint_size_bytes: 5,
    speed: { preprocess_ms: 1, inference_ms: 2, postprocess_ms: 3 },
    mask: { map50_95: 0.5 },
  } as unknown as Evaluation;
  const holder = document.body.appendChild(document.createElement("div"));
  const chart = init(holder, null, { renderer: "svg", width: 300, height: 200 });
  try {
    const option = speedOption(chartColors("light"), [evaluation], [EVIL], "mask");
    chart.setOption(plainTooltips(option));
    chart.dispatchAction({ type: "showTip", seriesIndex: 0, dataIndex: 0 });
    expect(holder.textContent).toContain(EVIL);
    expect(holder.querySelector("img")).toBeNull();
  } finally {
    chart.dispose();
    holder.remove();
  }
});
