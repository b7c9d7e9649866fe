/**
 * What a path of the live wire costs from pixel to pixel, little along edges: the three terms of Mortensen and Barrett,
 * "Interactive segmentation with intelligent scissors" (1998): Laplacian zero crossing, gradient direction, gradient
 * magnitude.
 */
export type EdgeCosts = {
  readonly width: number;
  readonly height: number;
  /** Of entering a pixel, 0 … 255: no zero crossing, no gradient. */
  readonly pixel: Uint8Array;
  /** Of leaving or entering it across its edge instead of along, 0 … 255, for each axis: horizontal, falling, vertical, rising. */
  readonly across: readonly Uint8Array[];
};

const ZERO_CROSSING = 0.43;
const MAGNITUDE = 0.14;
const DIRECTION = 0.43;
/** Gradients (grey values a pixel) below this are noise: no edge is seen there. */
const NOISE = 3;
/** The strongest gradient counts as at least this, so that a flat image stays flat. */
const LEAST_STRONGEST = 24;

/** `grey`: values 0 … 255, row by row. */
export function edgeCosts(grey: Float32Array, width: number, height: number): EdgeCosts {
  const smooth = smoothed(grey, width, height);
  const n = width * height;
  const gx = new Float32Array(n);
  const gy = new Float32Array(n);
  const laplacian = new Float32Array(n);
  let strongest = LEAST_STRONGEST;
  for (let y = 0; y < height; y++) {
    const row = y * width;
    const up = (y > 0 ? y - 1 : y) * width;
    const down = (y < height - 1 ? y + 1 : y) * width;
    for (let x = 0; x < width; x++) {
      const left = x > 0 ? x - 1 : x;
      const right = x < width - 1 ? x + 1 : x;
      const nw = smooth[up + left] as number;
      const north = smooth[up + x] as number;
      const ne = smooth[up + right] as number;
      const west = smooth[row + left] as number;
      const east = smooth[row + right] as number;
      const sw = smooth[down + left] as number;
      const south = smooth[down + x] as number;
      const se = smooth[down + right] as number;
      const i = row + x;
      const dx = (ne + 2 * east + se - nw - 2 * west - sw) / 8;
      const dy = (sw + 2 * south + se - nw - 2 * north - ne) / 8;
      gx[i] = dx;
      gy[i] = dy;
      laplacian[i] = north + south + east + west - 4 * (smooth[i] as number);
      const squared = dx * dx + dy * dy;
      if (squared > strongest * strongest) strongest = Math.sqrt(squared);
    }
  }
  return costsFrom({ gx, gy, laplacian, strongest, width, height });
}

type Derivatives = {
  gx: Float32Array;
  gy: Float32Array;
  laplacian: Float32Array;
  strongest: number;
  width: number;
  height: number;
};

function costsFrom({ gx, gy, laplacian, strongest, width, height }: Derivatives): EdgeCosts {
  const n = width * height;
  const pixel = new Uint8Array(n);
  const axis = (): Uint8Array => new Uint8Array(n).fill(255 * DIRECTION);
  const [horizontal, falling, vertical, rising] = [axis(), axis(), axis(), axis()];
  for (let i = 0; i < n; i++) {
    const dx = gx[i] as number;
    const dy = gy[i] as number;
    const magnitude = Math.sqrt(dx * dx + dy * dy);
    const isEdge = magnitude >= NOISE;
    const crosses = isEdge && crossesZero(laplacian, i, width);
    pixel[i] = 255 * (MAGNITUDE * (1 - magnitude / strongest) + (crosses ? 0 : ZERO_CROSSING));
    if (!isEdge) continue;
    // The share of a step that runs along the gradient, which is across the edge: the cosine to each axis.
    const weight = (255 * DIRECTION) / magnitude;
    horizontal[i] = weight * Math.abs(dx);
    falling[i] = weight * Math.SQRT1_2 * Math.abs(dx + dy);
    vertical[i] = weight * Math.abs(dy);
    rising[i] = weight * Math.SQRT1_2 * Math.abs(dx - dy);
  }
  return { width, height, pixel, across: [horizontal, falling, vertical, rising] };
}

/** Of a pixel and a neighbour of the other sign, the one nearer to zero lies on the edge. */
function crossesZero(laplacian: Float32Array, i: number, width: number): boolean {
  const here = laplacian[i] as number;
  if (here === 0) return true;
  return (
    isCrossed(here, laplacian[i - 1]) ||
    isCrossed(here, laplacian[i + 1]) ||
    isCrossed(here, laplacian[i - width]) ||
    isCrossed(here, laplacian[i + width])
  );
}

function isCrossed(here: number, there: number | undefined): boolean {
  return there !== undefined && here > 0 !== there > 0 && Math.abs(here) <= Math.abs(there);
}

/** Binomial 3 × 3, in two passes: one pixel's noise is no edge. */
function smoothed(grey: Float32Array, width: number, height: number): Float32Array {
  const rows = new Float32Array(grey.length);
  const out = new Float32Array(grey.length);
  for (let y = 0; y < height; y++) {
    const row = y * width;
    for (let x = 0; x < width; x++) {
      const left = grey[row + (x > 0 ? x - 1 : x)] as number;
      const right = grey[row + (x < width - 1 ? x + 1 : x)] as number;
      rows[row + x] = (left + 2 * (grey[row + x] as number) + right) / 4;
    }
  }
  for (let y = 0; y < height; y++) {
    const up = (y > 0 ? y - 1 : y) * width;
    const down = (y < height - 1 ? y + 1 : y) * width;
    for (let x = 0; x < width; x++) {
      out[y * width + x] =
        ((rows[up + x] as number) + 2 * (rows[y * width + x] as number) + (rows[down + x] as number)) / 4;
    }
  }
  return out;
}
