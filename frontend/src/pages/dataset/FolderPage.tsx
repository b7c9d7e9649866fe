import { Alert, Button, Group, SegmentedControl, Skeleton, Stack, Text } from "@mantine/core";
import { IconAlertTriangle, IconFolderCheck, IconFolderSearch } from "@tabler/icons-react";
import { useState } from "react";
import {
  type ChangeFilters,
  isAtWork,
  useCancelFolderJob,
  useFolderChanges,
  useLiveFolder,
  useLookAtFolder,
  useSettle,
} from "@/api/folder";
import type { FolderJob, FolderSettle, LiveFolder } from "@/api/types";
import { Ago } from "@/components/Ago";
import { ConfirmDialog } from "@/components/ConfirmDialog";
import { EmptyState } from "@/components/EmptyState";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Page, Panel } from "@/components/Page";
import { ProgressLine } from "@/components/ProgressLine";
import { formatCount, plural } from "@/lib/format";
import { may } from "@/lib/roles";
import { oneOf, useUrlState } from "@/lib/urlState";
import { useCurrentDataset } from "./DatasetLayout";
import { FolderChangeList } from "./FolderChangeList";
import { FolderSettings } from "./FolderSettings";
import { type Chosen, FILTERS, JOB_WORDS, SETTLE_WORDS } from "./folderWords";

const ADDRESS = {
  show: oneOf(["waiting", "strange", "settled"] as const, "waiting"),
  what: oneOf(["all", ...FILTERS.map(({ value }) => value)], "all"),
};

/** What other programs added, changed, moved or removed in the live folder. */
export default function FolderPage() {
  const { slug, role } = useCurrentDataset();
  const folder = useLiveFolder(slug);
  const look = useLookAtFolder(slug);
  const manages = may(role, "manage");
  const data = folder.data;
  return (
    <Page
      title="Folder"
      lead={data ? <Looked folder={data} /> : undefined}
      actions={
        manages && (
          <Button
            leftSection={<IconFolderSearch size={16} />}
            loading={look.isPending}
            disabled={!data || isAtWork(data)}
            onClick={() => look.mutate()}
          >
            Look at the folder
          </Button>
        )
      }
    >
      <Stack gap="lg">
        {look.isError && <ErrorNotice error={look.error} />}
        {folder.isError && <ErrorNotice error={folder.error} onRetry={() => void folder.refetch()} />}
        {!data ? (
          !folder.isError && <Skeleton height={240} />
        ) : (
          <>
            {data.trouble && (
              <Alert
                color="yellow"
                icon={<IconAlertTriangle size={18} />}
                title="Nothing is settled by itself"
              >
                {data.trouble}
              </Alert>
            )}
            {data.job && <AtWork slug={slug} job={data.job} manages={manages} />}
            <Changes slug={slug} folder={data} manages={manages} />
            {manages && <FolderSettings slug={slug} folder={data} />}
          </>
        )}
      </Stack>
    </Page>
  );
}

function Looked({ folder }: { folder: LiveFolder }) {
  const how = folder.is_watched
    ? "Changes are noticed within seconds."
    : folder.look_minutes > 0
      ? `It is looked at every ${plural(folder.look_minutes, "minute")}.`
      : "It is looked at when somebody asks.";
  return (
    <>
      Files that other programs added, changed, moved or removed.{" "}
      {folder.looked_at ? (
        <>
          Last looked at <Ago time={folder.looked_at} />.{" "}
        </>
      ) : (
        "Not looked at yet. "
      )}
      {how} {folder.watch_note}
    </>
  );
}

function AtWork({ slug, job, manages }: { slug: string; job: FolderJob; manages: boolean }) {
  const cancel = useCancelFolderJob(slug);
  if (job.state === "failed") return <ErrorNotice title="It stopped" error={new Error(job.error)} />;
  if (job.state === "finished" || job.state === "cancelled") {
    if (job.action === "look") return null;
    const left = job.left > 0 ? ` ${plural(job.left, "change")} could not be, and say why.` : "";
    return (
      <Text size="sm" role="status">
        {plural(job.settled, "change")} {SETTLE_WORDS[job.action]}.{left}
      </Text>
    );
  }
  return (
    <Panel
      title={JOB_WORDS[job.action]}
      aside={
        manages && (
          <Button
            size="compact-sm"
            variant="default"
            disabled={job.state === "cancelling"}
            loading={cancel.isPending}
            onClick={() => cancel.mutate(job.id)}
          >
            Cancel
          </Button>
        )
      }
    >
      <ProgressLine progress={job.progress} label={JOB_WORDS[job.action]} />
    </Panel>
  );
}

