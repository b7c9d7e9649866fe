import { Button, Group, Menu, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconChevronDown } from "@tabler/icons-react";
import { useState } from "react";
import { type BulkChange, useBulkChange } from "@/api/images";
import { asProblem } from "@/api/problem";
import { ConfirmDialog } from "@/components/ConfirmDialog";
import { plural } from "@/lib/format";
import { SPLIT_WORDS, STATUS_WORDS } from "./imagesAddress";

const MOST = 10_000;

type BulkProps = {
  slug: string;
  selected: ReadonlySet<string>;
  mayManage: boolean;
  onClear: () => void;
  onSelectLoaded: () => void;
};

/** What can be done to the selected images. */
export function BulkBar({ slug, selected, mayManage, onClear, onSelectLoaded }: BulkProps) {
  const bulk = useBulkChange(slug);
  const [deleting, setDeleting] = useState(false);
  const count = selected.size;

  const apply = (change: BulkChange, done: string) =>
    bulk.mutate(
      { ids: [...selected].slice(0, MOST), change },
      {
        onSuccess: ({ changed, skipped }) => {
          const first = skipped[0];
          notifications.show({
            color: first ? "yellow" : undefined,
            message: `${plural(changed, "image")} ${done}.${
              first ? ` ${plural(skipped.length, "image")} left as before: ${first.reason}` : ""
            }`,
          });
          setDeleting(false);
          onClear();
        },
        onError: (error) => notifications.show({ color: "red", message: asProblem(error).message }),
      },
    );

  return (
    <Group gap="xs" role="toolbar" aria-label="Selected images" style={{ flex: 1 }}>
      <Text size="sm" fw={600} className="tabular" mr="xs">
        {plural(count, "image")} selected
      </Text>
      <Menu>
        <Menu.Target>
          <Button
            size="xs"
            variant="default"
            rightSection={<IconChevronDown size={14} />}
            loading={bulk.isPending}
          >
            Mark as
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {(["done", "in_progress"] as const).map((status) => (
            <Menu.Item
              key={status}
              onClick={() =>
                apply({ action: "set_status", status }, `marked ${STATUS_WORDS[status].toLowerCase()}`)
              }
            >
              {STATUS_WORDS[status]}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      {mayManage && (
        <>
          <Menu>
            <Menu.Target>
              <Button size="xs" variant="default" rightSection={<IconChevronDown size={14} />}>
                Move to split
              </Button>
            </Menu.Target>
            <Menu.Dropdown>
              {(["train", "val", "test"] as const).map((split) => (
                <Menu.Item
                  key={split}
                  onClick={() =>
                    apply({ action: "set_split", split }, `moved to ${SPLIT_WORDS[split].toLowerCase()}`)
                  }
                >
                  {SPLIT_WORDS[split]}
                </Menu.Item>
              ))}
            </Menu.Dropdown>
          </Menu>
          <Button
            size="xs"
            variant="default"
            c="var(--mantine-color-error)"
            onClick={() => setDeleting(true)}
          >
            Delete …
          </Button>
        </>
      )}
      <Button size="xs" variant="subtle" onClick={onSelectLoaded}>
        Select all shown
      </Button>
      <Button size="xs" variant="subtle" color="gray" onClick={onClear}>
        Clear
      </Button>
      <ConfirmDialog
        opened={deleting}
        onClose={() => setDeleting(false)}
        title={`Delete ${plural(count, "image")}`}
        consequences={[
          "The files, their labels and their history leave this dataset.",
          "Frozen versions keep their own copies; runs are not touched.",
          "This cannot be undone here.",
        ]}
        confirmLabel={`Delete ${plural(count, "image")}`}
        onConfirm={() => apply({ action: "delete" }, "deleted")}
        pending={bulk.isPending}
        error={bulk.error}
      />
    </Group>
  );
}
