import { Button, Group, List, Modal, Select, Skeleton, Stack, Text } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { useNavigate } from "react-router";
import { useClassUses, useEmptyClass, useMergeClass } from "@/api/bulkChanges";
import type { BulkChangeJob, ClassUses, DatasetClass } from "@/api/types";
import { ErrorNotice } from "@/components/ErrorNotice";
import { plural } from "@/lib/format";

type Props = { slug: string; item: DatasetClass; onClose: () => void };

/** All objects of a class become objects of another. */
export function MergeClassDialog({ slug, item, classes, onClose }: Props & { classes: DatasetClass[] }) {
  const [into, setInto] = useState<string | null>(null);
  const merge = useMergeClass(slug, item.id);
  const others = classes.filter((other) => other.id !== item.id && !other.is_retired);
  const name = others.find(({ id }) => String(id) === into)?.name;
  return (
    <Whole
      {...{ slug, item, onClose }}
      title={`Merge “${item.name}” into another class`}
      confirmLabel="Merge"
      color={undefined}
      ready={into !== null}
      pending={merge.isPending}
      error={merge.error}
      onConfirm={(onStarted) => merge.mutate(Number(into), { onSuccess: onStarted })}
      becomes={`become objects of “${name ?? "…"}”, each image by one revision: its history undoes it`}
    >
      <Select
        label="Its objects become objects of"
        searchable
        openOnFocus={false}
        data-autofocus
        data={others.map(({ id, name: label }) => ({ value: String(id), label }))}
        nothingFoundMessage="No class is called that."
        value={into}
        onChange={setInto}
      />
    </Whole>
  );
}

/** All objects of a class go to the trash. */
export function EmptyClassDialog({ slug, item, onClose }: Props) {
  const empty = useEmptyClass(slug, item.id);
  return (
    <Whole
      {...{ slug, item, onClose }}
      title={`Delete the objects of “${item.name}”`}
      confirmLabel="Delete its objects"
      color="red"
      ready
      pending={empty.isPending}
      error={empty.error}
      onConfirm={(onStarted) => empty.mutate(undefined, { onSuccess: onStarted })}
      becomes="go to the trash, from where they can be put back"
    />
  );
}

type WholeProps = Props & {
  title: string;
  confirmLabel: string;
  color: string | undefined;
  ready: boolean;
  pending: boolean;
  error: unknown;
  onConfirm: (onStarted: (job: BulkChangeJob) => void) => void;
  /** What becomes of the objects. */
  becomes: string;
  children?: ReactNode;
};

/** What a change of all objects of a class touches, before it happens. */
function Whole({ slug, item, onClose, ...props }: WholeProps) {
  const uses = useClassUses(slug, item.id);
  const navigate = useNavigate();
  return (
    <Modal opened onClose={onClose} title={props.title}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (props.ready && !props.pending)
            props.onConfirm((job) => void navigate(`/datasets/${slug}/changes/${job.id}`));
        }}
      >
        <Stack gap="md">
          {props.children}
          {uses.isError && <ErrorNotice error={uses.error} onRetry={() => void uses.refetch()} />}
          {uses.isPending && <Skeleton height={96} />}
          {uses.data && (
            <List size="sm" spacing={6}>
              {consequences(uses.data, props.becomes).map((sentence) => (
                <List.Item key={sentence}>{sentence}</List.Item>
              ))}
            </List>
          )}
          <Text size="sm">
            Then “{item.name}” is retired: index {item.index} stays its own, and it is no longer offered when
            drawing.
          </Text>
          {props.error != null && <ErrorNotice error={props.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button
              type="submit"
              color={props.color}
              loading={props.pending}
              disabled={!props.ready || !uses.data}
            >
              {props.confirmLabel}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

/** What happens, one sentence each. */
export function consequences(uses: ClassUses, becomes: string): string[] {
  return [
    `${plural(uses.objects, "object")} in ${plural(uses.images, "image")} ${becomes}.`,
    uses.label_files > 0
      ? `${plural(uses.label_files, "label file")} of finished images ${uses.label_files === 1 ? "is" : "are"} written anew.`
      : "No label file changes: none of these images is finished.",
    ...(uses.objects_in_trash > 0
      ? [`${plural(uses.objects_in_trash, "object")} of deleted images keep this class.`]
      : []),
    uses.versions > 0
      ? `${plural(uses.versions, "frozen version")} and ${plural(uses.runs, "run")} on them keep the class as it was.`
      : "No frozen version and no run holds the class.",
  ];
}
