import { Button, Group, Menu, Text, Tooltip } from "@mantine/core";
import { useState } from "react";
import { Link, useLocation } from "react-router";
import { useKeptUntil } from "@/api/trash";
import type { BulkChange, ImageSelection } from "@/api/images";
import type { Tag } from "@/api/tags";
import type { InsightFilters } from "@/api/insightFilters";
import type { DatasetClass, Membership, Role } from "@/api/types";
import { ConfirmDialog } from "@/components/ConfirmDialog";
import { MenuButton } from "@/components/MenuButton";
import { plural } from "@/lib/format";
import { may } from "@/lib/roles";
import { AssignMenu } from "./AssignMenu";
import { ChangeClassDialog } from "./ChangeClassDialog";
import { GiveOutDialog } from "./GiveOutDialog";
import { TagMenu } from "./TagMenu";
import { SimplifyDialog } from "./SimplifyDialog";
import { AsideButton } from "./insights/AsideButton";
import { ReviewMenu } from "./ReviewMenu";
import { MOST_NAMED, selectionAddress } from "../predict/new/address";
import { SPLIT_WORDS, STATUS_WORDS } from "./imagesAddress";
import { useBulkChanges } from "./use-bulk-changes";

type BulkProps = {
  slug: string;
  selection: ImageSelection;
  /** How many images that is. */
  count: number;
  /** How many match; undefined while that is not known. */
  total: number | undefined;
  classList: readonly DatasetClass[];
  tags: readonly Tag[];
  role: Role;
  members: readonly Membership[];
  myId: number | undefined;
  /** The finding that the images are shown for. */
  finding?: Pick<InsightFilters, "finding" | "set_aside">;
  /** The file of an image, where it is loaded. */
  nameOf: (id: string) => string | undefined;
  onClear: () => void;
  onSelectAll: () => void;
};

