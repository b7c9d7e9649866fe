import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useSearch } from "@/lib/search";
import { useEvaluatedImage } from "@/api/evaluations";
import { useGhostsOf } from "@/api/predictionResults";
import { useVerdict } from "@/api/verdicts";
import type { Dataset, PredictedGhosts, Status, Verdict } from "@/api/types";
import { type AnnotationDocument, EMPTY } from "@/canvas/model/document";
import type { Polygons } from "@/canvas/geometry/types";
import type { Editing } from "../use-editing";
import {
  type Ghost,
  type Ghosts,
  extentsOf,
  ghostsOf,
  ghostsOfPrediction,
  ghostsOfVerdict,
  isDrawn,
  isTaken,
  stepTo,
  type Taken,
  takeGhost,
} from "./ghosts";

export type GhostView = {
  /** Those that are not taken, the one in question among them. */
  readonly shown: readonly Ghost[];
  readonly current: Ghost | null;
  /** Of `current` among all; 1-based, 0 without one. */
  readonly position: number;
  readonly count: number;
  readonly label: Polygons;
  /** The address asks for an object, and what is known of it is here. */
  readonly isOpen: boolean;
  readonly error: unknown;
  readonly retry: () => void;
  readonly verdict: Verdict | null;
  readonly step: (by: 1 | -1) => void;
  readonly take: () => void;
  /** Takes all that are shown; null where they are not of a prediction. */
  readonly takeAll: (() => void) | null;
  readonly close: () => void;
  /** The prediction that they are of, with its slider; null where an evaluation or a verdict was asked for. */
  readonly predicted: PredictedView | null;
};

export type PredictedView = {
  readonly prediction: number;
  readonly predictions: PredictedGhosts["predictions"];
  readonly confidence: number;
  readonly setConfidence: (confidence: number) => void;
  readonly choose: (prediction: number) => void;
};

/** Whether ghosts of predictions are hidden until somebody asks for them: for this tab, whatever the image. */
const HIDDEN = "segloop.ghosts.hidden";
const isHidden = (): boolean => sessionStorage.getItem(HIDDEN) === "1";
const PREDICTED_FLOOR = 0.05;

const NOTHING: Ghosts = { ghosts: [], wanted: -1, label: [], box: null };
const PARAMS = ["evaluation", "key", "side", "index", "confidence", "verdict", "gallery", "prediction"];

type Asked = {
  evaluation: number;
  key: string;
  wanted: { side: "label" | "prediction"; index: number } | null;
  confidence: number;
};

function read(search: URLSearchParams): Asked | null {
  const evaluation = Number(search.get("evaluation"));
  const key = search.get("key");
  if (!(evaluation > 0) || key === null) return null;
  const side = search.get("side");
  const index = Number(search.get("index") ?? Number.NaN);
  const confidence = Number(search.get("confidence") ?? Number.NaN);
  return {
    evaluation,
    key,
    wanted:
      (side === "label" || side === "prediction") && Number.isInteger(index) && index >= 0
        ? { side, index }
        : null,
    confidence: confidence >= 0 && confidence <= 1 ? confidence : 0.25,
  };
}

/** Hides the ghosts, and forgets in the address what was asked for. */
function useClose(hide: () => void, setSearch: ReturnType<typeof useSearch>[1]): () => void {
  return useCallback(() => {
    hide();
    setSearch(
      (known) => {
        const params = new URLSearchParams(known);
        PARAMS.forEach((name) => params.delete(name));
        return params;
      },
      { replace: true },
    );
  }, [hide, setSearch]);
}

