import {
  ActionIcon,
  Button,
  Group,
  Menu,
  Modal,
  Skeleton,
  Stack,
  Text,
  TextInput,
  Title,
} from "@mantine/core";
import { IconDots, IconPencil, IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import { Link, NavLink, Outlet, useNavigate, useOutletContext, useParams } from "react-router";
import { isActive } from "@/api/jobs";
import { asProblem } from "@/api/problem";
import { useCancelRun, useDeleteRun, useRenameRun, useRun } from "@/api/runs";
import { useDataset } from "@/api/datasets";
import type { Run } from "@/api/types";
import { ConfirmDialog } from "@/components/ConfirmDialog";
import { ErrorNotice } from "@/components/ErrorNotice";
import { TitleLevel } from "@/components/Page";
import { StateBadge } from "@/components/StateBadge";
import { startOf } from "@/lib/models";
import { may } from "@/lib/roles";
import NotFoundPage from "../NotFoundPage";
import classes from "../dataset/Dataset.module.css";

const TABS = [
  { to: "", label: "Live" },
  { to: "results", label: "Results" },
  { to: "predictions", label: "Predictions" },
  { to: "files", label: "Files" },
];

export function useCurrentRun(): Run {
  return useOutletContext<Run>();
}

export default function RunLayout() {
  const id = Number(useParams().id);
  const query = useRun(id);
  if (!Number.isInteger(id) || (query.isError && asProblem(query.error).status === 404))
    return <NotFoundPage />;
  const run = query.data;
  return (
    <>
      <div className={classes.head}>
        <Group justify="space-between" align="center" gap="sm" wrap="nowrap">
          {run ? <RunHeading run={run} /> : <Skeleton height={44} width={320} />}
          {run && <RunActions run={run} />}
        </Group>
        <nav className={classes.tabs} aria-label="Parts of the run">
          {TABS.map(({ to, label }) => (
            <NavLink key={to} to={to} end={to === ""} className={classes.tab}>
              {label}
            </NavLink>
          ))}
        </nav>
      </div>
      {query.isError && (
        <div style={{ padding: 24 }}>
          <ErrorNotice error={query.error} onRetry={() => void query.refetch()} />
        </div>
      )}
      {query.isPending && (
        <div style={{ padding: 24 }} aria-label="Loading">
          <Skeleton height={320} />
        </div>
      )}
      {run && (
        <>
          <title>{`${run.name} · Segloop`}</title>
          <TitleLevel.Provider value={2}>
            <Outlet context={run} />
          </TitleLevel.Provider>
        </>
      )}
    </>
  );
}

function RunHeading({ run }: { run: Run }) {
  return (
    <div style={{ minWidth: 0 }}>
      <Group gap="md" wrap="nowrap">
        <Title order={1} className={classes.name} title={run.name}>
          {run.name}
        </Title>
        <StateBadge state={run.state} />
      </Group>
      <Text size="xs" c="dimmed" truncate mt={2}>
        <Link to={`/datasets/${run.dataset}`} style={{ color: "inherit" }}>
          {run.dataset_name}
        </Link>
        {run.version && ` · version ${run.version.number}`} · {startOf(run)} · {run.parameters.image_size} px
        {run.device_name && ` · ${run.device_name}`}
      </Text>
    </div>
  );
}

function RunActions({ run }: { run: Run }) {
  const dataset = useDataset(run.dataset);
  const cancel = useCancelRun(run.id);
  const [dialog, setDialog] = useState<"rename" | "delete" | "cancel" | null>(null);
  const remove = useDeleteRun(run.id);
  const navigate = useNavigate();
  if (!may(dataset.data?.role, "manage")) {
    return run.evaluation !== null ? (
      <Button component={Link} to={`/runs/${run.id}/results`} variant="default">
        Review
      </Button>
    ) : null;
  }
  const active = isActive(run.state);
  return (
    <Group gap="xs" wrap="nowrap">
      {active && (
        <Button
          variant="default"
          disabled={run.state === "cancelling"}
          loading={cancel.isPending}
          onClick={() => setDialog("cancel")}
        >
          Cancel …
        </Button>
      )}
      {!active && run.evaluation !== null && (
        <Button component={Link} to={`/runs/${run.id}/predictions`}>
          Open worst images
        </Button>
      )}
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon variant="default" size="lg" aria-label="More about this run">
            <IconDots size={18} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item leftSection={<IconPencil size={16} />} onClick={() => setDialog("rename")}>
            Rename
          </Menu.Item>
          <Menu.Item
            leftSection={<IconTrash size={16} />}
            disabled={active}
            onClick={() => setDialog("delete")}
          >
            Delete …
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <ConfirmDialog
        opened={dialog === "cancel"}
        onClose={() => setDialog(null)}
        title={`Cancel “${run.name}”`}
        consequences={[
          "Training stops at the next batch.",
          "The epochs so far, the log and the last checkpoint stay.",
          "It cannot be resumed, but a new run can start from its checkpoint.",
        ]}
        confirmLabel="Cancel the run"
        onConfirm={() => cancel.mutate(undefined, { onSuccess: () => setDialog(null) })}
        pending={cancel.isPending}
        error={cancel.error}
      />
      <ConfirmDialog
        opened={dialog === "delete"}
        onClose={() => setDialog(null)}
        title={`Delete “${run.name}”`}
        consequences={[
          "Its checkpoints, evaluation, plots and log are deleted from the disk.",
          "Its version and the dataset are not touched.",
        ]}
        confirmLabel="Delete the run"
        onConfirm={() => remove.mutate(undefined, { onSuccess: () => void navigate("/runs") })}
        pending={remove.isPending}
        error={remove.error}
      />
      {dialog === "rename" && <RenameDialog run={run} onClose={() => setDialog(null)} />}
    </Group>
  );
}

function RenameDialog({ run, onClose }: { run: Run; onClose: () => void }) {
  const rename = useRenameRun(run.id);
  const [name, setName] = useState(run.name);
  return (
    <Modal opened onClose={onClose} title="Rename the run">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (name.trim()) rename.mutate(name.trim(), { onSuccess: onClose });
        }}
      >
        <Stack gap="md">
          <TextInput
            label="Name"
            data-autofocus
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          {rename.isError && <ErrorNotice error={rename.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={rename.isPending} disabled={!name.trim()}>
              Save
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
