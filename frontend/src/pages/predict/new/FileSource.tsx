import { ActionIcon, Button, FileButton, Group, Stack, Text, Tooltip } from "@mantine/core";
import { Dropzone } from "@mantine/dropzone";
import { IconFolder, IconPhotoPlus, IconX } from "@tabler/icons-react";
import { useEffect, useEffectEvent } from "react";
import { formatBytes, plural } from "@/lib/format";
import { READ_KINDS } from "@/lib/image-kinds";
import { leftWords, type Part, pastedFiles, sizeOf, sortForPrediction } from "@/uploads/dropped";
import { FOLDERS } from "@/uploads/sort";

/** Images, a folder, an archive or a video of this computer: dropped, pasted or chosen. */
export function FileSource({
  files,
  fault,
  onFiles,
}: {
  files: readonly File[];
  fault: string | undefined;
  onFiles: (files: readonly File[]) => void;
}) {
  const add = (more: readonly File[]) => more.length > 0 && onFiles([...files, ...more]);
  usePaste((data) => add(pastedFiles(data, files.length)));
  return (
    <Stack gap="sm">
      <Dropzone
        inputProps={{ "aria-label": "Images, a folder, an archive or a video to predict on" }}
        onDrop={add}
        aria-label="Drop images, a folder, an archive or a video here, or press Enter to choose files"
        style={fault ? { borderColor: "var(--mantine-color-error)" } : undefined}
      >
        <Stack align="center" gap={6} py={files.length > 0 ? "md" : 36} ta="center">
          <IconPhotoPlus size={30} stroke={1.4} aria-hidden="true" />
          <Text fw={550}>Drop or paste images, a folder, an archive or a video</Text>
          <Text size="sm" c="dimmed" maw={460}>
            {READ_KINDS}; .zip, .tar, .tar.gz, .tar.zst; .mp4, .mov, .mkv, .webm and others. They stay with
            the prediction and do not join a dataset.
          </Text>
        </Stack>
      </Dropzone>
      {fault && (
        <Text role="alert" size="sm" c="var(--mantine-color-error)">
          {fault}
        </Text>
      )}
      <Group gap="sm">
        <FileButton multiple inputProps={FOLDERS} onChange={add}>
          {(props) => (
            <Button variant="default" size="xs" leftSection={<IconFolder size={16} />} {...props}>
              Choose a folder
            </Button>
          )}
        </FileButton>
        {files.length > 0 && (
          <Button size="xs" variant="subtle" color="gray" onClick={() => onFiles([])}>
            Remove all
          </Button>
        )}
      </Group>
      {files.length > 0 && <Chosen files={files} onFiles={onFiles} />}
    </Stack>
  );
}

const MOST_SHOWN = 6;

function Chosen({ files, onFiles }: { files: readonly File[]; onFiles: (files: readonly File[]) => void }) {
  const { parts, left } = sortForPrediction(files);
  const drop = (gone: Part) => {
    const ours = gone.kind === "archive" || gone.kind === "video" ? [gone.file] : imagesOf(files);
    onFiles(files.filter((file) => !ours.includes(file)));
  };
  return (
    <Stack gap={4} role="list" aria-label="What is predicted on">
      {parts.slice(0, MOST_SHOWN).map((part, i) => (
        <Group key={i} gap="xs" wrap="nowrap" role="listitem">
          <Text size="sm" truncate title={nameOf(part, files)} style={{ flex: 1 }}>
            <b>{nameOf(part, files)}</b>
          </Text>
          <Text size="sm" c="dimmed" className="tabular" style={{ whiteSpace: "nowrap" }}>
            {formatBytes(sizeOf(part))}
          </Text>
          <Tooltip label="Remove">
            <ActionIcon
              variant="subtle"
              color="gray"
              size="sm"
              aria-label={`Remove ${nameOf(part, files)}`}
              onClick={() => drop(part)}
            >
              <IconX size={14} />
            </ActionIcon>
          </Tooltip>
        </Group>
      ))}
      {parts.length > MOST_SHOWN && (
        <Text size="sm" c="dimmed">
          and {plural(parts.length - MOST_SHOWN, "more file")}
        </Text>
      )}
      {left.length > 0 && (
        <Text size="sm" c="dimmed" style={{ overflowWrap: "anywhere" }}>
          {leftWords(left)}
        </Text>
      )}
    </Stack>
  );
}

const imagesOf = (files: readonly File[]): File[] => {
  const own = sortForPrediction(files).parts.flatMap((part) => ("file" in part ? [part.file] : []));
  return files.filter((file) => !own.includes(file));
};

function nameOf(part: Part, files: readonly File[]): string {
  if (part.kind === "archive" || part.kind === "video") return part.file.name;
  const images = imagesOf(files);
  const [first] = images;
  return images.length === 1 && first ? first.name : plural(images.length, "image");
}

/** Hears files that are pasted anywhere on the page, but not texts that are pasted into fields. */
export function usePaste(onPaste: (data: DataTransfer) => void): void {
  const heard = useEffectEvent((event: ClipboardEvent) => {
    const { clipboardData } = event;
    if (!clipboardData || clipboardData.files.length === 0) return;
    event.preventDefault();
    onPaste(clipboardData);
  });
  useEffect(() => {
    const listener = (event: ClipboardEvent) => heard(event);
    document.addEventListener("paste", listener);
    return () => document.removeEventListener("paste", listener);
  }, []);
}
