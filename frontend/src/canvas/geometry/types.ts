/** Coordinates are pixels of the stored image (origin: top-left of the top-left pixel) unless a name says otherwise. */
export type Point = { readonly x: number; readonly y: number };
/** Flat `[x1, y1, x2, y2, …]`; the first point is not repeated at the end; at least three points. */
export type Ring = readonly number[];
/** Outer ring first, then its holes. */
export type Polygon = readonly Ring[];
/** The parts of one instance. */
export type Polygons = readonly Polygon[];
export type Box = {
  readonly minX: number;
  readonly minY: number;
  readonly maxX: number;
  readonly maxY: number;
};
export type Size = { readonly width: number; readonly height: number };
/** Where a vertex stands inside an instance. */
export type VertexRef = { readonly part: number; readonly ring: number; readonly index: number };
