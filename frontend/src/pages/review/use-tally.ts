import { useMemo, useState } from "react";
import type { Evaluation } from "@/api/types";
import type { Columns } from "@/review-data/columns";
import { fillTally, makeTally, type Tally } from "@/review-data/tally";
import type { Position } from "./address";

/** The columns counted at a confidence: an object of its own for each count, around the same arrays. */
export function useTally(columns: Columns | undefined, confidence: number): Tally | null {
  const arrays = useMemo(() => (columns ? makeTally(columns) : null), [columns]);
  return useMemo(
    () => (columns && arrays ? { ...fillTally(arrays, columns, confidence) } : null),
    [columns, arrays, confidence],
  );
}

/** Where the slider stands: in the hand while it moves, else in the address, else at the best F1.
 *  `place` moves it, and whatever else numbers depend on, in the address. */
export function useConfidence(
  evaluation: Evaluation,
  position: Position,
  setAddress: (change: Partial<Position>) => void,
) {
  const [moving, setMoving] = useState<number | null>(null);
  const wanted = moving ?? position.confidence ?? evaluation.best_confidence[position.basis];
  const place = (change: Partial<Position>) => {
    setMoving(null);
    setAddress(change);
  };
  // Fainter predictions count in the mAP, but nothing else is kept of them.
  return { confidence: Math.max(wanted, evaluation.confidence_floor), move: setMoving, place };
}
