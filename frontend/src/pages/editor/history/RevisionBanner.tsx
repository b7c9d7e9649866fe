import { Button, Kbd, Loader } from "@mantine/core";
import { IconArrowBackUp, IconHistory } from "@tabler/icons-react";
import type { Revision } from "@/api/types";
import { asProblem } from "@/api/problem";
import { Ago } from "@/components/Ago";
import { type Comparison, describeAuthor, describeComparison } from "./compare";
import notices from "../notices.module.css";
import classes from "./history.module.css";

type Props = {
  revision: Revision;
  user: number;
  /** With the annotation as it is now; null while the revision is on its way. */
  comparison: Comparison | null;
  error: unknown;
  onRetry: () => void;
  onRestore: () => void;
  onBack: () => void;
};

/** Says that one looks at the past, how it differs from now, and how to get back. */
export function RevisionBanner({ revision, user, comparison, error, onRetry, onRestore, onBack }: Props) {
  return (
    <div className={notices.bar} role="status">
      <div className={classes.bannerText}>
        <strong>
          Revision {revision.number} {describeAuthor(revision, user)}
        </strong>
        , <Ago time={revision.created_at} />
        <span className={classes.readOnly}> · read only</span>
      </div>
      {error ? (
        <span>{asProblem(error).message}</span>
      ) : comparison ? (
        <Legend comparison={comparison} />
      ) : (
        <Loader size={16} role="status" aria-label="Loading the revision" />
      )}
      <div className={classes.bannerActions}>
        {error ? (
          <Button size="compact-sm" variant="default" onClick={onRetry}>
            Try again
          </Button>
        ) : (
          <Button
            size="compact-sm"
            leftSection={<IconHistory size={15} />}
            disabled={!comparison}
            onClick={onRestore}
          >
            Restore
          </Button>
        )}
        <Button
          size="compact-sm"
          variant="default"
          leftSection={<IconArrowBackUp size={15} />}
          rightSection={<Kbd size="xs">Esc</Kbd>}
          onClick={onBack}
        >
          Back to now
        </Button>
      </div>
    </div>
  );
}

function Legend({ comparison }: { comparison: Comparison }) {
  const { onlyThen, onlyNow, changed, isReordered } = comparison;
  const counts = [
    ["onlyThen", onlyThen.length, "only then"],
    ["onlyNow", onlyNow.length, "only now"],
    ["changed", changed.length, "changed since"],
  ] as const;
  const differs = counts.filter(([, count]) => count > 0);
  return (
    <div className={classes.legend}>
      <span className="visually-hidden">{describeComparison(comparison)}</span>
      {differs.map(([kind, count, words]) => (
        <span key={kind} className={classes.legendItem} aria-hidden>
          <span className={classes.line} data-kind={kind} />
          {count} {words}
        </span>
      ))}
      {isReordered && <span aria-hidden>another order</span>}
      {differs.length === 0 && !isReordered && <span aria-hidden>The same as now</span>}
    </div>
  );
}
