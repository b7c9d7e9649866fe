import { NavLink, ScrollArea, Text } from "@mantine/core";
import { IconArrowUp, IconFileZip, IconFolder } from "@tabler/icons-react";
import type { ServerFolder } from "@/api/types";

/** What lies in a folder of the server: folders to open, files to choose. */
export function ServerFolderList({
  folder,
  fileWords,
  emptyWords,
  disabled = false,
  chosen,
  onOpen,
  onChoose,
}: {
  folder: ServerFolder;
  /** What choosing a file does. */
  fileWords: string;
  emptyWords: string;
  disabled?: boolean;
  chosen?: string;
  onOpen: (path: string) => void;
  onChoose: (path: string) => void;
}) {
  const { entries, above, has_more } = folder;
  return (
    <>
      <Text size="sm" fw={500} style={{ overflowWrap: "anywhere" }}>
        {folder.path || "Folders that are open to imports"}
      </Text>
      <ScrollArea.Autosize mah={320} type="auto">
        {above !== null && (
          <NavLink
            component="button"
            type="button"
            label="Up"
            leftSection={<IconArrowUp size={16} />}
            onClick={() => onOpen(above)}
          />
        )}
        {entries.map((entry) => (
          <NavLink
            key={entry.path}
            component="button"
            type="button"
            label={entry.name}
            active={entry.path === chosen}
            leftSection={entry.is_folder ? <IconFolder size={16} /> : <IconFileZip size={16} />}
            description={entry.is_folder ? undefined : fileWords}
            disabled={disabled}
            onClick={() => (entry.is_folder ? onOpen(entry.path) : onChoose(entry.path))}
          />
        ))}
        {entries.length === 0 && (
          <Text size="sm" c="dimmed" p="sm">
            {emptyWords}
          </Text>
        )}
        {has_more && (
          <Text size="sm" c="dimmed" p="sm">
            More than is shown: ask an administrator for a folder with fewer entries.
          </Text>
        )}
      </ScrollArea.Autosize>
    </>
  );
}
