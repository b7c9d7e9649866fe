import { ActionIcon, Anchor, Skeleton, Table, Text, Tooltip } from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import { Link } from "react-router";
import { isActive } from "@/api/jobs";
import { useDeletePrediction, usePredictions } from "@/api/predictions";
import type { Prediction } from "@/api/types";
import { Ago } from "@/components/Ago";
import { ConfirmDialog } from "@/components/ConfirmDialog";
import { ErrorNotice } from "@/components/ErrorNotice";
import { LoadMore } from "@/components/LoadMore";
import { Panel } from "@/components/Page";
import { ProgressLine } from "@/components/ProgressLine";
import { StateBadge } from "@/components/StateBadge";
import { formatCount, plural } from "@/lib/format";

export function PredictionHistory() {
  const predictions = usePredictions();
  const remove = useDeletePrediction();
  const [deleting, setDeleting] = useState<Prediction | null>(null);
  const close = () => {
    setDeleting(null);
    remove.reset();
  };
  if (predictions.isError) {
    return <ErrorNotice error={predictions.error} onRetry={() => void predictions.refetch()} />;
  }
  if (predictions.isPending) return <Skeleton height={140} />;
  if (predictions.items.length === 0) return null;
  return (
    <Panel title="Earlier predictions" flush>
      <Table miw={700}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Prediction</Table.Th>
            <Table.Th>Checkpoint</Table.Th>
            <Table.Th w={180}>State</Table.Th>
            <Table.Th ta="right">Images</Table.Th>
            <Table.Th ta="right">Objects</Table.Th>
            <Table.Th>When</Table.Th>
            <Table.Th w={48}>
              <span className="visually-hidden">Actions</span>
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {predictions.items.map((item) => (
            <Table.Tr key={item.id}>
              <Table.Td>
                <Anchor component={Link} to={`/predict/${item.id}`} size="sm" fw={550}>
                  Prediction {item.id}
                </Anchor>
              </Table.Td>
              <Table.Td maw={260}>
                <Text size="sm" truncate title={item.model.name}>
                  {item.model.name}
                </Text>
              </Table.Td>
              <Table.Td>
                {isActive(item.state) ? (
                  <ProgressLine compact progress={item.progress} label={`Prediction ${item.id}`} />
                ) : (
                  <StateBadge state={item.state} />
                )}
              </Table.Td>
              <Table.Td ta="right">{formatCount(item.image_count)}</Table.Td>
              <Table.Td ta="right">{formatCount(item.instance_count)}</Table.Td>
              <Table.Td>
                <Ago time={item.created_at} />
              </Table.Td>
              <Table.Td>
                <Tooltip label="Delete">
                  <ActionIcon
                    variant="subtle"
                    color="gray"
                    aria-label={`Delete prediction ${item.id}`}
                    disabled={isActive(item.state)}
                    onClick={() => setDeleting(item)}
                  >
                    <IconTrash size={16} />
                  </ActionIcon>
                </Tooltip>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      <LoadMore list={predictions} />
      {deleting && (
        <ConfirmDialog
          opened
          onClose={close}
          title={`Delete prediction ${deleting.id}`}
          consequences={[
            `Its ${plural(deleting.image_count, "uploaded image")} and the masks found on them are deleted from the disk.`,
            "The checkpoint stays.",
          ]}
          confirmLabel="Delete the prediction"
          onConfirm={() => remove.mutate(deleting.id, { onSuccess: close })}
          pending={remove.isPending}
          error={remove.error}
        />
      )}
    </Panel>
  );
}
