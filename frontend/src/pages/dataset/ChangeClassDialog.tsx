import { Button, Group, Modal, Select, Stack, Text } from "@mantine/core";
import { useState } from "react";
import type { BulkChange } from "@/api/images";
import type { DatasetClass } from "@/api/types";
import { plural } from "@/lib/format";

type Props = {
  classList: readonly DatasetClass[];
  /** How many images are selected. */
  count: number;
  onClose: () => void;
  onChange: (change: BulkChange, done: string) => void;
};

/** Which objects of the selected images get another class. */
export function ChangeClassDialog({ classList, count, onClose, onChange }: Props) {
  const [from, setFrom] = useState<string | null>(null);
  const [into, setInto] = useState<string | null>(null);
  const choices = (items: readonly DatasetClass[]) =>
    items.map(({ id, name }) => ({ value: String(id), label: name }));
  const nameOf = (id: string | null) => classList.find((item) => String(item.id) === id)?.name ?? "";
  return (
    <Modal opened onClose={onClose} title={`Change the class in ${plural(count, "image")}`}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (!from || !into) return;
          const change = { action: "change_class", class_id: Number(from), into: Number(into) } as const;
          onChange(change, `have “${nameOf(into)}” for “${nameOf(from)}”`);
        }}
      >
        <Stack gap="md">
          <Text size="sm">
            Each image gets one revision: its history shows the change and undoes it. Images without such an
            object stay as they are.
          </Text>
          <Select
            label="Objects of the class"
            searchable
            openOnFocus={false}
            data-autofocus
            data={choices(classList)}
            value={from}
            onChange={(value) => {
              setFrom(value);
              if (value === into) setInto(null);
            }}
          />
          <Select
            label="become objects of"
            searchable
            openOnFocus={false}
            data={choices(classList.filter((item) => !item.is_retired && String(item.id) !== from))}
            value={into}
            onChange={setInto}
          />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" disabled={!from || !into}>
              Change the class
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
