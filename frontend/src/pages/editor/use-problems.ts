import { useEffect, useMemo, useState } from "react";
import type { AnnotationDocument } from "@/canvas/model/document";
import type { Editor } from "@/canvas/editor/editor";
import type { TrainingSize } from "@/canvas/geometry/training-mask";
import { NO_PROBLEMS, ProblemFinder, type Problems } from "@/canvas/scene/problems";
import { useEditorState } from "./use-editing";

/** Behind what the person does: edits come one after the other. */
const PAUSE_MS = 300;
/** What a step may take of a frame. */
const STEP_MS = 6;
/** Up to so many objects problems are looked for without being asked for. */
const MOST_UNASKED = 1000;

type Found = {
  readonly document: AnnotationDocument;
  readonly training: TrainingSize;
  readonly problems: Problems;
};

/** What may be wrong with the objects, found while nothing else is done. Until it is, what was found before. */
export function useProblems(editor: Editor, isAsked: boolean): { problems: Problems; isLooking: boolean } {
  const { document, trainingSize: training } = useEditorState(editor);
  const [found, setFound] = useState<Found | null>(null);
  const finder = useMemo(() => new ProblemFinder(editor.size), [editor]);
  const isWanted = isAsked || document.instances.length <= MOST_UNASKED;
  useEffect(() => {
    if (!isWanted) return;
    const steps = finder.find(document, editor.scene, training);
    let timer = setTimeout(go, PAUSE_MS);
    function go(): void {
      const end = performance.now() + STEP_MS;
      do {
        const step = steps.next();
        if (step.done) return setFound({ document, training, problems: step.value });
      } while (performance.now() < end);
      timer = setTimeout(go);
    }
    return () => clearTimeout(timer);
  }, [finder, editor, document, training, isWanted]);
  return {
    problems: found?.problems ?? NO_PROBLEMS,
    isLooking: isWanted && (found?.document !== document || found.training !== training),
  };
}
