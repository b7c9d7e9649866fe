import { Button, Group, Modal, Stack, Textarea, TextInput } from "@mantine/core";
import { useState } from "react";
import type { Version } from "@/api/types";
import { useDescribeVersion } from "@/api/versions";
import { ErrorNotice } from "@/components/ErrorNotice";

/** Changes what a version is called and what is noted of it; what it holds stays. */
export function DescribeVersionDialog({ version, onClose }: { version: Version; onClose: () => void }) {
  const [name, setName] = useState(version.name);
  const [notes, setNotes] = useState(version.notes);
  const describe = useDescribeVersion(version.dataset, version.id);
  return (
    <Modal opened onClose={onClose} title={`Name and notes of version ${version.number}`}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          describe.mutate({ name: name.trim(), notes: notes.trim() }, { onSuccess: onClose });
        }}
      >
        <Stack gap="md">
          <TextInput
            label="Name"
            description="No two versions of a dataset have one name."
            value={name}
            maxLength={80}
            data-autofocus
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <Textarea
            label="Notes"
            value={notes}
            maxLength={5000}
            autosize
            minRows={3}
            maxRows={12}
            onChange={(event) => setNotes(event.currentTarget.value)}
          />
          {describe.isError && <ErrorNotice error={describe.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={describe.isPending}>
              Save
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
