import { Button, Group, NumberInput, Radio, Stack } from "@mantine/core";
import { useState } from "react";
import { useUpdateFolder } from "@/api/folder";
import type { LiveFolder } from "@/api/types";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Panel } from "@/components/Page";

const POLICIES: { value: LiveFolder["policy"]; label: string; description: string }[] = [
  { value: "ask", label: "Ask", description: "Changes wait on this page for a team lead." },
  {
    value: "take",
    label: "Take in by itself",
    description: "Labels become revisions “by disk”, new images become images of the dataset.",
  },
  {
    value: "put_back",
    label: "Put back by itself",
    description: "The folder becomes again what the dataset says; foreign files go to the trash.",
  },
];

const MOST_MINUTES = 7 * 24 * 60;

/** What is done about changes, and how often the folder is looked at. */
export function FolderSettings({ slug, folder }: { slug: string; folder: LiveFolder }) {
  const update = useUpdateFolder(slug);
  const [minutes, setMinutes] = useState(folder.look_minutes);
  return (
    <Panel title="When another program changes the folder">
      <Stack gap="md">
        <Radio.Group
          aria-label="When another program changes the folder"
          value={folder.policy}
          onChange={(value) => {
            const policy = POLICIES.find((each) => each.value === value)?.value;
            if (policy) update.mutate({ policy });
          }}
        >
          <Stack gap="xs">
            {POLICIES.map((each) => (
              <Radio key={each.value} {...each} disabled={update.isPending} />
            ))}
          </Stack>
        </Radio.Group>
        <Group align="flex-end" gap="sm">
          <NumberInput
            label="Look every"
            description="In minutes; 0: only when somebody asks, or the file system tells."
            min={0}
            max={MOST_MINUTES}
            allowDecimal={false}
            value={minutes}
            onChange={(typed) => setMinutes(Number(typed) || 0)}
          />
          <Button
            variant="default"
            disabled={minutes === folder.look_minutes}
            loading={update.isPending}
            onClick={() => update.mutate({ look_minutes: minutes })}
          >
            Save
          </Button>
        </Group>
        {update.isError && <ErrorNotice error={update.error} />}
      </Stack>
    </Panel>
  );
}
