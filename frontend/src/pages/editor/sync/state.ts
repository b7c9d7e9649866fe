import type { Annotation } from "@/api/types";
import type { AnnotationDocument } from "@/canvas/model/document";
import type { Author } from "./authors";

/** Where the edits of an image are: with the server, on the way, or on this device. */
export type SaveState =
  | { readonly kind: "saved" }
  | { readonly kind: "unsaved" }
  | { readonly kind: "saving" }
  | {
      readonly kind: "offline";
      readonly sentence: string;
      readonly since: number;
      /** The server answers, but its disk is full. */
      readonly isDiskFull?: boolean;
    }
  | { readonly kind: "signed_out" }
  | { readonly kind: "conflict"; readonly theirs: Annotation; readonly author: Author }
  | { readonly kind: "refused"; readonly sentence: string };

/** The document is another now, and not by an edit of the person who sees it. */
export type Replacement = {
  /** Merged with what somebody saved; somebody's newer version whole; what another window had left. */
  readonly kind: "merged" | "newer" | "left";
  readonly author: Author | null;
  readonly before: AnnotationDocument;
  readonly document: AnnotationDocument;
};