/** The predictions that the address asks for, over the image that is open: looked at one by one, taken by a key. */
export function useGhosts(dataset: Dataset, editing: Editing | null, status: Status | undefined): GhostView {
  const [search, setSearch] = useSearch();
  const verdictId = Number(search.get("verdict")) || null;
  const asked = useMemo(() => read(search), [search]);
  const verdict = useVerdict(verdictId);
  const confidence = asked?.confidence ?? 0.25;
  const image = useEvaluatedImage(asked?.evaluation ?? 0, asked?.key ?? "", confidence, asked !== null);
  const imageId = editing?.image.id ?? null;
  const wanted = Number(search.get("prediction")) || null;
  const predicted = usePredicted(imageId, wanted, {
    isAsked: asked === null && verdictId === null,
    isFinished: status !== undefined && FINISHED.has(status),
  });

  const found = useMemo((): Ghosts => {
    if (verdict.data && verdict.data.image === imageId) return ghostsOfVerdict(verdict.data, dataset.classes);
    if (asked && image.data?.image === imageId) return ghostsOf(image.data, asked.wanted, dataset.classes);
    if (predicted.data) return ghostsOfPrediction(predicted.data, predicted.confidence);
    return NOTHING;
  }, [verdict.data, asked, image.data, imageId, dataset.classes, predicted.data, predicted.confidence]);
  const isOpen = found !== NOTHING;

  const shownPrediction = predicted.data?.prediction ?? "";
  const about = `${imageId} ${verdictId ?? ""} ${asked?.evaluation} ${asked?.key} ${shownPrediction} ${predicted.data ? predicted.confidence : ""}`;
  const place = `${about} ${asked?.wanted?.side} ${asked?.wanted?.index}`;

  // What was taken, of these ghosts: undone, a ghost is back. New answers about the same image (its classes are
  // counted anew after each save) change nothing of it.
  const [taken, setTaken] = useState<ReadonlyMap<number, Taken>>(new Map());
  const [current, setCurrent] = useState(-1);
  const [known, setKnown] = useState({ about: "", place: "", isOpen: false });
  if (isOpen && (known.place !== place || !known.isOpen)) {
    setKnown({ about, place, isOpen });
    if (known.about !== about) setTaken(new Map());
    setCurrent(found.wanted);
  }
  if (!isOpen && known.isOpen) setKnown({ ...known, isOpen });
  const [document, setDocument] = useState<AnnotationDocument>(EMPTY);
  useEffect(() => {
    if (!editing || !isOpen) return;
    const { editor } = editing;
    setDocument(editor.document);
    return editor.on("change", () => setDocument(editor.document));
  }, [editing, isOpen]);

  const drawn = useMemo(() => (isOpen ? extentsOf(document) : []), [isOpen, document]);
  const isGone = useCallback(
    (index: number): boolean => {
      const ghost = found.ghosts[index];
      return isTaken(taken.get(index), document) || (ghost !== undefined && isDrawn(ghost, drawn));
    },
    [found, taken, document, drawn],
  );

  // Once, after the canvas has learnt its size, which fits the image.
  const arrivedAt = useRef<string | null>(null);
  useEffect(() => {
    if (!editing || !isOpen || arrivedAt.current === place) return;
    arrivedAt.current = place;
    const { box } = found;
    const request = requestAnimationFrame(() => box && editing.editor.viewport.zoomToBox(box));
    return () => cancelAnimationFrame(request);
  }, [editing, isOpen, found, place]);

  const step = useCallback(
    (by: 1 | -1) => {
      if (!editing || !isOpen) return;
      const next = stepTo(current, by, found.ghosts.length, isGone);
      const ghost = found.ghosts[next];
      if (!ghost) return editing.editor.notify("The model predicted nothing else here.");
      setCurrent(next);
      if (ghost.index === null || !asked) return;
      // A reload comes back to the same one.
      arrivedAt.current = place.replace(/\S+ \S+$/, `prediction ${ghost.index}`);
      setSearch(
        (known) => {
          const params = new URLSearchParams(known);
          params.set("side", "prediction");
          params.set("index", String(ghost.index));
          return params;
        },
        { replace: true },
      );
    },
    [editing, isOpen, asked, current, found, isGone, place, setSearch],
  );

  const take = useCallback(() => {
    const ghost = found.ghosts[current];
    if (!editing || !isOpen) return;
    const { editor } = editing;
    if (!ghost) return editor.notify("There is no prediction to take here.");
    if (isGone(current)) return editor.notify("That prediction is taken already. Undo gives it back.");
    const result = takeGhost(ghost, editor.document, editor.size, editor.state.activeClassId);
    if (!result)
      return editor.notify(
        `This dataset has no class “${ghost.className}”. Choose a class, then take it again.`,
      );
    editor.edits.apply(result.label, result.action);
    editor.setTool("select");
    editor.selection.select([result.instance.id]);
    setTaken((before) => new Map(before).set(current, result));
    const className = dataset.classes.find(({ id }) => id === result.instance.class_id)?.name ?? "its class";
    editor.notify(
      result.before
        ? result.before.class_id === ghost.classId
          ? "The outline is the predicted one now."
          : `The outline is the predicted one now; it stays ${className}, the model saw ${ghost.className}: a number key changes that.`
        : `Taken as ${className}.`,
    );
  }, [editing, isOpen, found, current, isGone, dataset.classes]);

  const takeAll = useCallback(() => {
    if (editing && isOpen) setTaken(takeEach(editing.editor, found.ghosts, taken, isGone));
  }, [editing, isOpen, found, taken, isGone]);

  const close = useClose(predicted.hide, setSearch);

  const shown = useMemo(() => found.ghosts.filter((_, index) => !isGone(index)), [found, isGone]);
  const ghost = found.ghosts[current] ?? null;
  const asking = verdictId !== null ? verdict : image;
  const { error, refetch } = asking;
  const data = verdict.data?.image === imageId ? verdict.data : null;
  return useMemo(
    () => ({
      shown,
      current: ghost !== null && shown.includes(ghost) ? ghost : null,
      position: current + 1,
      count: found.ghosts.length,
      label: found.label,
      isOpen,
      error: verdictId !== null || asked ? error : null,
      retry: () => void refetch(),
      verdict: data,
      step,
      take,
      takeAll: predicted.view ? takeAll : null,
      close,
      predicted: predicted.view,
    }),
    [
      shown,
      ghost,
      current,
      found,
      isOpen,
      verdictId,
      asked,
      error,
      refetch,
      data,
      step,
      take,
      takeAll,
      close,
      predicted.view,
    ],
  );
}

