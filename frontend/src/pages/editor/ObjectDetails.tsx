import { ActionIcon, Checkbox, Popover, Select, Stack, Textarea } from "@mantine/core";
import { IconTag } from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";
import type { DatasetClass } from "@/api/types";
import {
  type Attributes,
  classOfChoice,
  IGNORE,
  type Instance,
  isIgnored,
  isRectangle,
} from "@/canvas/model/document";

import { IGNORED_NAME } from "@/canvas/model/style";

/** The server keeps no longer ones. */
const NOTE_LENGTH = 500;

type Props = {
  /** Class and number, for those who hear the page. */
  name: string;
  instance: Instance;
  choices: readonly DatasetClass[];
  isLocked: boolean;
  opened: boolean;
  onOpen: (opened: boolean) => void;
  onClass: (id: number | null) => void;
  onAttributes: (attributes: Attributes) => void;
};

/** What is known of one object: its class, whether it is occluded or truncated, a note. */
export function ObjectDetails(props: Props) {
  const { name, opened, onOpen, isLocked } = props;
  return (
    <Popover
      opened={opened}
      onChange={onOpen}
      position="left-start"
      withArrow
      shadow="md"
      width={240}
      trapFocus
      returnFocus
    >
      <Popover.Target>
        <ActionIcon
          variant="subtle"
          color="gray"
          size="sm"
          disabled={isLocked}
          title={isLocked ? "Unlock it to change its class and attributes" : "Class and attributes"}
          aria-label={`Class and attributes of ${name}`}
          onClick={() => onOpen(!opened)}
        >
          <IconTag size={15} />
        </ActionIcon>
      </Popover.Target>
      <Popover.Dropdown aria-label={`Class and attributes of ${name}`}>
        {opened && <Details {...props} />}
      </Popover.Dropdown>
    </Popover>
  );
}

function Details({ instance, choices, onOpen, onClass, onAttributes }: Props) {
  const [note, setNote] = useState(instance.note ?? "");
  // One entry of history for the whole note, not one for each letter.
  const keepNote = (): void => {
    if (note.trim() !== (instance.note ?? "")) onAttributes({ note: note.trim() });
  };
  const keepLatest = useRef(keepNote);
  useEffect(() => {
    keepLatest.current = keepNote;
  });
  // What closes without a blur (Escape, a press elsewhere) keeps the note too.
  useEffect(() => () => keepLatest.current(), []);
  return (
    <Stack gap="sm">
      <Select
        size="xs"
        label="Class"
        allowDeselect={false}
        searchable
        comboboxProps={{ withinPortal: false }}
        nothingFoundMessage="No class is called that."
        data={[
          ...choices.map(({ id, name }) => ({ value: String(id), label: name })),
          { value: String(IGNORE), label: IGNORED_NAME },
        ]}
        value={String(instance.class_id ?? IGNORE)}
        onChange={(value) => value !== null && onClass(classOfChoice(Number(value)))}
      />
      <Checkbox
        size="xs"
        label="Occluded: something lies in front of it"
        checked={instance.occluded ?? false}
        onChange={(event) => onAttributes({ occluded: event.currentTarget.checked })}
      />
      <Checkbox
        size="xs"
        label="Truncated: the border cuts it off"
        checked={instance.truncated ?? false}
        onChange={(event) => onAttributes({ truncated: event.currentTarget.checked })}
      />
      {isRectangle(instance.polygons) && !isIgnored(instance) && (
        <Checkbox
          size="xs"
          label="Box: it waits to be outlined"
          checked={instance.is_box ?? false}
          onChange={(event) => onAttributes({ is_box: event.currentTarget.checked })}
        />
      )}
      <Textarea
        size="xs"
        label="Note"
        data-autofocus
        rows={3}
        maxLength={NOTE_LENGTH}
        value={note}
        onChange={(event) => setNote(event.currentTarget.value)}
        onBlur={keepNote}
        onKeyDown={(event) => {
          if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
            keepNote();
            onOpen(false);
          }
        }}
      />
    </Stack>
  );
}
