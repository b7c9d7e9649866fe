const PAD = 2;

/** Points of a polyline that fits a box, lowest value at the bottom; a single value is a level line. Within
 *  a given range, heights of several lines can be compared. */
export function sparkPoints(
  values: readonly number[],
  width: number,
  height: number,
  range?: readonly [number, number],
): string {
  const pad = PAD;
  const finite = values.filter((value) => Number.isFinite(value));
  if (finite.length === 0) return "";
  const [low, high] = range ?? [Math.min(...finite), Math.max(...finite)];
  const level = high === low;
  const step = finite.length > 1 ? (width - 2 * pad) / (finite.length - 1) : 0;
  const y = (value: number) =>
    level ? height / 2 : height - pad - ((value - low) / (high - low)) * (height - 2 * pad);
  if (finite.length === 1) {
    const only = y(finite[0] as number).toFixed(1);
    return `${pad},${only} ${width - pad},${only}`;
  }
  return finite.map((value, i) => `${(pad + i * step).toFixed(1)},${y(value).toFixed(1)}`).join(" ");
}

/** A line of values, as small as a word. */
export function Sparkline({
  values,
  label,
  width = 72,
  height = 22,
  range,
}: {
  values: readonly number[];
  label: string;
  width?: number;
  height?: number;
  range?: readonly [number, number];
}) {
  const points = sparkPoints(values, width, height, range);
  return (
    <svg width={width} height={height} role="img" aria-label={label} style={{ display: "block" }}>
      {points && (
        <polyline
          points={points}
          fill="none"
          stroke="var(--mantine-color-anchor)"
          strokeWidth={1.5}
          strokeLinejoin="round"
          strokeLinecap="round"
        />
      )}
    </svg>
  );
}
