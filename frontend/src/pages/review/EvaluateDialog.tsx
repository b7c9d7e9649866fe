import { Button, Group, Modal, SegmentedControl, Select, Stack, Text } from "@mantine/core";
import { useState } from "react";
import { useEvaluate } from "@/api/evaluations";
import { useCheckpoints } from "@/api/checkpoints";
import type { Run, Split } from "@/api/types";
import { useVersions } from "@/api/jobs";
import { ErrorNotice } from "@/components/ErrorNotice";

const SPLITS: readonly Split[] = ["val", "test", "train"];

/** Asks what to measure; one that is there already is opened instead of made again. */
export function EvaluateDialog({
  run,
  onClose,
  onStarted,
}: {
  run: Run;
  onClose: () => void;
  onStarted: (id: number) => void;
}) {
  const checkpoints = useCheckpoints({ run: run.id }).items;
  const versions = useVersions(run.dataset);
  const [checkpoint, setCheckpoint] = useState<number | null>(null);
  const [version, setVersion] = useState(run.version.id);
  const [split, setSplit] = useState<Split>("val");
  const start = useEvaluate(run.id);
  const chosen = checkpoint ?? checkpoints.find(({ kind }) => kind === "best")?.id ?? null;
  return (
    <Modal opened onClose={onClose} title={`Evaluate a checkpoint of ${run.name}`}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          start.mutate(
            { split, version, ...(chosen === null ? {} : { checkpoint: chosen }) },
            {
              onSuccess: ({ id }) => {
                onStarted(id);
                onClose();
              },
            },
          );
        }}
      >
        <Stack gap="md">
          <Select
            label="Checkpoint"
            allowDeselect={false}
            value={chosen === null ? null : String(chosen)}
            onChange={(value) => setCheckpoint(Number(value))}
            data={checkpoints.map(({ id, kind, epoch }) => ({
              value: String(id),
              label: `${kind}.pt, epoch ${epoch}`,
            }))}
          />
          <Select
            label="Version"
            description="An older checkpoint on a newer version tells what better labels alone have changed."
            allowDeselect={false}
            value={String(version)}
            onChange={(value) => setVersion(Number(value))}
            data={versions.items
              .filter(({ state }) => state === "finished")
              .map(({ id, number }) => ({
                value: String(id),
                label: `Version ${number}${id === run.version.id ? ", which it was trained on" : ""}`,
              }))}
          />
          <div>
            <Text size="sm" fw={500} mb={4}>
              Split
            </Text>
            <SegmentedControl
              fullWidth
              aria-label="Split"
              value={split}
              onChange={(value) => setSplit(SPLITS.find((name) => name === value) ?? "val")}
              data={SPLITS.map((value) => ({ value, label: value }))}
            />
            {split === "train" && (
              <Text size="xs" c="dimmed" mt={4}>
                Most models do well on pictures that they were trained on: this tells of labels, not of the
                model.
              </Text>
            )}
          </div>
          {start.isError && <ErrorNotice error={start.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Leave it
            </Button>
            <Button type="submit" loading={start.isPending}>
              Evaluate
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
