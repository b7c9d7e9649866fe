import { ActionIcon, Button, Group, Menu, Modal, Stack, TextInput } from "@mantine/core";
import {
  IconCopy,
  IconDots,
  IconPencil,
  IconPlayerPlay,
  IconSortAscending,
  IconTrash,
} from "@tabler/icons-react";
import { useState } from "react";
import { Link, useNavigate } from "react-router";
import { useDataset } from "@/api/datasets";
import { isActive } from "@/api/jobs";
import { useDeleteRun, useResumeRun, useUpdateRun } from "@/api/runs";
import type { Priority, Run } from "@/api/types";
import { ConfirmDialog } from "@/components/ConfirmDialog";
import { ErrorNotice } from "@/components/ErrorNotice";
import { may } from "@/lib/roles";
import { PRIORITY_WORDS } from "../newrun/HowToTrain";
import { StopDialog } from "./StopDialog";

/** What a person may do with a run now; who may not manage it is offered the review. */
export function RunActions({ run }: { run: Run }) {
  const dataset = useDataset(run.dataset);
  if (!may(dataset.data?.role, "manage")) {
    return run.evaluation !== null ? (
      <Button component={Link} to={`/runs/${run.id}/results`} variant="default">
        Review
      </Button>
    ) : null;
  }
  return <LeadActions run={run} />;
}

function LeadActions({ run }: { run: Run }) {
  const [dialog, setDialog] = useState<"rename" | "delete" | "stop" | null>(null);
  const resume = useResumeRun(run.id);
  const update = useUpdateRun(run.id);
  const active = isActive(run.state);
  const canResume = run.state === "failed" || run.state === "cancelled";
  const close = () => setDialog(null);
  return (
    <Group gap="xs" wrap="nowrap" style={{ flex: "none" }}>
      {active && (
        <Button
          variant="default"
          disabled={run.state === "cancelling" && run.stop_mode === "now"}
          onClick={() => setDialog("stop")}
        >
          {run.state === "cancelling" ? "Stop at once …" : run.state === "queued" ? "Cancel …" : "Stop …"}
        </Button>
      )}
      {canResume && (
        <Button
          leftSection={<IconPlayerPlay size={16} />}
          loading={resume.isPending}
          onClick={() => resume.mutate(undefined)}
        >
          {run.epoch > 0 ? `Resume after epoch ${run.epoch}` : "Start it again"}
        </Button>
      )}
      {!active && run.evaluation !== null && (
        <Button
          component={Link}
          to={`/runs/${run.id}/predictions`}
          variant={canResume ? "default" : "filled"}
        >
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
          <Menu.Item component={Link} to={`/runs/new?from=${run.id}`} leftSection={<IconCopy size={16} />}>
            Run again …
          </Menu.Item>
          <Menu.Item leftSection={<IconPencil size={16} />} onClick={() => setDialog("rename")}>
            Rename
          </Menu.Item>
          {run.state === "queued" && <Menu.Divider />}
          {run.state === "queued" &&
            (["high", "normal", "low"] satisfies Priority[]).map((priority) => (
              <Menu.Item
                key={priority}
                leftSection={<IconSortAscending size={16} />}
                disabled={run.priority === priority}
                onClick={() => update.mutate({ priority })}
              >
                {PRIORITY_WORDS[priority]} priority
              </Menu.Item>
            ))}
          <Menu.Divider />
          <Menu.Item
            leftSection={<IconTrash size={16} />}
            disabled={active}
            onClick={() => setDialog("delete")}
          >
            Delete …
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {dialog === "stop" && active && <StopDialog run={run} onClose={close} />}
      <DeleteDialog run={run} opened={dialog === "delete"} onClose={close} />
      {dialog === "rename" && <RenameDialog run={run} onClose={close} />}
      <Modal
        opened={resume.isError || update.isError}
        onClose={() => {
          resume.reset();
          update.reset();
        }}
        title={resume.isError ? "It could not be resumed" : "It could not be moved"}
      >
        <ErrorNotice error={resume.error ?? update.error} />
      </Modal>
    </Group>
  );
}

function DeleteDialog({ run, ...dialog }: { run: Run; opened: boolean; onClose: () => void }) {
  const remove = useDeleteRun(run.id);
  const navigate = useNavigate();
  return (
    <ConfirmDialog
      {...dialog}
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
  );
}

function RenameDialog({ run, onClose }: { run: Run; onClose: () => void }) {
  const update = useUpdateRun(run.id);
  const [name, setName] = useState(run.name);
  return (
    <Modal opened onClose={onClose} title="Rename the run">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (name.trim()) update.mutate({ name: name.trim() }, { onSuccess: onClose });
        }}
      >
        <Stack gap="md">
          <TextInput
            label="Name"
            data-autofocus
            maxLength={120}
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          {update.isError && <ErrorNotice error={update.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={update.isPending} disabled={!name.trim()}>
              Save
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
