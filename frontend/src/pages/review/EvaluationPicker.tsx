import { ActionIcon, Group, Select, Tooltip } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconPlus } from "@tabler/icons-react";
import { useDataset } from "@/api/datasets";
import { useEvaluations } from "@/api/evaluations";
import type { Evaluation, Run } from "@/api/types";
import { evaluationName } from "@/lib/evaluations";
import { may } from "@/lib/roles";
import { EvaluateDialog } from "./EvaluateDialog";

/** Which checkpoint, on which version and split; and a way to measure another. */
export function EvaluationPicker({
  run,
  evaluation,
  onPick,
}: {
  run: Run;
  evaluation: Evaluation;
  onPick: (id: number) => void;
}) {
  const evaluations = useEvaluations(run.id).data ?? [evaluation];
  const mayEvaluate = may(useDataset(run.dataset).data?.role, "export");
  const [opened, { open, close }] = useDisclosure();
  return (
    <Group gap={4} wrap="nowrap">
      <Select
        w={236}
        size="xs"
        aria-label="Evaluation"
        allowDeselect={false}
        value={String(evaluation.id)}
        onChange={(value) => value && onPick(Number(value))}
        data={evaluations.map((item) => ({
          value: String(item.id),
          label: `${evaluationName(item)}${item.state === "finished" ? "" : ` (${item.state})`}`,
        }))}
      />
      {mayEvaluate && (
        <Tooltip label="Evaluate another checkpoint, version or split">
          <ActionIcon
            variant="default"
            size={30}
            aria-label="Evaluate another checkpoint, version or split"
            onClick={open}
          >
            <IconPlus size={15} />
          </ActionIcon>
        </Tooltip>
      )}
      {opened && <EvaluateDialog run={run} onClose={close} onStarted={onPick} />}
    </Group>
  );
}
