import { Alert, Anchor, Button, Group, List, Modal, Skeleton, Stack, Text } from "@mantine/core";
import { Link } from "react-router";
import { useDeleteVersion } from "@/api/jobs";
import type { Dependents, Version } from "@/api/types";
import { useDependents } from "@/api/versions";
import { ConfirmDialog } from "@/components/ConfirmDialog";
import { ErrorNotice } from "@/components/ErrorNotice";
import { plural } from "@/lib/format";

/** Says what depends on a version; deletes it where nothing needs it. */
export function DeleteVersionDialog({ version, onClose }: { version: Version; onClose: () => void }) {
  const dependents = useDependents(version.id);
  const remove = useDeleteVersion(version.dataset);
  const title = `Delete version ${version.number}`;
  const found = dependents.data;
  if (found?.is_allowed) {
    return (
      <ConfirmDialog
        opened
        onClose={onClose}
        title={title}
        consequences={[...found.lost.map((line) => `Gone for good: ${line}`), ...found.kept]}
        confirmLabel="Delete the version"
        typeToConfirm={`version ${version.number}`}
        onConfirm={() =>
          remove.mutate(
            { id: version.id, withEvaluations: found.evaluation_count > 0 },
            { onSuccess: onClose },
          )
        }
        pending={remove.isPending}
        error={remove.error}
      />
    );
  }
  return (
    <Modal opened onClose={onClose} title={title}>
      <Stack gap="md">
        {dependents.isPending && <Skeleton height={120} />}
        {dependents.isError && (
          <ErrorNotice error={dependents.error} onRetry={() => void dependents.refetch()} />
        )}
        {found && <Needed found={found} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Close
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

/** What keeps a version from being deleted. */
function Needed({ found }: { found: Dependents }) {
  const more = found.run_count - found.runs.length;
  const others = [
    [found.checkpoint_count, "checkpoint"],
    [found.prediction_count, "prediction"],
    [found.model_export_count, "exported model"],
    [found.evaluation_count, "evaluation of other runs", "evaluations of other runs"],
  ] as const;
  const words = others.filter(([count]) => count > 0).map(([count, one, many]) => plural(count, one, many));
  return (
    <>
      <Alert color="yellow" variant="light" title="It is needed">
        {found.reason}
      </Alert>
      {found.runs.length > 0 && (
        <List size="sm" spacing={4} mah={240} style={{ overflowY: "auto" }}>
          {found.runs.map((run) => (
            <List.Item key={run.url} style={{ overflowWrap: "anywhere" }}>
              <Anchor component={Link} to={run.url} size="sm">
                {run.name}
              </Anchor>
            </List.Item>
          ))}
          {more > 0 && <List.Item>and {plural(more, "more run", "more runs")}</List.Item>}
        </List>
      )}
      {words.length > 0 && <Text size="sm">Made of it: {words.join(", ")}.</Text>}
      {found.production.length > 0 && <Text size="sm">In production: {found.production.join(", ")}.</Text>}
    </>
  );
}