function Changes({ slug, folder, manages }: { slug: string; folder: LiveFolder; manages: boolean }) {
  const [{ show, what }, setAddress] = useUrlState(ADDRESS);
  const strange = folder.counts
    .filter(({ kind }) => kind === "strange")
    .reduce((sum, { count }) => sum + count, 0);
  const chosen = show === "waiting" ? FILTERS.find(({ value }) => value === what) : undefined;
  const filters: ChangeFilters = {
    state: show === "settled" ? "settled" : "waiting",
    ...(show === "strange" ? { kind: "strange" as const } : {}),
    ...(chosen && { subject: chosen.subject, kind: chosen.kind }),
  };
  const list = useFolderChanges(slug, filters);
  const shown = show === "waiting" ? list.items.filter(({ kind }) => kind !== "strange") : list.items;
  const has = FILTERS.map((each) => ({
    ...each,
    count: folder.counts.find(({ subject, kind }) => subject === each.subject && kind === each.kind)?.count,
  })).filter(({ count }) => count);
  return (
    <Stack gap="sm">
      <Group justify="space-between" gap="sm">
        <SegmentedControl
          size="sm"
          aria-label="Which changes"
          value={show}
          onChange={(value) => setAddress({ show: value, what: "all" })}
          data={[
            { value: "waiting", label: `To decide (${formatCount(folder.waiting)})` },
            { value: "strange", label: `Left alone (${formatCount(strange)})` },
            { value: "settled", label: "Settled" },
          ]}
        />
        {manages && show === "waiting" && folder.waiting > 0 && (
          <SettleAll slug={slug} folder={folder} chosen={chosen} />
        )}
      </Group>
      {show === "waiting" && has.length > 1 && (
        <Group gap={6} role="group" aria-label="Kinds of changes">
          {[{ value: "all", label: "All", count: folder.waiting }, ...has].map((each) => (
            <Button
              key={each.value}
              size="compact-sm"
              variant={what === each.value ? "filled" : "default"}
              aria-pressed={what === each.value}
              onClick={() => setAddress({ what: each.value })}
            >
              {each.label} · {formatCount(each.count ?? 0)}
            </Button>
          ))}
        </Group>
      )}
      {list.isError && <ErrorNotice error={list.error} onRetry={() => void list.refetch()} />}
      {list.isPending && <Skeleton height={160} />}
      {list.isSuccess && shown.length === 0 && !list.hasNextPage ? (
        <Nothing show={show} />
      ) : (
        <FolderChangeList
          slug={slug}
          list={list}
          changes={shown}
          manages={manages}
          busy={isSettling(folder)}
        />
      )}
    </Stack>
  );
}

function isSettling(folder: LiveFolder): boolean {
  return isAtWork(folder) && folder.job?.action !== "look";
}

function Nothing({ show }: { show: "waiting" | "strange" | "settled" }) {
  if (show === "settled") return <EmptyState icon={IconFolderCheck} title="Nothing was settled yet" />;
  if (show === "strange") return <EmptyState icon={IconFolderCheck} title="No file is left alone" />;
  return (
    <EmptyState icon={IconFolderCheck} title="The folder is as Segloop left it">
      Drop an image into images/train and its label into labels/train, or edit a label file: what changed is
      listed here.
    </EmptyState>
  );
}

function SettleAll({
  slug,
  folder,
  chosen,
}: {
  slug: string;
  folder: LiveFolder;
  chosen: Chosen | undefined;
}) {
  const settle = useSettle(slug);
  const [asking, setAsking] = useState<FolderSettle["action"] | null>(null);
  const which = chosen ? { subject: chosen.subject, kind: chosen.kind } : {};
  const count = chosen
    ? folder.counts.find(({ subject, kind }) => subject === chosen.subject && kind === chosen.kind)?.count
    : folder.waiting;
  const removed = folder.counts
    .filter(({ subject, kind }) => subject === "image" && kind === "removed")
    .reduce((sum, row) => sum + row.count, 0);
  const takesRemoved = removed > 0 && (!chosen || (chosen.subject === "image" && chosen.kind === "removed"));
  const words = asking === "put_back" ? "Put back" : "Take in";
  return (
    <Group gap="xs">
      <Button
        size="compact-md"
        variant="default"
        disabled={isSettling(folder)}
        onClick={() => setAsking("put_back")}
      >
        Put all back …
      </Button>
      <Button
        size="compact-md"
        variant="light"
        disabled={isSettling(folder)}
        onClick={() => setAsking("take")}
      >
        Take all in …
      </Button>
      <ConfirmDialog
        opened={asking !== null}
        onClose={() => setAsking(null)}
        title={`${words} ${plural(count ?? 0, "change")}?`}
        consequences={
          asking === "put_back"
            ? [
                "Label files are written again from the annotations here.",
                "Moved files go back. Removed images come back from a version; of those that no version has, the row goes to the trash with its labels.",
                "New files leave the folder. They are kept in the trash folder on the server, as is every file that is replaced.",
              ]
            : [
                "Labels become a revision “by disk”, which the history of the image can take back.",
                "New images become images of the dataset; what was moved is moved here too.",
                ...(takesRemoved ? [`${plural(removed, "removed image")} will be in the trash.`] : []),
              ]
        }
        confirmLabel={words}
        pending={settle.isPending}
        error={settle.error}
        onConfirm={() =>
          asking && settle.mutate({ action: asking, ...which }, { onSuccess: () => setAsking(null) })
        }
      />
    </Group>
  );
}
