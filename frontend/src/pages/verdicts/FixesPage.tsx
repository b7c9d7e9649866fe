import { Anchor, Button, Select, Skeleton, Stack, Text } from "@mantine/core";
import { IconFlag, IconPlayerPlay } from "@tabler/icons-react";
import { useMemo, useState } from "react";
import { Link } from "react-router";
import { useMembers } from "@/api/datasets";
import { asProblem } from "@/api/problem";
import { useSession } from "@/api/session";
import type { VerdictState } from "@/api/types";
import { useChangeVerdicts, useVerdicts, useVerdictSummary, type VerdictChange } from "@/api/verdicts";
import { EmptyState } from "@/components/EmptyState";
import { ErrorNotice } from "@/components/ErrorNotice";
import { LoadMore } from "@/components/LoadMore";
import { offerUndo } from "@/components/offerUndo";
import { Page } from "@/components/Page";
import { plural } from "@/lib/format";
import { may } from "@/lib/roles";
import { toggled } from "@/lib/selection";
import { matching, numberIn, oneOf, useUrlState } from "@/lib/urlState";
import { toast } from "@/lib/toast";
import { AssignMenu } from "../dataset/AssignMenu";
import { useCurrentDataset } from "../dataset/DatasetLayout";
import { FixRow } from "./FixRow";
import { fixAddress, KIND_NAMES, KIND_WORDS, KINDS } from "./object";
import classes from "./verdicts.module.css";

const STATES = ["open", "fixed", "dismissed"] as const;
const ADDRESS = {
  state: oneOf(STATES, "open"),
  kind: oneOf(["", ...KINDS], ""),
  assignee: matching(/^(me|none|\d+)$/, ""),
  evaluation: numberIn(0, 2 ** 31, 0, 0),
};
const STATE_WORDS: Record<VerdictState, string> = { open: "Open", fixed: "Fixed", dismissed: "No errors" };

