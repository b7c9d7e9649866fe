import type { Polygons } from "../geometry/types";

/** What is known of an object besides class and place. Absent is false, or no note. */
export type Attributes = {
  /** Something lies in front of it. */
  readonly occluded?: boolean;
  /** The image's border cuts it off. */
  readonly truncated?: boolean;
  readonly note?: string;
  /** It came as a box: its outline is that rectangle, until somebody draws it. */
  readonly is_box?: boolean;
};

/**
 * One object of the image, or an ignore region: an instance of no class. Never changed in place: an edit makes a new one
 * with the same id.
 */
export type Instance = Attributes & {
  readonly id: string;
  /** Null: what lies in it is neither learned from nor judged, and it counts as no object. */
  readonly class_id: number | null;
  readonly polygons: Polygons;
};

/** Where a class is chosen: what is drawn is an ignore region. The server's ids begin at 1. */
export const IGNORE = 0;

/** The class of an instance, from what was chosen. */
export function classOfChoice(choice: number): number | null {
  return choice === IGNORE ? null : choice;
}

export function isIgnored({ class_id }: Pick<Instance, "class_id">): boolean {
  return class_id === null;
}

/** How many objects there are: ignore regions are none. */
export function objectCount({ instances }: AnnotationDocument): number {
  return instances.reduce((count, each) => count + (isIgnored(each) ? 0 : 1), 0);
}

/** Whether the only outline of an object is a rectangle along the axes. */
export function isRectangle(polygons: Polygons): boolean {
  const ring = polygons.length === 1 && polygons[0]?.length === 1 ? polygons[0][0] : undefined;
  if (ring?.length !== 8) return false;
  const corners = [0, 2, 4, 6].map((i) => [ring[i] as number, ring[i + 1] as number] as const);
  const turns = corners.every(([x, y], i) => {
    const [nextX, nextY] = corners[(i + 1) % 4] as readonly [number, number];
    return (x === nextX) !== (y === nextY);
  });
  const isWide = new Set(corners.map(([x]) => x)).size === 2;
  return turns && isWide && new Set(corners.map(([, y]) => y)).size === 2;
}

/** Boxes that are rectangles no more have been outlined, and ignore regions are none: the server says the same of them. */
export function withoutOutlinedBoxes(document: AnnotationDocument): AnnotationDocument {
  const isOutlined = ({ is_box, class_id, polygons }: Instance): boolean =>
    Boolean(is_box) && (class_id === null || !isRectangle(polygons));
  if (!document.instances.some(isOutlined)) return document;
  return {
    instances: document.instances.map((each) => (isOutlined(each) ? { ...each, is_box: false } : each)),
  };
}

/** With every attribute named: the server leaves one that is absent as it was, so an undo has to name it. */
export function spelledOut(instance: Instance): Instance & Required<Attributes> {
  return { occluded: false, truncated: false, note: "", is_box: false, ...instance };
}

/** What is annotated on one image, bottom to top. Never changed in place. */
export type AnnotationDocument = { readonly instances: readonly Instance[] };

export const EMPTY: AnnotationDocument = { instances: [] };

export function instanceById(document: AnnotationDocument, id: string): Instance | undefined {
  return document.instances.find((instance) => instance.id === id);
}

/** A random UUID (version 4). `crypto.randomUUID` is missing on plain-http addresses, which self-hosted servers use. */
export function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
