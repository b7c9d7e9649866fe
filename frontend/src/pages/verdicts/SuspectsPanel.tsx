import { Anchor, Badge, Button, Group, Select, Skeleton, Text, Tooltip } from "@mantine/core";
import { memo, useMemo, useState } from "react";
import { Link } from "react-router";
import { useDataset } from "@/api/datasets";
import { asProblem } from "@/api/problem";
import type { Evaluation, Suspect, VerdictKind } from "@/api/types";
import { useShapesOf } from "@/api/evaluations";
import { useGiveVerdict, useSuspects } from "@/api/verdicts";
import { formatMetric } from "@/lib/format";
import { DEFAULT_IOU, objectsAddress } from "../review/address";
import { formatPlace } from "../review/seen";
import { ErrorNotice } from "@/components/ErrorNotice";
import { LoadMore } from "@/components/LoadMore";
import { Panel } from "@/components/Page";
import { may } from "@/lib/roles";
import { toast } from "@/lib/toast";
import { ObjectThumb } from "./ObjectThumb";
import { editorAddress, KIND_WORDS } from "./object";
import classes from "./verdicts.module.css";

const VERDICTS: Record<Suspect["kind"], VerdictKind> = {
  missing: "missing",
  extra: "extra",
  wrong_class: "wrong_class",
  sloppy_outline: "outline",
};
/** The image of a suspect with that one object opened, at the lowest confidence: a weak prediction is there too. */
function suspectAddress(
  { id, run, confidence_floor: floor }: Evaluation,
  { key, side, index }: Suspect,
): string {
  const position = { evaluation: id, basis: "mask", iou: DEFAULT_IOU, confidence: floor } as const;
  const place = formatPlace({ side, index });
  return `${objectsAddress(run, position, { view: "images" })}&image=${key}&object=${place}`;
}

const KINDS = Object.keys(VERDICTS) as Suspect["kind"][];

/** Likely label errors of an evaluation: each becomes a fix, or is no error and does not come again. */
export const SuspectsPanel = memo(function SuspectsPanel({ evaluation }: { evaluation: Evaluation }) {
  const [kind, setKind] = useState<Suspect["kind"] | undefined>();
  const suspects = useSuspects(evaluation.id, kind);
  const keys = useMemo(() => [...new Set(suspects.items.map(({ key }) => key))], [suspects.items]);
  const shapes = useShapesOf(evaluation.id, keys);
  const { data: dataset } = useDataset(evaluation.dataset);
  const give = useGiveVerdict(evaluation.dataset);
  const mayJudge = may(dataset?.role, "assign");
  const first = suspects.data?.pages[0];

  const judge = (suspect: Suspect, dismissed: boolean) =>
    give.mutate(
      {
        evaluation: evaluation.id,
        key: suspect.key,
        side: suspect.side,
        index: suspect.index,
        kind: VERDICTS[suspect.kind],
        ...(dismissed ? { dismissed } : {}),
      },
      {
        onSuccess: () =>
          toast({
            message: dismissed ? "It will not be suspected again." : "It waits in the queue of fixes.",
          }),
        onError: (error) => toast({ color: "red", message: asProblem(error).message }),
      },
    );

  return (
    <Panel
      title="Likely label errors"
      aside={
        <Select
          size="xs"
          w={230}
          aria-label="Kind of error"
          allowDeselect={false}
          value={kind ?? ""}
          onChange={(value) => setKind(KINDS.find((each) => each === value))}
          data={[
            { value: "", label: "Every kind" },
            ...KINDS.map((value) => ({
              value,
              label: `${KIND_WORDS[VERDICTS[value]]}${first ? ` (${first.counts[value]})` : ""}`,
            })),
          ]}
        />
      }
    >
      {suspects.isError && <ErrorNotice error={suspects.error} onRetry={() => void suspects.refetch()} />}
      {suspects.isPending && <Skeleton height={180} role="status" aria-label="Loading" />}
      {suspects.isSuccess && suspects.items.length === 0 && (
        <Text size="sm" c="dimmed">
          {first && first.judged > 0
            ? "Everything that looked wrong here has a verdict."
            : "Nothing here looks like a wrong label."}
        </Text>
      )}
      <ul
        className={classes.list}
        aria-label="Likely label errors"
        style={{ maxHeight: 480, overflowY: "auto" }}
      >
        {suspects.items.map((suspect) => {
          const place = shapes.get(suspect.key);
          const label = suspect.side === "label" ? suspect.index : suspect.other;
          const prediction = suspect.side === "prediction" ? suspect.index : suspect.other;
          const rule = first?.rules.find((each) => each.kind === suspect.kind)?.rule;
          const object = {
            evaluation: evaluation.id,
            key: suspect.key,
            side: suspect.side,
            index: suspect.index,
          };
          return (
            <li
              key={`${suspect.kind} ${suspect.key} ${suspect.side} ${suspect.index}`}
              className={classes.row}
            >
              <ObjectThumb
                width={suspect.width}
                height={suspect.height}
                imageUrl={suspect.image_url}
                thumbnailUrl={suspect.thumbnail_url}
                label={(label !== null && place?.labels[label]?.polygon) || []}
                prediction={(prediction !== null && place?.predictions[prediction]?.polygon) || []}
              />
              <div className={classes.words}>
                <Text size="sm" fw={600} truncate>
                  {KIND_WORDS[VERDICTS[suspect.kind]]}: {evaluation.class_names[suspect.class_index] ?? "?"}
                </Text>
                {suspect.image ? (
                  <Anchor
                    component={Link}
                    size="xs"
                    truncate
                    display="block"
                    to={editorAddress(evaluation.dataset, suspect.image, object)}
                  >
                    {suspect.file_name}
                  </Anchor>
                ) : (
                  <Text size="xs" c="dimmed" truncate>
                    {suspect.file_name} (no longer in the dataset)
                  </Text>
                )}
                <Tooltip label={rule} multiline w={360} disabled={!rule}>
                  <Badge size="sm" variant="light" color="gray">
                    <Link
                      to={suspectAddress(evaluation, suspect)}
                      aria-label={`Score ${formatMetric(suspect.score)}: look at the object`}
                      style={{ color: "var(--mantine-color-text)" }}
                    >
                      {formatMetric(suspect.score)}
                    </Link>
                  </Badge>
                </Tooltip>
              </div>
              {mayJudge && suspect.image && (
                <Group gap="xs" wrap="nowrap" className={classes.judge}>
                  <Button size="compact-sm" variant="light" onClick={() => judge(suspect, false)}>
                    To fix
                  </Button>
                  <Button size="compact-sm" variant="default" onClick={() => judge(suspect, true)}>
                    No error
                  </Button>
                </Group>
              )}
            </li>
          );
        })}
      </ul>
      <LoadMore list={suspects} />
      {first && first.total > 0 && (
        <Text size="xs" c="dimmed" mt="sm">
          Ranked by a score from 0 to 1; hover it for its rule. Asked: {first.evaluations}{" "}
          {first.evaluations === 1 ? "evaluation" : "evaluations"} of version {evaluation.version.number},
          split {evaluation.split}.
        </Text>
      )}
    </Panel>
  );
});
