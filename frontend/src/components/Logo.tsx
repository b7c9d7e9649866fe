export function Logo({ size = 24 }: { size?: number }) {
  const corners: [number, number][] = [
    [16, 3.5],
    [27, 10],
    [27, 22],
    [16, 28.5],
    [5, 22],
    [5, 10],
  ];
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true">
      <path
        d="M16 3.5 27 10v12l-11 6.5L5 22V10z"
        fill="var(--mantine-color-pond-7)"
        stroke="var(--mantine-color-pond-4)"
        strokeWidth={2}
        strokeLinejoin="round"
      />
      {corners.map(([x, y]) => (
        <circle
          key={`${x},${y}`}
          cx={x}
          cy={y}
          r={2.4}
          fill="var(--sl-surface)"
          stroke="var(--mantine-color-pond-7)"
          strokeWidth={1.2}
        />
      ))}
    </svg>
  );
}
