import { Button, Group, Menu, Text } from "@mantine/core";
import { IconChevronDown } from "@tabler/icons-react";
import { useState } from "react";
import { type BulkChange, useBulkChange } from "@/api/images";
import { asProblem } from "@/api/problem";
import { useKeptUntil, useRestoreImages } from "@/api/trash";
import type { Membership, Role } from "@/api/types";
import { ConfirmDialog } from "@/components/ConfirmDialog";
import { offerUndo } from "@/components/offerUndo";
import { plural } from "@/lib/format";
import { describeResult } from "@/lib/results";
import { may } from "@/lib/roles";
import { toast } from "@/lib/toast";
import { AssignMenu } from "./AssignMenu";
import { GiveOutDialog } from "./GiveOutDialog";
import { ReviewMenu } from "./ReviewMenu";
import { SPLIT_WORDS, STATUS_WORDS } from "./imagesAddress";

const MOST = 10_000;

type BulkProps = {
  slug: string;
  selected: ReadonlySet<string>;
  role: Role;
  members: readonly Membership[];
  myId: number | undefined;
  /** The file of an image, where it is loaded. */
  nameOf: (id: string) => string | undefined;
  onClear: () => void;
  onSelectLoaded: () => void;
};

/** What can be done to the selected images. */
export function BulkBar({ slug, selected, role, members, myId, nameOf, onClear, onSelectLoaded }: BulkProps) {
  const bulk = useBulkChange(slug);
  const restore = useRestoreImages(slug);
  const until = useKeptUntil();
  const mayManage = may(role, "manage");
  const [deleting, setDeleting] = useState(false);
  const [givingOut, setGivingOut] = useState(false);
  const count = selected.size;

  const apply = (change: BulkChange, done: string) =>
    bulk.mutate(
      { ids: [...selected].slice(0, MOST), change },
      {
        onSuccess: (result) => {
          toast({
            color: result.skipped.length > 0 ? "yellow" : undefined,
            message: describeResult(result, "image", done),
          });
          onClear();
        },
        onError: (error) => toast({ color: "red", message: asProblem(error).message }),
      },
    );

  const deleteThem = () => {
    const ids = [...selected].slice(0, MOST);
    bulk.mutate(
      { ids, change: { action: "delete" } },
      {
        onSuccess: (result) => {
          const skipped = new Set(result.skipped.map(({ id }) => id));
          const deleted = ids.filter((id) => !skipped.has(id));
          const words = describeResult(result, "image", "put into the trash");
          if (deleted.length === 0) toast({ color: "yellow", message: words });
          else
            offerUndo(words, async () =>
              describeResult(await restore.mutateAsync(deleted), "image", "restored"),
            );
          setDeleting(false);
          onClear();
        },
      },
    );
  };

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
      {may(role, "review") && <ReviewMenu isPending={bulk.isPending} count={count} onReview={apply} />}
      <AssignMenu
        role={role}
        members={members}
        myId={myId}
        onAssign={(assignee, done) => apply({ action: "set_assignee", assignee }, done)}
        onShareOut={(assignees, done) => apply({ action: "share_out", assignees }, done)}
        onGiveOut={() => setGivingOut(true)}
      />
      {mayManage && (
        <>
          <Menu width={300}>
            <Menu.Target>
              <Button size="xs" variant="default" rightSection={<IconChevronDown size={14} />}>
                Ground truth
              </Button>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item
                onClick={() =>
                  apply({ action: "set_ground_truth", is_ground_truth: true }, "used as ground truth")
                }
              >
                Use as ground truth
                <Text size="xs" c="dimmed">
                  People draw some of these again unknowingly; People shows how well.
                </Text>
              </Menu.Item>
              <Menu.Item
                onClick={() =>
                  apply({ action: "set_ground_truth", is_ground_truth: false }, "no longer ground truth")
                }
              >
                No longer use
              </Menu.Item>
            </Menu.Dropdown>
          </Menu>
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
            onClick={() => {
              bulk.reset();
              setDeleting(true);
            }}
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
      <GiveOutDialog
        slug={slug}
        opened={givingOut}
        ids={[...selected].slice(0, MOST)}
        nameOf={nameOf}
        members={members}
        onClose={() => setGivingOut(false)}
        onDone={() => {
          setGivingOut(false);
          onClear();
        }}
      />
      <ConfirmDialog
        opened={deleting}
        onClose={() => setDeleting(false)}
        title={`Delete ${plural(count, "image")}`}
        consequences={[
          "The pictures, their labels and their history leave this dataset.",
          "Frozen versions keep their own copies; runs are not touched.",
          count === 1
            ? `It stays in the trash until ${until}: team leads can restore it there.`
            : `They stay in the trash until ${until}: team leads can restore them there.`,
        ]}
        confirmLabel={`Delete ${plural(count, "image")}`}
        onConfirm={deleteThem}
        pending={bulk.isPending}
        error={bulk.error}
      />
    </Group>
  );
}
