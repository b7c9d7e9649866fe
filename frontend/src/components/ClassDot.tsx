/** The colour of a class, beside its name. */
export function ClassDot({ color, size = 10 }: { color: string; size?: number }) {
  return (
    <span
      aria-hidden="true"
      style={{
        display: "inline-block",
        flex: "none",
        width: size,
        height: size,
        borderRadius: 3,
        background: color,
        boxShadow: "inset 0 0 0 1px light-dark(rgb(0 0 0 / 20%), rgb(255 255 255 / 25%))",
      }}
    />
  );
}
