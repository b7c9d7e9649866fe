import { Alert, Anchor, Button, Group, List, Modal, Skeleton, Stack } from "@mantine/core";
import { Link } from "react-router";
import { useDeleteCheckpoint, useDependants } from "@/api/checkpoints";
import type { Checkpoint } from "@/api/types";
import { ConfirmDialog } from "@/components/ConfirmDialog";
import { ErrorNotice } from "@/components/ErrorNotice";
import { checkpointName, dependantWords, PRODUCTION } from "./words";

/** Shows what hangs on a checkpoint, then asks; where something needs it, says what must go first. */
export function DeleteCheckpoint({
  checkpoint,
  onClose,
  onDeleted,
}: {
  checkpoint: Checkpoint;
  onClose: () => void;
  onDeleted: () => void;
}) {
  const dependants = useDependants(checkpoint.id, true);
  const remove = useDeleteCheckpoint(checkpoint.id);
  const title = `Delete ${checkpointName(checkpoint)}`;
  if (!dependants.data || dependants.data.blocking) {
    return (
      <Modal opened onClose={onClose} title={title}>
        <Stack gap="md">
          {dependants.isPending && <Skeleton height={80} />}
          {dependants.isError && (
            <ErrorNotice error={dependants.error} onRetry={() => void dependants.refetch()} />
          )}
          {dependants.data && (
            <Alert color="yellow" variant="light" title="It is still needed">
              <List size="sm" spacing={4}>
                {dependantWords(dependants.data).map((sentence) => (
                  <List.Item key={sentence}>{sentence}</List.Item>
                ))}
              </List>
            </Alert>
          )}
          {dependants.data?.runs.map(({ id, name }) => (
            <Anchor key={id} component={Link} to={`/runs/${id}`} size="sm">
              Open {name}
            </Anchor>
          ))}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Keep it
            </Button>
          </Group>
        </Stack>
      </Modal>
    );
  }
  return (
    <ConfirmDialog
      opened
      onClose={onClose}
      title={title}
      consequences={[
        "The weights are deleted from the disk.",
        ...dependantWords(dependants.data),
        "The run and its curves stay.",
        ...(checkpoint.tags.includes(PRODUCTION) ? ["It is tagged “production”: somebody may use it."] : []),
      ]}
      confirmLabel="Delete the checkpoint"
      onConfirm={() => remove.mutate(undefined, { onSuccess: onDeleted })}
      pending={remove.isPending}
      error={remove.error}
    />
  );
}
