import { Anchor, Stack, Text } from "@mantine/core";
import { IconArrowDownRight, IconArrowUpRight } from "@tabler/icons-react";
import { Link } from "react-router";
import { useSiblings } from "@/api/evaluations";
import type { Basis, Evaluation, MetricSet } from "@/api/types";
import { Stat, Stats } from "@/components/Page";
import { findBaselines, isBestSoFar, modelName } from "@/lib/evaluations";
import { figureWords, HEADLINE, shownDifference } from "@/lib/figures";
import { formatDelta, plural } from "@/lib/format";
import { compareAddress } from "../runs/compare";
import { NumberLink } from "./NumberLink";

/** The figures of an evaluation, each with its change against the run before and the best so far. */
export function Headline({
  evaluation,
  addressOf,
}: {
  evaluation: Evaluation;
  /** All objects of the evaluation, where the slider stands. */
  addressOf: (basis: Basis) => string;
}) {
  const siblings = useSiblings(evaluation).data;
  const baselines = findBaselines(evaluation, siblings ?? []);
  const { before } = baselines;
  const leads = isBestSoFar(evaluation, baselines);
  const best = leads ? null : baselines.best;
  return (
    <Stack gap="sm">
      <div style={{ display: "flex", flexWrap: "wrap", gap: "16px 48px" }}>
        {(["mask", "box"] as const).map((basis) => (
          <div key={basis} role="group" aria-labelledby={`headline-${basis}`}>
            <Text id={`headline-${basis}`} size="sm" fw={600} mb={8}>
              {basis === "mask" ? "Masks" : "Boxes"}
            </Text>
            <Stats>
              {HEADLINE.map(([field, label]) => (
                <Stat
                  key={field}
                  label={label}
                  value={
                    <NumberLink to={addressOf(basis)} isUnderlined>
                      {figureWords(evaluation[basis][field], evaluation.reason)}
                    </NumberLink>
                  }
                  hint={<Changes {...{ evaluation, before, best, basis, field }} />}
                />
              ))}
            </Stats>
          </div>
        ))}
      </div>
      <Text size="xs" c="dimmed" maw={920}>
        {modelName(evaluation)} on the {evaluation.split} split of version {evaluation.version.number}:{" "}
        {plural(evaluation.image_count, "image")}, {plural(evaluation.instance_count, "object")}. mAP over
        every confidence from 0.001, matched within each class, as Ultralytics has it.
        {before && (
          <>
            {" "}
            Before: <Other evaluation={before} mine={evaluation} />.
          </>
        )}
        {best && (
          <>
            {" "}
            Best: <Other evaluation={best} mine={evaluation} />.
          </>
        )}
        {leads && " Best so far on this version: this run."}
        {siblings &&
          !before &&
          !baselines.best &&
          " It is the first run of this dataset that was measured so."}
      </Text>
      {evaluation.notes.map((note) => (
        <Text key={note} size="xs">
          {note}
        </Text>
      ))}
    </Stack>
  );
}

function Other({ evaluation, mine }: { evaluation: Evaluation; mine: Evaluation }) {
  return (
    <>
      <Anchor component={Link} to={`/runs/${evaluation.run}/results`} size="xs">
        {evaluation.run_name}
      </Anchor>
      {evaluation.version.id !== mine.version.id &&
        ` (on version ${evaluation.version.number}, so its labels may differ)`}
    </>
  );
}

function Changes({
  evaluation,
  before,
  best,
  basis,
  field,
}: {
  evaluation: Evaluation;
  before: Evaluation | null;
  best: Evaluation | null;
  basis: Basis;
  field: keyof MetricSet;
}) {
  if (!before && !best) return null;
  const value = evaluation[basis][field];
  return (
    <>
      {before && (
        <Change
          value={shownDifference(before[basis][field], value)}
          against="before"
          to={compareAddress([before.run, evaluation.run])}
        />
      )}
      {best && best.id !== before?.id && (
        <Change
          value={shownDifference(best[basis][field], value)}
          against="best"
          to={compareAddress([best.run, evaluation.run])}
        />
      )}
    </>
  );
}

/** A change, told by its sign and arrow as well as by its colour. */
export function Change({
  value,
  against,
  to,
  title = "Compare the two runs",
}: {
  value: number | null;
  against?: string;
  title?: string;
  /** Where what changed is to be seen. */
  to?: string;
}) {
  if (value === null) return null;
  const isLevel = Math.abs(value) < 0.0005;
  const Arrow = value > 0 ? IconArrowUpRight : IconArrowDownRight;
  return (
    <Text
      span
      display="block"
      size="xs"
      className="tabular"
      c={isLevel ? "dimmed" : value > 0 ? "var(--sl-better)" : "var(--sl-worse)"}
      style={{ whiteSpace: "nowrap" }}
    >
      {!isLevel && <Arrow size={12} style={{ verticalAlign: -2 }} aria-hidden="true" />}
      {to ? (
        <NumberLink to={to} title={title}>
          {formatDelta(value)}
        </NumberLink>
      ) : (
        formatDelta(value)
      )}
      {against && (
        <Text span size="xs" c="dimmed">
          {" "}
          {against}
        </Text>
      )}
    </Text>
  );
}
