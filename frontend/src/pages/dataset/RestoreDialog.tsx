import { Alert, Button, Group, List, Modal, Radio, Skeleton, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { useNavigate } from "react-router";
import type { RestorePreview, Version } from "@/api/types";
import { useRestorePreview, useRestoreVersion } from "@/api/versions";
import { ErrorNotice } from "@/components/ErrorNotice";
import { formatCount, plural } from "@/lib/format";

/** What restoring does, one sentence each. */
export function restoreSentences(preview: RestorePreview, others: "keep" | "trash"): string[] {
  const said = [
    preview.labels > 0 && `${plural(preview.labels, "image")} get the labels of the version.`,
    preview.moved > 0 && `${plural(preview.moved, "image")} go back to their split.`,
    preview.from_trash > 0 && `${plural(preview.from_trash, "image")} come back from the trash.`,
    preview.from_version > 0 &&
      `${plural(preview.from_version, "image")} come back from the version's own files.`,
    preview.taken > 0 &&
      `${plural(preview.taken, "image")} cannot come back, as another image has the name now: ${preview.taken_names.slice(0, 5).join(", ")}${preview.taken > 5 ? " …" : ""}`,
    preview.classes_back.length > 0 && `Classes offered again: ${preview.classes_back.join(", ")}.`,
    preview.classes_new.length > 0 && `Classes made again: ${preview.classes_new.join(", ")}.`,
    preview.classes_named.length > 0 &&
      `Classes keep their names of now: ${preview.classes_named.join(", ")}.`,
    preview.others > 0 &&
      (others === "keep"
        ? `${plural(preview.others, "image")} that the version does not have stay as they are.`
        : `${plural(preview.others, "image")} that the version does not have go to the trash.`),
    `${plural(preview.same, "image")} are the same already.`,
  ];
  return said.filter((line) => line !== false);
}

/** Makes the dataset again what a version holds, after saying what that changes. */
export function RestoreDialog({ version, onClose }: { version: Version; onClose: () => void }) {
  const [others, setOthers] = useState<"keep" | "trash">("keep");
  const preview = useRestorePreview(version.id);
  const restore = useRestoreVersion(version.dataset, version.id);
  const navigate = useNavigate();
  const found = preview.data;
  const changes =
    found &&
    found.labels +
      found.moved +
      found.from_trash +
      found.from_version +
      (others === "trash" ? found.others : 0);
  const start = () =>
    restore.mutate(others, {
      onSuccess: (job) => {
        onClose();
        void navigate(`/datasets/${version.dataset}/changes/${job.id}`);
      },
    });
  return (
    <Modal opened onClose={onClose} title={`Restore version ${version.number}`} size="lg">
      <Stack gap="md">
        <Text size="sm">
          The dataset becomes again what was frozen. Nothing is destroyed: labels become a new revision of
          each image, so its history brings back what is there now.
        </Text>
        {preview.isPending && <Skeleton height={140} />}
        {preview.isError && <ErrorNotice error={preview.error} onRetry={() => void preview.refetch()} />}
        {found && (
          <>
            {found.open > 0 && (
              <Text size="sm" c="dimmed" role="status">
                Comparing objects: {plural(found.open, "image")} to go …
              </Text>
            )}
            <List size="sm" spacing={6}>
              {restoreSentences(found, others).map((line) => (
                <List.Item key={line} style={{ overflowWrap: "anywhere" }}>
                  {line}
                </List.Item>
              ))}
            </List>
            {found.others > 0 && (
              <Radio.Group
                label={`Images that are not in version ${version.number} (${formatCount(found.others)})`}
                value={others}
                onChange={(value) => setOthers(value === "trash" ? "trash" : "keep")}
              >
                <Group mt={6}>
                  <Radio value="keep" label="Keep them" />
                  <Radio value="trash" label="Move them to the trash" />
                </Group>
              </Radio.Group>
            )}
            <Alert variant="light" title="To take this back">
              Freeze the dataset as it is first, then restore that version. Or go back in the history of
              single images; what went to the trash comes back from there.
            </Alert>
          </>
        )}
        {restore.isError && <ErrorNotice error={restore.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button
            loading={restore.isPending}
            disabled={!found || found.open > 0 || (changes === 0 && found.classes_back.length === 0)}
            onClick={start}
          >
            {found && changes ? `Restore: ${plural(changes, "change")}` : "Restore"}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
