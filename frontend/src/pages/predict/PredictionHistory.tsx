import { ActionIcon, Anchor, SegmentedControl, Skeleton, Table, Text, Tooltip } from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import { Link } from "react-router";
import { isActive } from "@/api/jobs";
import { useDeletePrediction, usePredictions } from "@/api/predictions";
import { useSession } from "@/api/session";
import type { Prediction } from "@/api/types";
import { Ago } from "@/components/Ago";
import { ConfirmDialog } from "@/components/ConfirmDialog";
import { ErrorNotice } from "@/components/ErrorNotice";
import { LoadMore } from "@/components/LoadMore";
import { Panel } from "@/components/Page";
import { ProgressLine } from "@/components/ProgressLine";
import { StateBadge } from "@/components/StateBadge";
import { formatCount, plural } from "@/lib/format";
import { flag, useUrlState } from "@/lib/urlState";
import { historySource, nameOfPrediction } from "./historyWords";

const ADDRESS = { mine: flag() };

/** Predictions that were started before: mine, or all that I may see. */
export function PredictionHistory() {
  const [{ mine }, setAddress] = useUrlState(ADDRESS);
  const predictions = usePredictions(mine);
  const remove = useDeletePrediction();
  const [deleting, setDeleting] = useState<Prediction | null>(null);
  const close = () => {
    setDeleting(null);
    remove.reset();
  };
  const { items, isPending, isError, isSuccess } = predictions;
  if (isSuccess && items.length === 0 && !mine) return null;
  return (
    <Panel
      title="Earlier predictions"
      flush
      aside={
        <SegmentedControl
          size="xs"
          aria-label="Whose predictions"
          value={mine ? "mine" : "all"}
          onChange={(value) => setAddress({ mine: value === "mine" })}
          data={[
            { value: "all", label: "All" },
            { value: "mine", label: "Mine" },
          ]}
        />
      }
    >
      {isError && <ErrorNotice error={predictions.error} onRetry={() => void predictions.refetch()} />}
      {isPending && <Skeleton height={140} />}
      {isSuccess && items.length === 0 && (
        <Text size="sm" c="dimmed" p="md">
          You have started none yet.
        </Text>
      )}
      {items.length > 0 && (
        <Table miw={860}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Source</Table.Th>
              <Table.Th>Model</Table.Th>
              <Table.Th w={190}>State</Table.Th>
              <Table.Th ta="right">Images</Table.Th>
              <Table.Th ta="right">Objects</Table.Th>
              <Table.Th>Who</Table.Th>
              <Table.Th>When</Table.Th>
              <Table.Th w={48}>
                <span className="visually-hidden">Actions</span>
              </Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {items.map((item) => (
              <Row key={item.id} item={item} onDelete={() => setDeleting(item)} />
            ))}
          </Table.Tbody>
        </Table>
      )}
      <LoadMore list={predictions} />
      {deleting && (
        <ConfirmDialog
          opened
          onClose={close}
          title={`Delete the prediction on ${nameOfPrediction(deleting)}`}
          consequences={[
            `What was found on its ${plural(deleting.image_count, historySource(deleting).isVideo ? "frame" : "image")} is deleted, and so are files that were uploaded for it.`,
            "The model stays. Images that were taken into a dataset stay there.",
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

function Row({ item, onDelete }: { item: Prediction; onDelete: () => void }) {
  const { data } = useSession();
  const { kind, icon: SourceIcon } = historySource(item);
  const name = nameOfPrediction(item);
  const who = item.created_by;
  const isMine = who !== null && who.id === data?.user?.id;
  return (
    <Table.Tr>
      <Table.Td maw={260}>
        <Anchor
          component={Link}
          to={`/predict/${item.id}`}
          size="sm"
          fw={550}
          display="block"
          truncate
          title={name}
        >
          <SourceIcon
            size={15}
            stroke={1.8}
            aria-hidden="true"
            style={{ verticalAlign: -2, marginRight: 6 }}
          />
          {name}
        </Anchor>
        <Text size="xs" c="dimmed" truncate>
          {kind}
        </Text>
      </Table.Td>
      <Table.Td maw={240}>
        <Text size="sm" truncate title={item.model.name}>
          {item.model.name}
        </Text>
        {item.dataset && (
          <Text size="xs" c="dimmed" truncate title={item.dataset}>
            {item.dataset}
          </Text>
        )}
      </Table.Td>
      <Table.Td>
        {isActive(item.state) && !item.is_paused ? (
          <ProgressLine compact progress={item.progress} label={name} />
        ) : (
          <StateBadge state={item.state} paused={item.is_paused} />
        )}
      </Table.Td>
      <Table.Td ta="right">{formatCount(item.image_count)}</Table.Td>
      <Table.Td ta="right">{formatCount(item.instance_count)}</Table.Td>
      <Table.Td maw={140}>
        <Text size="sm" truncate title={who?.display_name || who?.username}>
          {isMine ? "Me" : who ? who.display_name || who.username : "–"}
        </Text>
      </Table.Td>
      <Table.Td style={{ whiteSpace: "nowrap" }}>
        <Ago time={item.created_at} />
      </Table.Td>
      <Table.Td>
        <Tooltip label="Delete">
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-label={`Delete the prediction on ${name}`}
            disabled={isActive(item.state) && !item.is_paused}
            onClick={onDelete}
          >
            <IconTrash size={16} />
          </ActionIcon>
        </Tooltip>
      </Table.Td>
    </Table.Tr>
  );
}
