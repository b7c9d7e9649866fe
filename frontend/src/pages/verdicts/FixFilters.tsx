import { Select, Text } from "@mantine/core";
import type { Membership, VerdictSummary } from "@/api/types";
import { type FixesAddress, STATE_WORDS, STATES } from "./fixesAddress";
import { KIND_WORDS, KINDS } from "./object";
import classes from "./verdicts.module.css";

type Props = {
  address: FixesAddress;
  onChange: (next: Partial<FixesAddress>) => void;
  counts: VerdictSummary | undefined;
  /** Whose fixes can be asked for; absent for those who see their own only. */
  members: readonly Membership[] | undefined;
  myId: number | undefined;
};

/** Which fixes are shown, and what the colours in them are. */
export function FixFilters({ address, onChange, counts, members, myId }: Props) {
  return (
    <div className={classes.bar}>
      <Select
        w={130}
        aria-label="State"
        allowDeselect={false}
        value={address.state}
        onChange={(value) => onChange({ state: STATES.find((each) => each === value) ?? "open" })}
        data={STATES.map((value) => ({ value, label: STATE_WORDS[value] }))}
      />
      <Select
        w={230}
        aria-label="Kind"
        allowDeselect={false}
        value={address.kind}
        onChange={(value) => onChange({ kind: KINDS.find((each) => each === value) ?? "" })}
        data={[
          { value: "", label: "Every kind" },
          ...KINDS.map((value) => ({
            value,
            label: KIND_WORDS[value] + countOf(counts?.by_kind.find(({ kind }) => kind === value)?.count),
          })),
        ]}
      />
      {members && (
        <Select
          w={190}
          aria-label="Assigned to"
          allowDeselect={false}
          value={address.assignee}
          onChange={(value) => onChange({ assignee: value ?? "" })}
          data={[
            { value: "", label: "Everybody’s" },
            { value: "me", label: "Mine" },
            { value: "none", label: "Nobody’s" },
            ...members
              .filter(({ user }) => user.id !== myId)
              .map(({ user }) => ({ value: String(user.id), label: user.display_name || user.username })),
          ]}
        />
      )}
      {counts && counts.by_evaluation.length > 0 && (
        <Select
          w={230}
          aria-label="From the evaluation of"
          allowDeselect={false}
          value={String(address.evaluation || "")}
          onChange={(value) => onChange({ evaluation: Number(value ?? 0) })}
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
  );
}

function countOf(count: number | undefined): string {
  return count ? ` (${count})` : "";
}
