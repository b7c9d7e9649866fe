import type { Instance } from "@/canvas/model/document";
import type { Editor } from "@/canvas/editor/editor";
import { copyOffset, paste, pasteAt } from "@/canvas/operations/copies";
import { handAt } from "@/canvas/operations/menu";

const KEY = "segloop-clipboard";

type Copied = { readonly instances: readonly Instance[] };

/** Copies live in the browser's storage: other tabs, and the next image, have them too. */
export function copySelected(editor: Editor): boolean {
  const instances = editor.selection.instances;
  if (instances.length === 0) return false;
  try {
    localStorage.setItem(KEY, JSON.stringify({ instances } satisfies Copied));
  } catch {
    editor.notify("That is too much to copy at once. Select fewer objects.");
    return false;
  }
  editor.notify(instances.length === 1 ? "Copied 1 object." : `Copied ${instances.length} objects.`);
  return true;
}

function readCopied(): readonly Instance[] {
  try {
    const stored = JSON.parse(localStorage.getItem(KEY) ?? "{}") as Partial<Copied>;
    return Array.isArray(stored.instances) ? (stored.instances as Instance[]) : [];
  } catch {
    return [];
  }
}

/** At the pointer; where it is not over the image, in place. */
export function pasteCopied(editor: Editor): void {
  const copied = readCopied();
  if (copied.length === 0) return editor.notify("Nothing was copied yet.");
  const at = handAt(editor);
  if (at) pasteAt(editor, "Paste", copied, at);
  else pasteInPlace(editor);
}

/** On another image where they were; on their own image a little aside, so that both are seen. */
export function pasteInPlace(editor: Editor): void {
  const copied = readCopied();
  if (copied.length === 0) return editor.notify("Nothing was copied yet.");
  const isHere = copied.some(({ id }) => editor.scene.item(id));
  paste(editor, "Paste", copied, isHere ? copyOffset(editor) : 0);
}
