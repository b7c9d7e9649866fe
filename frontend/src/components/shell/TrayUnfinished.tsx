import { Button, FileButton, Group, Text } from "@mantine/core";
import { useState } from "react";
import { useUnfinishedUploads } from "@/api/jobs";
import { asProblem } from "@/api/problem";
import type { Upload } from "@/api/types";
import { formatBytes } from "@/lib/format";
import { ARCHIVE_FILES, FOLDERS, isFolder } from "@/uploads/sort";
import { cancelUpload, continueUpload, knowsPrediction, useUploads } from "@/uploads/uploads";

/** My uploads that broke off elsewhere: before a reload, in another window, on another computer. */
export function useUnfinished(): Upload[] {
  const unfinished = useUnfinishedUploads();
  const here = new Set(useUploads().items.map(({ fingerprint }) => fingerprint));
  return (unfinished.data?.results ?? []).filter(({ fingerprint }) => !here.has(fingerprint));
}

/** A page cannot read a file again by itself: the person chooses it, and the rest is sent. */
export function TrayUnfinished() {
  return useUnfinished().map((upload) => <Unfinished key={upload.id} upload={upload} />);
}

function Unfinished({ upload }: { upload: Upload }) {
  const folder = isFolder(upload.fingerprint);
  const kind = folder ? "folder" : "file";
  const percent = Math.floor((100 * upload.offset_bytes) / upload.length_bytes);
  const [fault, setFault] = useState("");
  const goOn = (files: readonly File[]) => {
    if (files.length > 0 && !continueUpload(upload, files))
      setFault(
        upload.dataset || knowsPrediction(upload)
          ? `This is another ${kind}, or it was changed since.`
          : "This prediction was asked for in another browser: choose the same file on the page Predict, and the rest is sent.",
      );
  };
  const discard = () =>
    void cancelUpload(upload.id).catch((error: unknown) => setFault(asProblem(error).message));
  return (
    <div>
      <Text size="xs" mt={8} style={{ overflowWrap: "anywhere" }}>
        <Text span fw={500} size="xs">
          {upload.name}
        </Text>{" "}
        {upload.is_being_sent
          ? `is being sent from another window: ${percent} % of ${formatBytes(upload.length_bytes)}.`
          : `stopped at ${percent} % of ${formatBytes(upload.length_bytes)}. Choose the same ${kind} to send the rest.`}
      </Text>
      <Group gap="xs" mt={4}>
        {!upload.is_being_sent && (
          <FileButton
            multiple
            accept={folder ? undefined : ARCHIVE_FILES}
            inputProps={folder ? FOLDERS : undefined}
            onChange={goOn}
          >
            {(props) => (
              <Button size="compact-xs" variant="light" {...props}>
                Choose the {kind}
              </Button>
            )}
          </FileButton>
        )}
        <Button size="compact-xs" variant="subtle" color="gray" onClick={discard}>
          Discard
        </Button>
      </Group>
      {fault && (
        <Text size="xs" mt={4} c="var(--mantine-color-error)" role="alert">
          {fault}
        </Text>
      )}
    </div>
  );
}
