import { ActionIcon, Button, Group, List, Menu, Modal, Stack } from "@mantine/core";
import { IconDots } from "@tabler/icons-react";
import { useState } from "react";
import type { Worker } from "@/api/types";
import { useRemoveWorker, useSetWorkerMode } from "@/api/workers";
import { ErrorNotice } from "@/components/ErrorNotice";
import { actionsFor, type WorkerAction } from "./modes";

/** Pause, drain, resume, remove; each says first what it does. */
export function WorkerActions({ worker }: { worker: Worker }) {
  const [asking, setAsking] = useState<WorkerAction | null>(null);
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-label={`More about the ${worker.queue} worker on ${worker.hostname} (process ${worker.pid})`}
          >
            <IconDots size={16} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {actionsFor(worker).map((action) => (
            <Menu.Item key={action.id} onClick={() => setAsking(action)}>
              {action.label} …
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      {asking && <AskDialog worker={worker} action={asking} onClose={() => setAsking(null)} />}
    </>
  );
}

function AskDialog({
  worker,
  action,
  onClose,
}: {
  worker: Worker;
  action: WorkerAction;
  onClose: () => void;
}) {
  const setMode = useSetWorkerMode();
  const remove = useRemoveWorker();
  const { mode } = action;
  const confirm = () =>
    mode === null
      ? remove.mutate(worker.id, { onSuccess: onClose })
      : setMode.mutate({ id: worker.id, mode }, { onSuccess: onClose });
  const error = setMode.error ?? remove.error;
  return (
    <Modal
      opened
      onClose={onClose}
      title={`${action.label} the ${worker.queue} worker on ${worker.hostname} (process ${worker.pid})`}
    >
      <Stack gap="md">
        <List size="sm" spacing={6}>
          {action.consequences.map((sentence) => (
            <List.Item key={sentence}>{sentence}</List.Item>
          ))}
        </List>
        {error && <ErrorNotice error={error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Leave it
          </Button>
          <Button
            color={action.id === "remove" ? "red" : undefined}
            loading={setMode.isPending || remove.isPending}
            onClick={confirm}
          >
            {action.label}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
