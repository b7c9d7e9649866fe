import { Anchor, Button, Skeleton, Stack } from "@mantine/core";
import { IconFlag, IconPlayerPlay } from "@tabler/icons-react";
import { useMemo } from "react";
import { Link } from "react-router";
import { useMembers } from "@/api/datasets";
import { useSession } from "@/api/session";
import { useVerdicts, useVerdictSummary } from "@/api/verdicts";
import { EmptyState } from "@/components/EmptyState";
import { ErrorNotice } from "@/components/ErrorNotice";
import { LoadMore } from "@/components/LoadMore";
import { Page } from "@/components/Page";
import { useSelection } from "@/components/use-selection";
import { plural } from "@/lib/format";
import { may } from "@/lib/roles";
import { useUrlState } from "@/lib/urlState";
import { useCurrentDataset } from "../dataset/DatasetLayout";
import { FixesBar } from "./FixesBar";
import { FIXES_ADDRESS } from "./fixesAddress";
import { FixFilters } from "./FixFilters";
import { FixRow } from "./FixRow";
import { fixAddress, KIND_NAMES } from "./object";
import { useFixChanges } from "./use-fix-changes";
import classes from "./verdicts.module.css";

/** What reviewers found wrong with labels: a queue that is worked off from place to place. */
export default function FixesPage() {
  const { slug, role } = useCurrentDataset();
  const [address, setAddress] = useUrlState(FIXES_ADDRESS);
  const queue = useMemo(
    () => ({
      ...(address.kind ? { kind: address.kind } : {}),
      ...(address.assignee ? { assignee: address.assignee } : {}),
      ...(address.evaluation ? { evaluation: address.evaluation } : {}),
    }),
    [address],
  );
  const verdicts = useVerdicts(slug, { ...queue, state: address.state });
  const counts = useVerdictSummary(slug).data;
  const members = useMembers(slug).data;
  const myId = useSession().data?.user?.id;
  const mayAssign = may(role, "assign");
  const ids = useMemo(() => verdicts.items.map(({ id }) => String(id)), [verdicts.items]);
  const { selected, toggle, clear } = useSelection(ids);
  const chosen = ids.filter((id) => selected.has(id)).map(Number);
  const change = useFixChanges(slug, chosen, address.state, clear);
  const first = verdicts.items.find(({ kind, state }) => state === "open" && kind !== "model");
  const isEverythingOpen = address.state === "open" && Object.keys(queue).length === 0;

  return (
    <Page
      title="Fixes"
      lead={
        counts
          ? `${plural(counts.open, "label")} to mend, ${plural(counts.hard, "hard case")}, ${plural(counts.fixed, "fix", "fixes")} for the next version.`
          : "What reviewers found wrong with labels."
      }
      actions={
        first && (
          <Button component={Link} to={fixAddress(first, queue)} leftSection={<IconPlayerPlay size={16} />}>
            Fix the first
          </Button>
        )
      }
    >
      {chosen.length > 0 ? (
        <FixesBar
          count={chosen.length}
          state={address.state}
          role={role}
          members={members ?? []}
          myId={myId}
          onChange={change}
          onClear={clear}
        />
      ) : (
        <FixFilters
          address={address}
          onChange={setAddress}
          counts={counts}
          members={mayAssign ? (members ?? []) : undefined}
          myId={myId}
        />
      )}
      {verdicts.isError && <ErrorNotice error={verdicts.error} onRetry={() => void verdicts.refetch()} />}
      {verdicts.isPending && <FixesSkeleton />}
      {verdicts.isSuccess && ids.length === 0 && (
        <NoFixes
          isFiltered={!isEverythingOpen}
          onShowAll={() => setAddress({ state: "open", kind: "", assignee: "", evaluation: 0 })}
        />
      )}
      <ul className={classes.list} aria-label="Fixes">
        {verdicts.items.map((verdict) => (
          <FixRow
            key={verdict.id}
            verdict={verdict}
            address={fixAddress(verdict, queue)}
            kindName={KIND_NAMES[verdict.kind]}
            myId={myId}
            isSelected={selected.has(String(verdict.id))}
            {...(mayAssign ? { onToggle: toggle } : {})}
          />
        ))}
      </ul>
      <LoadMore list={verdicts} />
    </Page>
  );
}

function FixesSkeleton() {
  return (
    <Stack gap={8} aria-label="Loading">
      {Array.from({ length: 6 }, (_, i) => (
        <Skeleton key={i} height={100} radius={8} />
      ))}
    </Stack>
  );
}

function NoFixes({ isFiltered, onShowAll }: { isFiltered: boolean; onShowAll: () => void }) {
  return (
    <EmptyState icon={IconFlag} title={isFiltered ? "Nothing matches" : "Nothing to fix"}>
      {isFiltered ? (
        <Anchor component="button" onClick={onShowAll}>
          Show everything that is open
        </Anchor>
      ) : (
        "Fixes come from review: open a run’s predictions, look at an object that is wrong, and give a verdict on it. It then waits here until somebody mends the label."
      )}
    </EmptyState>
  );
}
