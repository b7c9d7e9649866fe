import { Button, Group, NavLink, ScrollArea, Skeleton, Stack, Text } from "@mantine/core";
import { IconArrowUp, IconFileZip, IconFolder } from "@tabler/icons-react";
import { useState } from "react";
import { useNavigate } from "react-router";
import { useImportFromFolder, useServerFolder } from "@/api/sources";
import { EmptyState } from "@/components/EmptyState";
import { ErrorNotice } from "@/components/ErrorNotice";

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
  const { entries, above, has_more, is_allowed } = folder.data;
  if (!is_allowed)
    return (
      <EmptyState icon={IconFolder} title="No folder of the server is open to imports">
        An administrator names them in SEGLOOP_IMPORT_ROOTS; then they are listed here.
      </EmptyState>
    );
  return (
    <Stack gap="sm">
      <Text size="sm" fw={500} style={{ overflowWrap: "anywhere" }}>
        {folder.data.path || "Folders that are open to imports"}
      </Text>
      {start.isError && <ErrorNotice error={start.error} />}
      <ScrollArea.Autosize mah={320} type="auto">
        {above !== null && (
          <NavLink
            component="button"
            label="Up"
            leftSection={<IconArrowUp size={16} />}
            onClick={() => setPath(above)}
          />
        )}
        {entries.map((entry) => (
          <NavLink
            key={entry.path}
            component="button"
            label={entry.name}
            leftSection={entry.is_folder ? <IconFolder size={16} /> : <IconFileZip size={16} />}
            description={entry.is_folder ? undefined : "Import this archive"}
            disabled={start.isPending}
            onClick={() => (entry.is_folder ? setPath(entry.path) : importIt(entry.path))}
          />
        ))}
        {entries.length === 0 && (
          <Text size="sm" c="dimmed" p="sm">
            No folders and no archives in here.
          </Text>
        )}
        {has_more && (
          <Text size="sm" c="dimmed" p="sm">
            More than is shown: ask an administrator for a folder with fewer entries.
          </Text>
        )}
      </ScrollArea.Autosize>
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
