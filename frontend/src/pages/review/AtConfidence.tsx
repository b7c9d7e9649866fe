import { createContext, type ReactNode, useCallback, useContext, useMemo } from "react";
import { flushSync } from "react-dom";
import { isSameConfidence, useHeld } from "@/lib/held";
import type { Evaluation } from "@/api/types";
import type { Columns } from "@/review-data/columns";
import { rateCurves, type RateCurves } from "@/review-data/rates";
import { fillTally, makeTally, type Tally } from "@/review-data/tally";
import type { Position } from "./address";

type At = {
  readonly confidence: number;
  readonly tally: Tally | null;
  /** Rates at every confidence, from the same columns. */
  readonly curves: RateCurves | null;
};
type Hand = {
  /** While the hand moves; what follows is on the screen in the same frame. */
  readonly move: (confidence: number) => void;
  /** Puts the slider, and whatever else numbers depend on, into the address. */
  readonly place: (change: Partial<Position>) => void;
};

const AtContext = createContext<At>({ confidence: 0, tally: null, curves: null });
const HandContext = createContext<Hand>({ move: () => undefined, place: () => undefined });

/** Where the slider stands, and what is counted there; null while the columns are on their way. Each count
 *  is an object of its own around the same arrays. */
export const useAt = (): At => useContext(AtContext);
export const useHand = (): Hand => useContext(HandContext);

/** In the address, else at the best confidence, in thousandths. Fainter predictions count in the mAP, but nothing else is kept of them. */
export function restedAt(evaluation: Evaluation, { confidence, basis }: Position): number {
  return Math.max(
    confidence ?? Number(evaluation.best_confidence[basis].toFixed(3)),
    evaluation.confidence_floor,
  );
}

/** Around a page that follows a slider. While the hand moves, only what asks `useAt` is rendered anew. */
export function AtConfidence({
  evaluation,
  columns,
  position,
  onPosition,
  children,
}: {
  evaluation: Evaluation;
  columns: Columns | undefined;
  position: Position;
  onPosition: (change: Partial<Position>) => void;
  children: ReactNode;
}) {
  const { shown: confidence, move: hold, settle } = useHeld(restedAt(evaluation, position), isSameConfidence);
  const arrays = useMemo(() => (columns ? makeTally(columns) : null), [columns]);
  const curves = useMemo(() => (columns ? rateCurves(columns) : null), [columns]);
  const at = useMemo(
    () => ({
      confidence,
      curves,
      tally: columns && arrays ? { ...fillTally(arrays, columns, confidence) } : null,
    }),
    [columns, arrays, curves, confidence],
  );
  const move = useCallback(
    (next: number) => flushSync(() => hold(Math.max(next, evaluation.confidence_floor))),
    [hold, evaluation.confidence_floor],
  );
  const place = useCallback(
    (change: Partial<Position>) => {
      settle(restedAt(evaluation, { ...position, ...change }));
      onPosition(change);
    },
    [settle, evaluation, position, onPosition],
  );
  const hand = useMemo(() => ({ move, place }), [move, place]);
  return (
    <HandContext value={hand}>
      <AtContext value={at}>{children}</AtContext>
    </HandContext>
  );
}
