import { usePairVerdict } from "@/api/synthetic";
import type { Run } from "@/api/types";
import { Panel } from "@/components/Page";
import { Verdict } from "../dataset/synthetic/VerdictPanels";

/** Of two runs that differ by synthetic examples alone: which classes they helped. */
export function SyntheticVerdict({ runs }: { runs: readonly Run[] }) {
  const query = usePairVerdict(runs.map(({ id }) => id));
  const verdict = query.data?.verdict;
  if (!verdict) return null;
  return (
    <Panel title="Do the synthetic examples help?">
      <Verdict verdict={verdict} isCompared />
    </Panel>
  );
}
