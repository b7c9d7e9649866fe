import { objectCount } from "@/canvas/model/document";
import { Button, Group, Modal, Radio, Stack, Text } from "@mantine/core";
import { useMemo, useState } from "react";
import type { DatasetClass, Photograph } from "@/api/types";
import { ClassDot } from "@/components/ClassDot";
import { plural } from "@/lib/format";
import { lookOf } from "./class-look";
import { ConflictPreview } from "./ConflictPreview";
import classes from "./editor.module.css";
import type { Author } from "./sync/authors";
import { type Choice, type Dispute, findDisputes, type Versions } from "./sync/merge";

type Props = {
  image: Photograph;
  versions: Versions;
  author: Author;
  /** Their version can be looked at, and brought back, later. */
  hasHistory?: boolean;
  classNames: ReadonlyMap<number, DatasetClass>;
  onResolve: (choices: ReadonlyMap<string, Choice>) => void;
};

/** Two people changed the same objects: both versions side by side, and what to keep of each object. */
export function ConflictDialog({ image, versions, author, hasHistory = true, classNames, onResolve }: Props) {
  const { mine, theirs } = versions;
  // Nobody edits behind the dialog; `versions` is another object each time, its documents are not.
  // eslint-disable-next-line react-hooks/exhaustive-deps
  const disputes = useMemo(() => findDisputes(versions), [mine, theirs]);
  const [choices, setChoices] = useState<ReadonlyMap<string, Choice>>(new Map());
  const [focused, setFocused] = useState<string | null>(null);
  const left = disputes.filter(({ id }) => !choices.has(id)).length;

  const chooseAll = (choice: Choice): void => setChoices(new Map(disputes.map(({ id }) => [id, choice])));
  const sides = [
    { title: "Yours", side: "mine", document: mine },
    { title: capitalised(author.version), side: "theirs", document: theirs },
  ] as const;
  return (
    <Modal
      opened
      onClose={() => undefined}
      withCloseButton={false}
      closeOnEscape={false}
      closeOnClickOutside={false}
      size={1100}
      title={`${author.did} meanwhile`}
    >
      <Text size="sm" mb="md">
        {disputes.length === 1 ? "One object was" : `${disputes.length} objects were`} changed on both sides:
        say what to keep. All else is merged.{" "}
        {hasHistory && <>Nothing is lost: {author.version} stays in the history of the image, and </>}
        Undo brings yours back.
      </Text>
      <div className={classes.versions}>
        {sides.map(({ title, side, document }) => (
          <Stack key={side} gap="xs">
            <Group justify="space-between">
              <Text fw={600}>{title}</Text>
              <Text size="sm" c="dimmed">
                {plural(objectCount(document), "object")}
              </Text>
            </Group>
            <ConflictPreview
              image={image}
              title={title}
              side={side}
              document={document}
              disputes={disputes}
              focused={focused}
              classNames={classNames}
            />
          </Stack>
        ))}
      </div>
      <Group justify="space-between" mt="md" mb={4}>
        <Text size="sm" fw={600}>
          Changed on both sides
        </Text>
        <Group gap="xs">
          <Button size="compact-sm" variant="default" onClick={() => chooseAll("mine")}>
            All mine
          </Button>
          <Button size="compact-sm" variant="default" onClick={() => chooseAll("theirs")}>
            All theirs
          </Button>
        </Group>
      </Group>
      <div className={classes.disputes} onBlur={() => setFocused(null)}>
        {disputes.map((dispute, i) => (
          <DisputeRow
            key={dispute.id}
            dispute={dispute}
            number={i + 1}
            classNames={classNames}
            choice={choices.get(dispute.id)}
            onChoose={(choice) => setChoices((old) => new Map(old).set(dispute.id, choice))}
            onFocus={() => setFocused(dispute.id)}
          />
        ))}
      </div>
      <Group justify="flex-end" mt="md">
        <Text size="sm" c="dimmed" aria-live="polite">
          {left > 0 && `${plural(left, "object")} left to choose`}
        </Text>
        <Button disabled={left > 0} onClick={() => onResolve(choices)}>
          Save the merged version
        </Button>
      </Group>
    </Modal>
  );
}

type RowProps = {
  dispute: Dispute;
  number: number;
  classNames: ReadonlyMap<number, DatasetClass>;
  choice: Choice | undefined;
  onChoose: (choice: Choice) => void;
  onFocus: () => void;
};

function DisputeRow({ dispute, number, classNames, choice, onChoose, onFocus }: RowProps) {
  const { mine, theirs } = dispute;
  const instance = mine ?? theirs;
  const found = instance ? lookOf(classNames, instance.class_id) : undefined;
  const name = `${number}. ${found?.name ?? "Unknown class"}`;
  return (
    <div className={classes.dispute} onFocus={onFocus} onPointerEnter={onFocus}>
      <span className={classes.disputeName}>
        {found && <ClassDot color={found.color} />} {name}
      </span>
      <Radio.Group aria-label={name} value={choice ?? null} onChange={(value) => onChoose(value)}>
        <div className={classes.disputeChoices}>
          <Radio value="mine" label={mine ? "Mine" : "Mine: deleted"} />
          <Radio value="theirs" label={theirs ? "Theirs" : "Theirs: deleted"} />
          {mine && theirs && <Radio value="both" label="Both" />}
        </div>
      </Radio.Group>
    </div>
  );
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
