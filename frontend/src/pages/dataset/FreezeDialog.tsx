import { Alert, Button, Checkbox, Group, Modal, Skeleton, Stack, Textarea, TextInput } from "@mantine/core";
import { useState } from "react";
import { useFreezeVersion, useVersionPreview } from "@/api/jobs";
import { ErrorNotice } from "@/components/ErrorNotice";
import { isBlocked, VersionContents, versionWords } from "./VersionContents";

export function FreezeDialog({
  slug,
  number,
  opened,
  onClose,
}: {
  slug: string;
  number: number;
  opened: boolean;
  onClose: () => void;
}) {
  const [onlyAccepted, setOnlyAccepted] = useState(false);
  const preview = useVersionPreview(slug, opened, onlyAccepted);
  const freeze = useFreezeVersion(slug);
  const [name, setName] = useState("");
  const [notes, setNotes] = useState("");
  const close = () => {
    freeze.reset();
    setName("");
    setNotes("");
    onClose();
  };
  const data = preview.data;
  return (
    <Modal opened={opened} onClose={close} title={`Freeze version ${number}`} size="lg">
      <Stack gap="md">
        <Checkbox
          label="Only images that a reviewer accepted"
          checked={onlyAccepted}
          onChange={(event) => setOnlyAccepted(event.currentTarget.checked)}
        />
        {preview.isPending && <Skeleton height={200} />}
        {preview.isError && <ErrorNotice error={preview.error} onRetry={() => void preview.refetch()} />}
        {data && (
          <>
            {data.unchanged_since !== null && (
              <Alert variant="light">
                Nothing has changed since version {data.unchanged_since}. You can train on that one as well.
              </Alert>
            )}
            <VersionContents preview={data} />
          </>
        )}
        <TextInput
          label="Name"
          placeholder="Optional, one of its own: “after the winter shots”"
          value={name}
          maxLength={80}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Textarea
          label="Notes"
          placeholder="What is new in this version"
          value={notes}
          autosize
          minRows={2}
          onChange={(event) => setNotes(event.currentTarget.value)}
        />
        {freeze.isError && <ErrorNotice error={freeze.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            Cancel
          </Button>
          <Button
            loading={freeze.isPending}
            disabled={!data || isBlocked(data)}
            onClick={() =>
              freeze.mutate(
                { name: name.trim(), notes: notes.trim(), only_accepted: onlyAccepted },
                { onSuccess: close },
              )
            }
          >
            {data ? `Freeze version ${number}: ${versionWords(data)}` : `Freeze version ${number}`}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
