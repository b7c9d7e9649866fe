/** The region that only one of two sets of masks covers, drawn by compositing. */
type Rings = readonly (readonly number[])[];
type Region = { rings: Rings; color: string; pattern: "stripes" | "dots" };

/** Browsers give up on canvases somewhere beyond this. */
const MOST_PIXELS = 32_000_000;

/** 1 for pictures as large as a canvas can be: one pixel of the layer is one of the picture. */
export function differenceScale(width: number, height: number): number {
  return Math.min(1, Math.sqrt(MOST_PIXELS / Math.max(1, width * height)));
}

/** Fills rings one by one, each by the even-odd rule, as label rows are painted for training. */
function fillRings(context: CanvasRenderingContext2D, rings: Rings): void {
  for (const ring of rings) {
    if (ring.length < 6) continue;
    context.beginPath();
    for (let i = 0; i + 1 < ring.length; i += 2) context.lineTo(ring[i] as number, ring[i + 1] as number);
    context.closePath();
    context.fill("evenodd");
  }
}

function makePattern(context: CanvasRenderingContext2D, { color, pattern }: Region, size: number) {
  const tile = new OffscreenCanvas(size, size);
  const ink = tile.getContext("2d");
  if (!ink) return color;
  ink.fillStyle = color;
  ink.globalAlpha = 0.55;
  ink.fillRect(0, 0, size, size);
  ink.globalAlpha = 1;
  if (pattern === "stripes") ink.fillRect(0, 0, size, size / 3);
  else {
    ink.arc(size / 2, size / 2, size / 4, 0, 2 * Math.PI);
    ink.fill();
  }
  return context.createPattern(tile, "repeat") ?? color;
}

/** `missing` without `extra` and `extra` without `missing`, in the pixels of the picture times `scale`. */
export function drawDifference(
  target: CanvasRenderingContext2D,
  scale: number,
  { missing, extra }: { missing: Region; extra: Region },
): void {
  const { width, height } = target.canvas;
  target.setTransform(1, 0, 0, 1, 0, 0);
  target.clearRect(0, 0, width, height);
  const layer = document.createElement("canvas");
  layer.width = width;
  layer.height = height;
  const context = layer.getContext("2d");
  if (!context) return;
  const tile = Math.max(4, Math.round(Math.max(width, height) / 160));
  for (const [region, other] of [
    [missing, extra],
    [extra, missing],
  ] as const) {
    context.globalCompositeOperation = "source-over";
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, width, height);
    context.fillStyle = "#000";
    context.setTransform(scale, 0, 0, scale, 0, 0);
    fillRings(context, region.rings);
    context.globalCompositeOperation = "destination-out";
    fillRings(context, other.rings);
    // The pattern lies in canvas pixels, only where the region is.
    context.globalCompositeOperation = "source-in";
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.fillStyle = makePattern(context, region, tile);
    context.fillRect(0, 0, width, height);
    target.drawImage(layer, 0, 0);
  }
}