/** Takes every ghost that is not taken; answers what is taken then. */
function takeEach(
  editor: Editing["editor"],
  ghosts: readonly Ghost[],
  taken: ReadonlyMap<number, Taken>,
  isGone: (index: number) => boolean,
): ReadonlyMap<number, Taken> {
  const results = new Map(taken);
  let [count, left] = [0, 0];
  // Of several predictions of one object the most confident comes first, and stays.
  const made = new Set<string>();
  ghosts.forEach((ghost, index) => {
    if (isGone(index)) return;
    const result = takeGhost(ghost, editor.document, editor.size, editor.state.activeClassId);
    if (!result) {
      left++;
      return;
    }
    if (result.before && made.has(result.before.id)) return;
    made.add(result.instance.id);
    editor.edits.apply(result.label, result.action);
    results.set(index, result);
    count++;
  });
  const more = left > 0 ? ` ${left} of a class that this dataset does not have: choose a class first.` : "";
  editor.notify(
    count > 0 ? `${count} predictions taken. Each can be undone.${more}` : `Nothing to take.${more}`,
  );
  return results;
}

const FINISHED: ReadonlySet<Status> = new Set(["done", "accepted"]);

/** What the newest prediction that the image was in has found, or the one that the address names. Without an address
 *  it shows on images that nobody has finished, unless the person has hidden it. */
function usePredicted(
  imageId: string | null,
  wanted: number | null,
  { isAsked, isFinished }: { isAsked: boolean; isFinished: boolean },
) {
  const [hidden, setHidden] = useState(isHidden);
  const isShown = isAsked && (wanted !== null || (!hidden && !isFinished));
  const query = useGhostsOf(imageId, wanted, isShown);
  const data = isShown && query.data && query.data.prediction !== null ? query.data : null;
  const [chosen, setChosen] = useState<{ prediction: number; confidence: number } | null>(null);
  const [, setSearch] = useSearch();
  const prediction = data?.prediction ?? null;
  const confidence =
    chosen !== null && chosen.prediction === prediction
      ? chosen.confidence
      : Math.max(PREDICTED_FLOOR, data?.confidence ?? PREDICTED_FLOOR);
  const hide = useCallback(() => {
    if (prediction === null) return;
    sessionStorage.setItem(HIDDEN, "1");
    setHidden(true);
  }, [prediction]);
  const view = useMemo(
    (): PredictedView | null =>
      data === null || prediction === null
        ? null
        : {
            prediction,
            predictions: data.predictions,
            confidence,
            setConfidence: (next) => setChosen({ prediction, confidence: next }),
            choose: (next) =>
              setSearch(
                (known) => {
                  const params = new URLSearchParams(known);
                  params.set("prediction", String(next));
                  return params;
                },
                { replace: true },
              ),
          },
    [data, prediction, confidence, setSearch],
  );
  return { data, confidence, hide, view };
}
