import { Alert, Anchor, Button, Group, Progress, Stack, Text } from "@mantine/core";
import { Dropzone } from "@mantine/dropzone";
import { IconCheck, IconUpload } from "@tabler/icons-react";
import { useState } from "react";
import { Link } from "react-router";
import { useBringBack, useRunImport } from "@/api/elsewhere";
import { isActive } from "@/api/jobs";
import type { RunImport, Version } from "@/api/types";
import { formatBytes } from "@/lib/format";
import { ErrorNotice } from "./ErrorNotice";
import { ProgressLine } from "./ProgressLine";

/** Takes a run folder (.zip) or a checkpoint (.pt) that belongs to a version, and tells what became of it. */
export function BringBack({ slug, version }: { slug: string; version: Pick<Version, "id" | "number"> }) {
  const send = useBringBack(slug);
  const [file, setFile] = useState<File | null>(null);
  const [sent, setSent] = useState(0);
  const [importId, setImportId] = useState<number | null>(null);
  const job = useRunImport(importId);
  const start = (chosen: File) => {
    setFile(chosen);
    setSent(0);
    setImportId(null);
    send.mutate(
      { version: version.id, file: chosen, onSent: setSent },
      { onSuccess: ({ id }) => setImportId(id) },
    );
  };
  const again = () => {
    send.reset();
    setImportId(null);
  };
  if (send.isPending && file) {
    return (
      <div>
        <Group justify="space-between" mb={4}>
          <Text size="sm" truncate>
            Uploading {file.name}
          </Text>
          <Text size="xs" c="dimmed" className="tabular">
            {formatBytes(Math.min(sent, file.size))} of {formatBytes(file.size)}
          </Text>
        </Group>
        <Progress value={(100 * sent) / Math.max(1, file.size)} aria-label={`Uploading ${file.name}`} />
      </div>
    );
  }
  if (job.data) return <Outcome job={job.data} onAgain={again} />;
  return (
    <Stack gap="sm">
      {send.isError && <ErrorNotice error={send.error} />}
      {job.isError && <ErrorNotice error={job.error} onRetry={() => void job.refetch()} />}
      <Dropzone
        multiple={false}
        inputProps={{ "aria-label": "A run folder as .zip, or a checkpoint as .pt" }}
        onDrop={([chosen]) => chosen && start(chosen)}
        aria-label="Drop a run folder as .zip or a checkpoint as .pt here, or press Enter to choose one"
      >
        <Stack align="center" gap={4} py="md" ta="center">
          <IconUpload size={26} stroke={1.4} aria-hidden="true" />
          <Text size="sm" fw={550}>
            Drop a run folder (.zip) or a checkpoint (.pt) here, or click to choose
          </Text>
          <Text size="xs" c="dimmed" maw={420}>
            It is opened in a process of its own that loads weights and nothing else; what it refuses, it says
            why.
          </Text>
        </Stack>
      </Dropzone>
    </Stack>
  );
}

function Outcome({ job, onAgain }: { job: RunImport; onAgain: () => void }) {
  if (isActive(job.state)) return <ProgressLine progress={job.progress} label={job.source_name} />;
  if (job.state === "finished" && job.run !== null) {
    return (
      <Alert variant="light" icon={<IconCheck size={18} />} title={`${job.source_name} is a run now`}>
        <Group gap="md">
          <Anchor component={Link} to={`/runs/${job.run}`} size="sm">
            Open the run
          </Anchor>
          <Text size="sm">Its evaluation on version {job.version.number} is under way.</Text>
        </Group>
      </Alert>
    );
  }
  return (
    <Stack gap="sm" align="flex-start">
      <ErrorNotice
        title={`${job.source_name} was not taken`}
        error={new Error([job.error, job.error_hint].filter(Boolean).join(" ") || "It was cancelled.")}
      />
      <Button size="xs" variant="default" onClick={onAgain}>
        Choose another file
      </Button>
    </Stack>
  );
}
