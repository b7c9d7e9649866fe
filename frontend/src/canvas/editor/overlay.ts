import type { OverlayModel } from "../model/overlay";
import type { ToolName } from "../model/tools";
import type { Stage } from "../stage/stage";
import { Preview } from "./preview";

const CROSSHAIR: ReadonlySet<ToolName> = new Set(["draw", "wire", "box", "rectangle", "ellipse"]);
const BRUSHES: ReadonlySet<ToolName> = new Set(["brush", "eraser"]);

/** What lies over the objects: the selection as it looks in hand, and what the tool in hand shows. */
export class Overlay {
  readonly #stage: Stage;
  readonly #preview: Preview;

  constructor(stage: Stage) {
    this.#stage = stage;
    this.#preview = new Preview(stage);
  }

  model(): OverlayModel {
    const { aiming, draft, edits, keyCursor, options, outlines, pointing, scene, selection, state } =
      this.#stage;
    const { allHidden } = selection;
    const { held } = edits;
    const { tool } = state;
    const { instances, badge } = this.#preview.made();
    const made = new Map(instances.map((each) => [each.id, each]));
    const selected = allHidden
      ? []
      : selection.instances.map((each) => made.get(each.id) ?? held.get(each.id) ?? each);
    const single = tool === "select" && selected.length === 1 ? (selected[0] ?? null) : null;
    return {
      hovered: allHidden || held.size > 0 ? null : pointing.hover.instance,
      selected,
      preview: instances.filter(({ id }) => !selection.ids.has(id)),
      badge,
      crossings: allHidden ? [] : this.#preview.crossings(single),
      withHandles: tool === "select",
      activeVertex: pointing.hover.vertex ?? pointing.activeVertex,
      ghostVertex: held.size > 0 ? null : pointing.hover.ghost,
      draft: draft.outline,
      classId: aiming.target?.class_id ?? outlines.classId,
      pointer: pointing.pointer,
      closesDraft: pointing.closesDraft,
      crosshair: CROSSHAIR.has(tool),
      seen: allHidden ? null : state.seen,
      brush: BRUSHES.has(tool) ? options.values.brushRadius : null,
      guide: pointing.guide,
      purpose: aiming.purpose,
      numbersOf: (ids) => scene.numbersOf(ids),
      keyCursor: keyCursor.at,
      isHeldByKeys: keyCursor.isHeld,
    };
  }
}
