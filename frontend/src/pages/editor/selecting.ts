import { zoomToSelected } from "@/canvas/operations/selecting";
import type { Editor } from "@/canvas/editor/editor";
import { toScreen } from "@/canvas/geometry/camera";
import { isInHand } from "@/canvas/operations/drawing";

/**
 * Selects the object after (1) or before (-1) the selected one, in the order of the list: the topmost first, round and
 * round, hidden ones left out. One that is out of view is brought into it.
 */
export function selectNeighbour(editor: Editor, step: 1 | -1): void {
  if (isInHand(editor)) return editor.notify("An outline is open: close it, or press Escape.");
  const ids = editor.document.instances.map(({ id }) => id).filter((id) => editor.selection.isVisible(id));
  ids.reverse();
  if (ids.length === 0) return editor.notify("There is no object to select.");
  const at = ids.findIndex((id) => editor.selection.ids.has(id));
  const next = at < 0 ? (step > 0 ? 0 : ids.length - 1) : (at + step + ids.length) % ids.length;
  const id = ids[next] as string;
  if (editor.state.tool !== "select") editor.setTool("select");
  editor.selection.select([id]);
  if (!isInView(editor, id)) zoomToSelected(editor);
}

function isInView(editor: Editor, id: string): boolean {
  const box = editor.scene.item(id);
  if (!box) return true;
  const from = toScreen(editor.viewport.camera, { x: box.minX, y: box.minY });
  const to = toScreen(editor.viewport.camera, { x: box.maxX, y: box.maxY });
  const { width, height } = editor.viewport.view;
  return to.x > 0 && to.y > 0 && from.x < width && from.y < height;
}