/** What can be done to the selected images. */
export function BulkBar(props: BulkProps) {
  const { slug, selection, count, total, role, members, myId, nameOf, onClear, onSelectAll } = props;
  const ids = "ids" in selection ? selection.ids : null;
  const { bulk, apply, deleteAll } = useBulkChanges(slug, selection, onClear);
  const [changingClass, setChangingClass] = useState(false);
  const [simplifying, setSimplifying] = useState(false);
  const [deleting, setDeleting] = useState(false);
  const [givingOut, setGivingOut] = useState(false);
  const close = () => setDeleting(false);

  return (
    <Group gap="xs" role="toolbar" aria-label="Selected images" style={{ flex: 1 }}>
      <Text size="sm" fw={600} className="tabular" mr="xs">
        {plural(count, "image")} selected
      </Text>
      <MenuButton label="Mark as" width={260} loading={bulk.isPending}>
        <Menu.Item
          onClick={() => apply({ action: "set_status", status: "done", skip_unseen: true }, "marked done")}
        >
          {STATUS_WORDS.done}
          <Text size="xs" c="dimmed">
            Not those that nobody has looked at.
          </Text>
        </Menu.Item>
        <Menu.Item onClick={() => apply({ action: "set_status", status: "done" }, "marked done")}>
          Done, nothing in the empty ones
          <Text size="xs" c="dimmed">
            Images without objects become background to train on.
          </Text>
        </Menu.Item>
        <Menu.Item
          onClick={() => apply({ action: "set_status", status: "in_progress" }, "marked in progress")}
        >
          {STATUS_WORDS.in_progress}
        </Menu.Item>
      </MenuButton>
      {may(role, "review") && <ReviewMenu isPending={bulk.isPending} count={count} onReview={apply} />}
      <AssignMenu
        role={role}
        members={members}
        myId={myId}
        onAssign={(assignee, done) => apply({ action: "set_assignee", assignee }, done)}
        onShareOut={(assignees, done) => apply({ action: "share_out", assignees }, done)}
        onGiveOut={ids ? () => setGivingOut(true) : undefined}
      />
      <PredictButton slug={slug} selection={selection} />
      <TagMenu slug={slug} tags={props.tags} mayManage={may(role, "manage")} onChange={apply} />
      {props.finding?.finding && may(role, "review") && (
        <AsideButton
          slug={slug}
          kind={props.finding.finding}
          isAside={props.finding.set_aside}
          selection={selection}
          onDone={onClear}
        />
      )}
      {may(role, "manage") && (
        <>
          <GroundTruthMenu
            onChoose={(isUsed, done) => apply({ action: "set_ground_truth", is_ground_truth: isUsed }, done)}
          />
          <SplitMenu onChange={apply} />
          <Button size="xs" variant="default" onClick={() => setChangingClass(true)}>
            Change class …
          </Button>
          <Button size="xs" variant="default" onClick={() => setSimplifying(true)}>
            Simplify outlines …
          </Button>
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
      {(total === undefined || count < total) && (
        <Button size="xs" variant="subtle" onClick={onSelectAll}>
          {total === undefined ? "Select all that match" : `Select all ${plural(total, "image")}`}
        </Button>
      )}
      <Button size="xs" variant="subtle" color="gray" onClick={onClear}>
        Clear
      </Button>
      <GiveOutDialog
        slug={slug}
        opened={givingOut}
        ids={ids ?? []}
        nameOf={nameOf}
        members={members}
        onClose={() => setGivingOut(false)}
        onDone={() => {
          setGivingOut(false);
          onClear();
        }}
      />
      {changingClass && (
        <ChangeClassDialog
          classList={props.classList}
          count={count}
          onClose={() => setChangingClass(false)}
          onChange={(change, done) => {
            setChangingClass(false);
            apply(change, done);
          }}
        />
      )}
      {simplifying && (
        <SimplifyDialog
          slug={slug}
          selection={selection}
          count={count}
          onClose={() => setSimplifying(false)}
          onChange={(change, done) => {
            setSimplifying(false);
            apply(change, done);
          }}
        />
      )}
      <DeleteDialog
        opened={deleting}
        count={count}
        onClose={close}
        onConfirm={() => deleteAll(close)}
        pending={bulk.isPending}
        error={bulk.error}
      />
    </Group>
  );
}

/** Where a page address can name the selection: all that filters match, or not too many images one by one. */
function PredictButton({ slug, selection }: { slug: string; selection: ImageSelection }) {
  const { search } = useLocation();
  const address = selectionAddress(slug, search, selection);
  return address === null ? (
    <Tooltip label={`Choose ${MOST_NAMED} images at most, or all that filters match.`}>
      <Button
        size="xs"
        variant="default"
        data-disabled
        aria-disabled
        onClick={(event) => event.preventDefault()}
      >
        Predict on these
      </Button>
    </Tooltip>
  ) : (
    <Button size="xs" variant="default" component={Link} to={address}>
      Predict on these
    </Button>
  );
}

function SplitMenu({ onChange }: { onChange: (change: BulkChange, done: string) => void }) {
  return (
    <MenuButton label="Move to split">
      {(["train", "val", "test"] as const).map((split) => (
        <Menu.Item
          key={split}
          onClick={() =>
            onChange({ action: "set_split", split }, `moved to ${SPLIT_WORDS[split].toLowerCase()}`)
          }
        >
          {SPLIT_WORDS[split]}
        </Menu.Item>
      ))}
      <Menu.Divider />
      <Menu.Item
        onClick={() =>
          onChange({ action: "set_split_pinned", is_split_pinned: true }, "pinned to their splits")
        }
      >
        Pin to their splits
      </Menu.Item>
      <Menu.Item
        onClick={() => onChange({ action: "set_split_pinned", is_split_pinned: false }, "no longer pinned")}
      >
        Pin no longer
      </Menu.Item>
    </MenuButton>
  );
}

function GroundTruthMenu({ onChoose }: { onChoose: (isUsed: boolean, done: string) => void }) {
  return (
    <MenuButton label="Ground truth" width={300}>
      <Menu.Item onClick={() => onChoose(true, "used as ground truth")}>
        Use as ground truth
        <Text size="xs" c="dimmed">
          People draw some of these again unknowingly; People shows how well.
        </Text>
      </Menu.Item>
      <Menu.Item onClick={() => onChoose(false, "no longer ground truth")}>No longer use</Menu.Item>
    </MenuButton>
  );
}

type DeleteProps = {
  opened: boolean;
  count: number;
  onClose: () => void;
  onConfirm: () => void;
  pending: boolean;
  error: unknown;
};

function DeleteDialog({ count, ...dialog }: DeleteProps) {
  const until = useKeptUntil();
  return (
    <ConfirmDialog
      {...dialog}
      title={`Delete ${plural(count, "image")}`}
      consequences={[
        "The pictures, their labels and their history leave this dataset.",
        "Frozen versions keep their own copies; runs are not touched.",
        count === 1
          ? `It stays in the trash until ${until}: team leads can restore it there.`
          : `They stay in the trash until ${until}: team leads can restore them there.`,
      ]}
      confirmLabel={`Delete ${plural(count, "image")}`}
    />
  );
}