/** What reviewers found wrong with labels: a queue that is worked off from place to place. */
export default function FixesPage() {
  const dataset = useCurrentDataset();
  const { slug, role } = dataset;
  const [address, setAddress] = useUrlState(ADDRESS);
  const queue = useMemo(
    () => ({
      ...(address.kind ? { kind: address.kind } : {}),
      ...(address.assignee ? { assignee: address.assignee } : {}),
      ...(address.evaluation ? { evaluation: address.evaluation } : {}),
    }),
    [address],
  );
  const verdicts = useVerdicts(slug, { ...queue, state: address.state });
  const summary = useVerdictSummary(slug);
  const members = useMembers(slug);
  const myId = useSession().data?.user?.id;
  const change = useChangeVerdicts(slug);
  const mayAssign = may(role, "assign");
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const [anchor, setAnchor] = useState<string | null>(null);
  const ids = verdicts.items.map(({ id }) => String(id));
  const chosen = ids.filter((id) => selected.has(id)).map(Number);
  const first = verdicts.items.find(({ kind, state }) => state === "open" && kind !== "model");
  const counts = summary.data;
  const isFiltered = Boolean(address.kind || address.assignee || address.evaluation);

  const apply = (values: VerdictChange, done: string) => {
    if (change.isPending) return;
    const before = address.state;
    change.mutate(
      { ids: chosen, ...values },
      {
        onSuccess: ({ changed }) => {
          const words = wordsOfChange(changed, chosen.length, done);
          setSelected(new Set());
          if (!values.state || changed === 0) toast({ message: words });
          else
            offerUndo(words, async () => {
              const back = await change.mutateAsync({ ids: chosen, state: before });
              return `${plural(back.changed, "fix is", "fixes are")} back under “${STATE_WORDS[before]}”.`;
            });
        },
        onError: (error) => toast({ color: "red", message: asProblem(error).message }),
      },
    );
  };
  const toggle = (id: string, range: boolean) => {
    setSelected((known) => toggled(known, ids, id, { range, anchor }));
    setAnchor(id);
  };

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
        <div className={classes.bar} role="toolbar" aria-label="Selected fixes">
          <Text size="sm" fw={600} className="tabular">
            {plural(chosen.length, "fix", "fixes")} selected
          </Text>
          <AssignMenu
            role={role}
            members={members.data ?? []}
            myId={myId}
            onAssign={(assignee, done) => apply({ assignee }, done)}
          />
          {address.state !== "open" && (
            <Button size="xs" variant="default" onClick={() => apply({ state: "open" }, "opened again")}>
              Open again
            </Button>
          )}
          {address.state === "open" && (
            <>
              <Button
                size="xs"
                variant="default"
                onClick={() => apply({ state: "fixed" }, "marked as fixed")}
              >
                Are fixed
              </Button>
              <Button size="xs" variant="default" onClick={() => apply({ state: "dismissed" }, "dismissed")}>
                Are no errors
              </Button>
            </>
          )}
          <Button size="xs" variant="subtle" color="gray" onClick={() => setSelected(new Set())}>
            Clear the selection
          </Button>
        </div>
      ) : (
        <div className={classes.bar}>
          <Select
            w={130}
            aria-label="State"
            allowDeselect={false}
            value={address.state}
            onChange={(value) => setAddress({ state: STATES.find((each) => each === value) ?? "open" })}
            data={STATES.map((value) => ({ value, label: STATE_WORDS[value] }))}
          />
          <Select
            w={230}
            aria-label="Kind"
            allowDeselect={false}
            value={address.kind}
            onChange={(value) => setAddress({ kind: KINDS.find((each) => each === value) ?? "" })}
            data={[
              { value: "", label: "Every kind" },
              ...KINDS.map((value) => ({
                value,
                label: KIND_WORDS[value] + countOf(counts?.by_kind.find(({ kind }) => kind === value)?.count),
              })),
            ]}
          />
          {mayAssign && (
            <Select
              w={190}
              aria-label="Assigned to"
              allowDeselect={false}
              value={address.assignee}
              onChange={(value) => setAddress({ assignee: value ?? "" })}
              data={[
                { value: "", label: "Everybody’s" },
                { value: "me", label: "Mine" },
                { value: "none", label: "Nobody’s" },
                ...(members.data ?? [])
                  .filter(({ user }) => user.id !== myId)
                  .map(({ user }) => ({
                    value: String(user.id),
                    label: user.display_name || user.username,
                  })),
              ]}
            />
          )}
          {counts && counts.by_evaluation.length > 0 && (
            <Select
              w={230}
              aria-label="From the evaluation of"
              allowDeselect={false}
              value={String(address.evaluation || "")}
              onChange={(value) => setAddress({ evaluation: Number(value ?? 0) })}
              data={[
                { value: "", label: "From every evaluation" },
                ...counts.by_evaluation.map(({ evaluation, run_name, count }) => ({
                  value: String(evaluation),
                  label: `${run_name} (${count})`,
                })),
              ]}
            />
          )}
          <Text size="xs" c="dimmed" component="div" style={{ display: "flex", gap: 14, marginLeft: "auto" }}>
            <span className={classes.key}>label</span>
            <span className={classes.key} data-kind="predicted">
              prediction
            </span>
          </Text>
        </div>
      )}
      {verdicts.isError && <ErrorNotice error={verdicts.error} onRetry={() => void verdicts.refetch()} />}
      {verdicts.isPending && (
        <Stack gap={8} aria-label="Loading">
          {Array.from({ length: 6 }, (_, i) => (
            <Skeleton key={i} height={100} radius={8} />
          ))}
        </Stack>
      )}
      {verdicts.isSuccess && verdicts.items.length === 0 && (
        <EmptyState
          icon={IconFlag}
          title={isFiltered || address.state !== "open" ? "Nothing matches" : "Nothing to fix"}
        >
          {isFiltered || address.state !== "open" ? (
            <Anchor
              component="button"
              onClick={() => setAddress({ state: "open", kind: "", assignee: "", evaluation: 0 })}
            >
              Show everything that is open
            </Anchor>
          ) : (
            "Fixes come from review: open a run’s predictions, look at an object that is wrong, and give a verdict on it. It then waits here until somebody mends the label."
          )}
        </EmptyState>
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

/** Some of those that were chosen may not be changed so. */
function wordsOfChange(changed: number, chosen: number, done: string): string {
  const words = changed > 0 ? `${plural(changed, "fix", "fixes")} ${done}.` : "Nothing was changed.";
  if (changed === chosen) return words;
  const others = plural(chosen - changed, "fix stays as it is", "fixes stay as they are");
  return `${words} ${others}: a hard case is dismissed, not fixed, and what a version holds stays.`;
}

function countOf(count: number | undefined): string {
  return count ? ` (${count})` : "";
}
