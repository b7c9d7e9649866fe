import type { Evaluation, Figures } from "@/api/types";

export const ERROR_WORDS: Record<Figures["errors"]["types"][number]["type"], string> = {
  classification: "wrong class",
  localisation: "loose outline",
  both: "class and outline",
  duplicate: "found twice",
  background: "nothing there",
  missed: "missed",
};

type Model = Pick<Evaluation, "checkpoint_kind" | "export_name">;
type Named = Model & Pick<Evaluation, "version" | "split">;

/** "best.pt", or "best as ONNX" where an export of it was measured. */
export function modelName({ checkpoint_kind, export_name }: Model): string {
  return export_name ? `${checkpoint_kind} as ${export_name}` : `${checkpoint_kind}.pt`;
}

/** "best.pt · version 3 · val". */
export function evaluationName(evaluation: Named): string {
  return `${modelName(evaluation)} · version ${evaluation.version.number} · ${evaluation.split}`;
}

/** What a result is measured against. */
export type Baselines = {
  /** Best.pt of the run before, on the same version where there is such an evaluation. */
  before: Evaluation | null;
  /** The highest mask mAP50-95 of another run on the same version. */
  best: Evaluation | null;
};

/** What found nothing is behind all that found something. */
const scoreOf = ({ mask }: Evaluation) => mask.map50_95 ?? -1;

/** Whether nothing on the same version is better; false where there is nothing to be better than. */
export function isBestSoFar(evaluation: Evaluation, { best }: Baselines): boolean {
  return best !== null && scoreOf(evaluation) >= scoreOf(best);
}

/** Among the finished evaluations of a dataset on one split. */
export function findBaselines(evaluation: Evaluation, siblings: readonly Evaluation[]): Baselines {
  const others = siblings.filter(
    ({ run, checkpoint_kind: kind, export: exported }) =>
      run !== evaluation.run && kind === "best" && exported === null,
  );
  const same = others.filter(({ version }) => version.id === evaluation.version.id);
  const earlier = others.filter(({ run }) => run < evaluation.run);
  const newest = Math.max(...earlier.map(({ run }) => run));
  const ofNewest = earlier.filter(({ run }) => run === newest);
  return {
    before: ofNewest.find(({ version }) => version.id === evaluation.version.id) ?? ofNewest[0] ?? null,
    best: same.reduce<Evaluation | null>(
      (best, other) => (!best || scoreOf(other) > scoreOf(best) ? other : best),
      null,
    ),
  };
}
