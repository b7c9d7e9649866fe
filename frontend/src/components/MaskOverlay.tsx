import { memo } from "react";
import { ringPath, topPoint } from "@/lib/geometry";
import classes from "./MaskOverlay.module.css";

export type Mask = {
  /** Flat x, y … ; pixels of the image, or 0..1 when `normalised`. */
  points: readonly number[];
  color: string;
  dashed?: boolean;
  /** Dashes of its own, as SVG writes them. */
  dash?: string;
  caption?: string;
  /** Drawn heavier, or hardly at all: one object among others. */
  emphasis?: "lit" | "faded";
};

type OverlayProps = {
  masks: readonly Mask[];
  width: number;
  height: number;
  normalised?: boolean;
  /** As object-fit of the picture beneath, so that both stay on top of each other. */
  fit?: "cover" | "contain";
  fillOpacity?: number;
  strokeWidth?: number;
  captionScale?: number;
  /** Called with a mask's place when the pointer enters it (null: leaves), and when it is clicked. */
  onHover?: (place: number | null) => void;
  onPick?: (place: number) => void;
};

/** Polygons over a picture, as SVG: vectors stay sharp at any zoom and cost no second picture. */
export const MaskOverlay = memo(function MaskOverlay({
  masks,
  width,
  height,
  normalised = false,
  fit = "cover",
  fillOpacity = 0.28,
  strokeWidth = 1.5,
  captionScale = 1,
  onHover,
  onPick,
}: OverlayProps) {
  const scaleX = normalised ? width : 1;
  const scaleY = normalised ? height : 1;
  const fontSize = (Math.max(width, height) / 60) * captionScale;
  return (
    <svg
      className={classes.overlay}
      viewBox={`0 0 ${width} ${height}`}
      preserveAspectRatio={`xMidYMid ${fit === "cover" ? "slice" : "meet"}`}
      aria-hidden="true"
    >
      {masks.map(({ points, color, dashed, dash, emphasis }, i) => (
        <path
          key={i}
          className={classes.shape}
          d={ringPath(points, scaleX, scaleY)}
          fill={color}
          fillOpacity={emphasis === "faded" ? 0 : emphasis === "lit" ? fillOpacity * 1.5 : fillOpacity}
          stroke={color}
          strokeOpacity={emphasis === "faded" ? 0.35 : 1}
          strokeWidth={emphasis === "lit" ? strokeWidth * 1.8 : strokeWidth}
          strokeDasharray={dash ?? (dashed ? "5 4" : undefined)}
          style={onPick ? { pointerEvents: "all", cursor: "pointer" } : undefined}
          onPointerEnter={onHover && (() => onHover(i))}
          onPointerLeave={onHover && (() => onHover(null))}
          onClick={onPick && (() => onPick(i))}
        />
      ))}
      {masks.map(({ points, color, caption, emphasis }, i) => {
        if (!caption || emphasis === "faded") return null;
        const { x, y } = topPoint(points);
        return (
          <text
            key={i}
            x={Math.min(Math.max(x * scaleX, fontSize), width - fontSize * 2)}
            y={Math.max(y * scaleY - fontSize * 0.3, fontSize)}
            fontSize={fontSize}
            fontWeight={600}
            textAnchor="middle"
            fill="#fff"
            stroke={color}
            strokeWidth={fontSize / 3.5}
            paintOrder="stroke"
            strokeLinejoin="round"
            style={{ fontVariantNumeric: "tabular-nums" }}
          >
            {caption}
          </text>
        );
      })}
    </svg>
  );
});

/** A picture with its masks. */
export function MaskedImage({
  src,
  alt,
  lazy = true,
  ratio,
  ...overlay
}: OverlayProps & { src: string; alt: string; lazy?: boolean; ratio?: string }) {
  return (
    <div className={classes.frame} style={{ aspectRatio: ratio ?? `${overlay.width} / ${overlay.height}` }}>
      <img
        className={classes.image}
        src={src}
        alt={alt}
        loading={lazy ? "lazy" : "eager"}
        decoding="async"
        draggable={false}
        style={{ objectFit: overlay.fit ?? "cover" }}
      />
      <MaskOverlay {...overlay} />
    </div>
  );
}
