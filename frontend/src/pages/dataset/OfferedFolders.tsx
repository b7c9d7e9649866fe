import { Button, Checkbox, Group, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { useLookAgain } from "@/api/jobs";
import type { Import, ImportPreview } from "@/api/types";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Panel } from "@/components/Page";
import { plural } from "@/lib/format";

/** Folders of images beside those that the source's data.yaml names: a person may take them too. */
export function OfferedFolders({ job, preview }: { job: Import; preview: ImportPreview }) {
  const again = useLookAgain(job.id);
  const [chosen, setChosen] = useState<string[]>([...preview.also]);
  const { offers, also } = preview;
  if (offers.length + also.length === 0) return null;
  const isSame = chosen.length === also.length && chosen.every((folder) => also.includes(folder));
  return (
    <Panel title="Folders beside">
      <Stack gap="sm">
        {again.isError && <ErrorNotice error={again.error} />}
        <Text size="sm">The source’s data.yaml does not name these folders of images. Take them too?</Text>
        <Checkbox.Group value={chosen} onChange={setChosen} aria-label="Folders to take too">
          <Stack gap={6} mah={260} style={{ overflowY: "auto" }}>
            {also.map((folder) => (
              <Checkbox key={folder} value={folder} label={folder} description="Taken in this look" />
            ))}
            {offers.map(({ folder, images, objects }) => (
              <Checkbox
                key={folder}
                value={folder}
                label={folder}
                description={`${plural(images, "image")}, ${plural(objects, "object")}`}
              />
            ))}
          </Stack>
        </Checkbox.Group>
        <Group>
          <Button
            variant="default"
            size="xs"
            loading={again.isPending}
            disabled={isSame}
            onClick={() =>
              again.mutate({
                ...(preview.format ? { format: preview.format } : {}),
                ...(chosen.length > 0 ? { also: chosen } : {}),
              })
            }
          >
            Look again with this choice
          </Button>
        </Group>
      </Stack>
    </Panel>
  );
}
