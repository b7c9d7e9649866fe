import { useEffect, useRef } from "react";
import { useImageFindings } from "@/api/findings";
import { zoomToSelected } from "@/canvas/operations/selecting";
import { plural } from "@/lib/format";
import { FINDING_WORDS } from "../dataset/insights/words";
import type { Filters } from "./queries";
import type { Editing } from "./use-editing";

/** Of an image that is opened for a finding: selects the objects that are meant, and shows them. */
export function useFoundObjects(
  imageId: string,
  filters: Filters | undefined,
  editing: Editing | null,
): void {
  const finding = filters?.finding ?? "";
  const findings = useImageFindings(imageId, finding !== "");
  const ids = findings.data?.find(({ kind }) => kind === finding)?.object_ids;
  const shownFor = useRef("");
  useEffect(() => {
    if (!editing || !ids || finding === "" || editing.image.id !== imageId) return;
    if (shownFor.current === imageId) return;
    shownFor.current = imageId;
    const { editor } = editing;
    const there = ids.filter((id) => editor.document.instances.some((instance) => instance.id === id));
    if (there.length === 0) return;
    if (editor.state.tool !== "select") editor.setTool("select");
    editor.selection.select(there);
    zoomToSelected(editor);
    editor.notify(`${FINDING_WORDS[finding]}: ${plural(there.length, "object")} selected.`);
  }, [editing, ids, finding, imageId]);
}
