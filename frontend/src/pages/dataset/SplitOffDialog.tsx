import { Button, Group, List, Modal, Radio, Select, Skeleton, Stack, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { useNavigate } from "react-router";
import { useClassAttributes, useSplitOff } from "@/api/bulkChanges";
import type { AttributeValue, DatasetClass } from "@/api/types";
import { ErrorNotice } from "@/components/ErrorNotice";
import { plural } from "@/lib/format";

const FLAG_WORDS: Record<string, string> = {
  occluded: "Occluded",
  truncated: "Truncated",
  is_box: "Only a box, not outlined yet",
};

const NEW = "new";

/** The objects of a class that share a value of an attribute get another class. */
export function SplitOffDialog({
  slug,
  item,
  classes,
  onClose,
}: {
  slug: string;
  item: DatasetClass;
  classes: readonly DatasetClass[];
  onClose: () => void;
}) {
  const found = useClassAttributes(slug, item.id);
  const split = useSplitOff(slug, item.id);
  const navigate = useNavigate();
  const [place, setPlace] = useState<string | null>(null);
  const [into, setInto] = useState<string>(NEW);
  const [name, setName] = useState("");
  const chosen = place === null ? undefined : found.data?.values[Number(place)];
  const others = classes.filter((other) => other.id !== item.id && !other.is_retired);
  const target = into === NEW ? name.trim() : others.find(({ id }) => String(id) === into)?.name;
  return (
    <Modal opened onClose={onClose} title={`Split objects off “${item.name}”`}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (!chosen || !target || split.isPending) return;
          split.mutate(
            { ...valueOf(chosen), ...(into === NEW ? { name: target } : { into: Number(into) }) },
            { onSuccess: (job) => void navigate(`/datasets/${slug}/changes/${job.id}`) },
          );
        }}
      >
        <Stack gap="md">
          {found.isError && <ErrorNotice error={found.error} onRetry={() => void found.refetch()} />}
          {found.isPending && <Skeleton height={120} />}
          {found.data?.values.length === 0 && (
            <Text size="sm">
              Its objects do not differ: none is marked occluded or truncated, none is only a box and none has
              a note, or all are so.
            </Text>
          )}
          {found.data && found.data.values.length > 0 && (
            <Radio.Group value={place} onChange={setPlace} label="Objects that are">
              <Stack gap={6} mt="xs" mah={260} style={{ overflowY: "auto" }}>
                {found.data.values.map((value, index) => (
                  <Radio
                    key={index}
                    value={String(index)}
                    label={wordsOf(value)}
                    description={`${plural(value.objects, "object")} in ${plural(value.images, "image")}`}
                  />
                ))}
              </Stack>
            </Radio.Group>
          )}
          {found.data && found.data.more_notes > 0 && (
            <Text size="xs" c="dimmed">
              {plural(found.data.more_notes, "more note")} of fewer objects.
            </Text>
          )}
          <Select
            label="become objects of"
            searchable
            openOnFocus={false}
            allowDeselect={false}
            data={[
              { value: NEW, label: "a new class" },
              ...others.map(({ id, name: label }) => ({ value: String(id), label })),
            ]}
            value={into}
            onChange={(value) => setInto(value ?? NEW)}
          />
          {into === NEW && (
            <TextInput
              label="Name of the new class"
              maxLength={80}
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
            />
          )}
          {chosen && (
            <List size="sm" spacing={6}>
              {splitConsequences(chosen, item.name, target ?? "").map((sentence) => (
                <List.Item key={sentence}>{sentence}</List.Item>
              ))}
            </List>
          )}
          {split.isError && <ErrorNotice error={split.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={split.isPending} disabled={!chosen || !target}>
              Split off
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

function valueOf({ attribute, flag, note }: AttributeValue) {
  return { attribute, ...(flag === null ? { note: note ?? "" } : { flag }) };
}

function wordsOf({ attribute, note }: AttributeValue): string {
  return FLAG_WORDS[attribute] ?? `With the note “${note ?? ""}”`;
}

/** What happens, one sentence each. */
export function splitConsequences(value: AttributeValue, from: string, into: string): string[] {
  return [
    `${plural(value.objects, "object")} in ${plural(value.images, "image")} become objects of “${into || "…"}”, each image by one revision: its history undoes it.`,
    value.label_files > 0
      ? `${plural(value.label_files, "label file")} of finished images ${value.label_files === 1 ? "is" : "are"} written anew.`
      : "No label file changes: none of these images is finished.",
    `The others stay “${from}”. Merging the two classes puts all of them back.`,
  ];
}
