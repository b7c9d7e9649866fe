import type { Polygons } from "../geometry/types";

/** What is known of an object besides class and place. Absent is false, or no note. */
export type Attributes = {
  /** Something lies in front of it. */
  readonly occluded?: boolean;
  /** The image's border cuts it off. */
  readonly truncated?: boolean;
  readonly note?: string;
};

/** One object of the image. Never changed in place: an edit makes a new one with the same id. */
export type Instance = Attributes & {
  readonly id: string;
  readonly class_id: number;
  readonly polygons: Polygons;
};

/** With every attribute named: the server leaves one that is absent as it was, so an undo has to name it. */
export function spelledOut(instance: Instance): Instance & Required<Attributes> {
  return { occluded: false, truncated: false, note: "", ...instance };
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
