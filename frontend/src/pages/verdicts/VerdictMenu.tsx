import { Button, Menu, Popover, Select, Stack, Text } from "@mantine/core";
import { IconFlag, IconFlagFilled } from "@tabler/icons-react";
import { useState } from "react";
import { useDataset, useMembers } from "@/api/datasets";
import { asProblem } from "@/api/problem";
import { useEvaluatedImage } from "@/api/evaluations";
import { useChangeVerdict, useGiveVerdict, useVerdictsOf } from "@/api/verdicts";
import { MentionField } from "@/components/MentionField";
import type { ShapeOutcome, Verdict, VerdictKind } from "@/api/types";
import { may } from "@/lib/roles";
import { toast } from "@/lib/toast";
import { KIND_NAMES, KIND_WORDS, kindsFor, type ObjectRef } from "./object";

type Props = {
  /** Its slug. */
  dataset: string;
  object: ObjectRef;
  /** Decides which kinds make sense, and which comes first. */
  outcome: ShapeOutcome;
  opened?: boolean;
  onOpened?: (opened: boolean) => void;
};

const STATE_WORDS: Record<Verdict["state"], string> = {
  open: "to fix",
  fixed: "fixed",
  dismissed: "no error",
};

/** What somebody thinks of an object: the label is wrong, or the model is. Only for those who may say so. */
export function VerdictMenu({ dataset, object, outcome, opened, onOpened }: Props) {
  const { data } = useDataset(dataset);
  const mayJudge = may(data?.role, "assign");
  const [ownOpened, setOwnOpened] = useState(false);
  const [kind, setKind] = useState<VerdictKind | null>(null);
  const image = useEvaluatedImage(object.evaluation, object.key, 0, mayJudge).data;
  const verdicts = useVerdictsOf(dataset, mayJudge ? (image?.image ?? null) : null);
  const change = useChangeVerdict(dataset);
  const isOpened = opened ?? ownOpened;
  const setOpened = onOpened ?? setOwnOpened;
  if (!mayJudge) return null;

  // A verdict on the label may have been given on its prediction.
  const partner = image?.[object.side === "label" ? "labels" : "predictions"][object.index]?.match ?? null;
  const known = verdicts.data?.results.find(
    ({ evaluation, key, side, index }) =>
      evaluation === object.evaluation &&
      key === object.key &&
      ((side === object.side && index === object.index) || (side !== object.side && index === partner)),
  );
  const move = (state: Verdict["state"]) =>
    known &&
    change.mutate(
      { id: known.id, state },
      { onError: (error) => toast({ color: "red", message: asProblem(error).message }) },
    );
  const [first = "model", ...others] = kindsFor(object.side, outcome);
  return (
    <Popover
      opened={kind !== null}
      onClose={() => setKind(null)}
      width={300}
      position="bottom-end"
      trapFocus
      withinPortal
    >
      <Popover.Target>
        <div>
          <Menu opened={isOpened} onChange={setOpened} position="bottom-end" width={270}>
            <Menu.Target>
              <Button
                size="compact-xs"
                variant={known?.state === "open" ? "light" : "subtle"}
                color={known?.state === "open" ? "orange" : "gray"}
                leftSection={known ? <IconFlagFilled size={13} /> : <IconFlag size={13} />}
                aria-label={
                  known ? `Verdict: ${KIND_NAMES[known.kind]}, ${STATE_WORDS[known.state]}` : "Give a verdict"
                }
              >
                {known
                  ? `${KIND_NAMES[known.kind]}${known.kind === "model" ? "" : `, ${STATE_WORDS[known.state]}`}`
                  : "Verdict"}
              </Button>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Label>What is wrong here?</Menu.Label>
              {[first, ...others].map((each) => (
                <Menu.Item key={each} onClick={() => setKind(each)}>
                  {KIND_WORDS[each]}
                </Menu.Item>
              ))}
              {known && (
                <>
                  <Menu.Divider />
                  {known.state === "open" ? (
                    <Menu.Item onClick={() => move("dismissed")}>Nothing: it is no error</Menu.Item>
                  ) : (
                    known.included_in_version === null && (
                      <Menu.Item onClick={() => move("open")}>Open it again</Menu.Item>
                    )
                  )}
                </>
              )}
            </Menu.Dropdown>
          </Menu>
        </div>
      </Popover.Target>
      <Popover.Dropdown>
        {kind && <VerdictForm dataset={dataset} object={object} kind={kind} onDone={() => setKind(null)} />}
      </Popover.Dropdown>
    </Popover>
  );
}

function VerdictForm({
  dataset,
  object,
  kind,
  onDone,
}: {
  dataset: string;
  object: ObjectRef;
  kind: VerdictKind;
  onDone: () => void;
}) {
  const members = useMembers(dataset);
  const give = useGiveVerdict(dataset);
  const [comment, setComment] = useState("");
  const [assignee, setAssignee] = useState<string | null>(null);
  const { evaluation, key, side, index } = object;
  const send = () => {
    if (give.isPending) return;
    give.mutate(
      {
        evaluation,
        key,
        side,
        index,
        kind,
        comment: comment.trim(),
        assignee: assignee ? Number(assignee) : null,
      },
      { onSuccess: onDone },
    );
  };
  return (
    <Stack gap="xs">
      <Text size="sm" fw={600}>
        {KIND_WORDS[kind]}
      </Text>
      <MentionField
        dataset={dataset}
        aria-label="Comment"
        placeholder="Comment (may stay empty); @name calls somebody"
        data-autofocus
        autosize
        minRows={2}
        maxRows={6}
        maxLength={2000}
        value={comment}
        onText={setComment}
        onKeyDown={(event) => {
          // Keys of the page behind, such as the arrows, are not meant here.
          event.stopPropagation();
          if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) send();
        }}
      />
      {kind !== "model" && (
        <Select
          aria-label="Who mends it"
          placeholder="Who mends it: nobody yet"
          clearable
          searchable
          comboboxProps={{ withinPortal: false }}
          value={assignee}
          onChange={setAssignee}
          data={(members.data ?? []).map(({ user }) => ({
            value: String(user.id),
            label: user.display_name || user.username,
          }))}
        />
      )}
      {give.isError && (
        <Text size="sm" c="red">
          {asProblem(give.error).message}
        </Text>
      )}
      <Button size="xs" loading={give.isPending} onClick={send}>
        {kind === "model" ? "Keep as a hard case" : "Put it into the queue of fixes"}
      </Button>
    </Stack>
  );
}
