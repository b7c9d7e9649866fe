/** How the edges of a pasted object are joined to the image. */
export const BLENDS = {
  mixed: { label: "Feathered or Poisson, drawn", blends: ["feather", "poisson"] },
  feather: { label: "Feathered", blends: ["feather"] },
  poisson: { label: "Poisson", blends: ["poisson"] },
  none: { label: "Hard", blends: ["none"] },
} as const;

export type BlendChoice = keyof typeof BLENDS;

const REASONS: Record<string, [one: string, many: string]> = {
  small: ["is too small", "are too small"],
  border: ["touches the border", "touch the border"],
  covered: ["may be covered", "may be covered"],
  box: ["is a box without an outline", "are boxes without an outline"],
  large: ["lies in too large an image", "lie in too large images"],
};

/** “9 touch the border, 4 may be covered”. */
export function reasonWords(reasons: Readonly<Record<string, unknown>>): string {
  return Object.entries(REASONS)
    .flatMap(([name, [one, many]]) => {
      const count = Number(reasons[name] ?? 0);
      return count > 0 ? [`${count.toLocaleString("en")} ${count === 1 ? one : many}`] : [];
    })
    .join(", ");
}

/** “+0.031 (−0.004 to +0.066)”: a difference with its 95 % interval. */
export function changeWords(figure: { difference: number; low: number | null; high: number | null }): string {
  const between =
    figure.low === null || figure.high === null ? "" : ` (${signed(figure.low)} to ${signed(figure.high)})`;
  return signed(figure.difference) + between;
}

function signed(value: number): string {
  const rounded = value.toFixed(3);
  if (Number(rounded) === 0) return "0.000";
  return value > 0 ? `+${rounded}` : rounded.replace("-", "−");
}
