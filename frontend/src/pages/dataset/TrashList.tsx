import { Button, Group, Skeleton, Text } from "@mantine/core";
import { IconArrowBackUp, IconTrash } from "@tabler/icons-react";
import { type ReactNode, useMemo, useState } from "react";
import type { List } from "@/api/paging";
import { asProblem } from "@/api/problem";
import type { BulkResult } from "@/api/types";
import { ConfirmDialog } from "@/components/ConfirmDialog";
import { EmptyState } from "@/components/EmptyState";
import { ErrorNotice } from "@/components/ErrorNotice";
import { useSelection } from "@/components/use-selection";
import { plural } from "@/lib/format";
import { describeResult } from "@/lib/results";
import { toast } from "@/lib/toast";
import { ImageGrid } from "./ImageGrid";
import { type Selection, TRASH_CAPTION, type Trashed } from "./TrashTile";
import classes from "./Dataset.module.css";

const MOST = 10_000;

type Change = { mutateAsync: (ids: string[]) => Promise<BulkResult>; isPending: boolean };

type TrashListProps<T extends Trashed> = {
  /** What one of them is called. */
  one: string;
  list: List<T>;
  restore: Change;
  /** Deleting for good, where that is possible, and what it means. */
  purge?: Change & { error: unknown; reset: () => void; consequences: (things: T[]) => string[] };
  emptyText: string;
  renderTile: (thing: T, selection: Selection) => ReactNode;
};

/** What is in the trash, to be selected, restored and deleted for good. */
export function TrashList<T extends Trashed>({
  one,
  list,
  restore,
  purge,
  emptyText,
  renderTile,
}: TrashListProps<T>) {
  const [purging, setPurging] = useState(false);
  const ids = useMemo(() => list.items.map(({ id }) => id), [list.items]);
  const { selected: marked, toggle, clear, selectLoaded: selectAll } = useSelection(ids);
  // Somebody else may have restored some of them meanwhile.
  const selected = useMemo(() => list.items.filter(({ id }) => marked.has(id)), [list.items, marked]);

  const apply = async ({ mutateAsync }: Change, done: string) => {
    const result = await mutateAsync(selected.map(({ id }) => id).slice(0, MOST));
    toast({
      color: result.skipped.length > 0 ? "yellow" : undefined,
      message: describeResult(result, one, done),
    });
    clear();
    setPurging(false);
  };
  const bringBack = () =>
    apply(restore, "restored").catch((error: unknown) =>
      toast({ color: "red", message: asProblem(error).message }),
    );
  const closePurge = () => {
    setPurging(false);
    purge?.reset();
  };

  if (list.isError) return <ErrorNotice error={list.error} onRetry={() => void list.refetch()} />;
  if (list.isPending) return <TrashSkeleton />;
  if (ids.length === 0) {
    return (
      <EmptyState icon={IconTrash} title={`No ${one} in the trash`}>
        {emptyText}
      </EmptyState>
    );
  }
  const count = plural(selected.length, one);
  return (
    <div className={classes.selecting}>
      <Group className={classes.trashBar} role="toolbar" aria-label={`Selected ${one}s`}>
        {selected.length === 0 ? (
          <Text size="sm" c="dimmed">
            Select what to restore{purge ? " or to delete for good" : ""}.
          </Text>
        ) : (
          <>
            <Text size="sm" fw={600} className="tabular" mr="xs" role="status">
              {count} selected
            </Text>
            <Button
              size="xs"
              leftSection={<IconArrowBackUp size={15} />}
              loading={restore.isPending}
              onClick={() => void bringBack()}
            >
              Restore
            </Button>
            {purge && (
              <Button
                size="xs"
                variant="default"
                c="var(--mantine-color-error)"
                onClick={() => setPurging(true)}
              >
                Delete for good …
              </Button>
            )}
          </>
        )}
        {selected.length < ids.length && (
          <Button size="xs" variant="subtle" onClick={selectAll}>
            Select all shown
          </Button>
        )}
        {selected.length > 0 && (
          <Button size="xs" variant="subtle" color="gray" onClick={clear}>
            Clear
          </Button>
        )}
      </Group>
      <ImageGrid
        label={`Deleted ${one}s`}
        count={ids.length}
        hasMore={list.hasNextPage}
        onEnd={list.loadMore}
        caption={TRASH_CAPTION}
        renderTile={(index) => {
          const thing = list.items[index];
          return thing && renderTile(thing, { selected: marked.has(thing.id), onToggle: toggle });
        }}
      />
      {purge && (
        <ConfirmDialog
          opened={purging}
          onClose={closePurge}
          title={`Delete ${count} for good`}
          consequences={purge.consequences(selected)}
          confirmLabel={`Delete ${count} for good`}
          // What went wrong stands in the dialog.
          onConfirm={() => void apply(purge, "deleted for good").catch(() => undefined)}
          pending={purge.isPending}
          error={purge.error}
        />
      )}
    </div>
  );
}

function TrashSkeleton() {
  return (
    <div aria-label="Loading">
      <div style={{ height: 60 }} />
      <div style={{ display: "grid", gap: 12, gridTemplateColumns: "repeat(auto-fill, minmax(196px, 1fr))" }}>
        {Array.from({ length: 12 }, (_, i) => (
          <Skeleton key={i} radius={8} style={{ aspectRatio: "4 / 3", marginBottom: TRASH_CAPTION }} />
        ))}
      </div>
    </div>
  );
}
