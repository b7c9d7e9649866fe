import { Button, Group, Skeleton, Stack } from "@mantine/core";
import { IconFolder } from "@tabler/icons-react";
import { useState } from "react";
import { useNavigate } from "react-router";
import { useImportFromFolder, useServerFolder } from "@/api/sources";
import { EmptyState } from "@/components/EmptyState";
import { ErrorNotice } from "@/components/ErrorNotice";
import { ServerFolderList } from "./ServerFolderList";

/** A folder or an archive that lies on the server already, where an administrator allows it. */
export function FromServer({ slug, onClose }: { slug: string; onClose: () => void }) {
  const [path, setPath] = useState("");
  const folder = useServerFolder(slug, path, true);
  const start = useImportFromFolder(slug);
  const navigate = useNavigate();
  const importIt = (source: string) =>
    start.mutate(source, {
      onSuccess: (job) => {
        onClose();
        void navigate(`/datasets/${slug}/imports/${job.id}`);
      },
    });
  if (folder.isPending) return <Skeleton height={220} />;
  if (folder.isError) return <ErrorNotice error={folder.error} onRetry={() => setPath("")} />;
  if (!folder.data.is_allowed)
    return (
      <EmptyState icon={IconFolder} title="No folder of the server is open to imports">
        An administrator names them in SEGLOOP_IMPORT_ROOTS; then they are listed here.
      </EmptyState>
    );
  return (
    <Stack gap="sm">
      {start.isError && <ErrorNotice error={start.error} />}
      <ServerFolderList
        folder={folder.data}
        fileWords="Import this archive"
        emptyWords="No folders and no archives in here."
        disabled={start.isPending}
        onOpen={setPath}
        onChoose={importIt}
      />
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
        <Button disabled={path === ""} loading={start.isPending} onClick={() => importIt(path)}>
          Import this folder
        </Button>
      </Group>
    </Stack>
  );
}
