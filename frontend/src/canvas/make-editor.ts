import type { History } from "./document/history";
import { Editor } from "./editor/editor";
import type { Size } from "./geometry/types";
import type { AnnotationDocument } from "./model/document";
import { TOOLS } from "./tools/tools";

/** An editor of one image with all tools. `history` is that of an earlier visit; it ends in `document`. */
export function makeEditor(size: Size, document: AnnotationDocument, history?: History): Editor {
  return new Editor(TOOLS, { size, document, history });
}
