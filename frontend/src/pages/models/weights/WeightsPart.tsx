import { ActionIcon, Button, Group, Skeleton, Stack, Table, Text, Tooltip } from "@mantine/core";
import { IconFileUpload, IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import { Link } from "react-router";
import { isActive } from "@/api/jobs";
import { Ago } from "@/components/Ago";
import { ConfirmDialog } from "@/components/ConfirmDialog";
import { EmptyState } from "@/components/EmptyState";
import { ErrorNotice } from "@/components/ErrorNotice";
import { LoadMore } from "@/components/LoadMore";
import { Panel } from "@/components/Page";
import { ProgressLine } from "@/components/ProgressLine";
import { StateBadge } from "@/components/StateBadge";
import { formatBytes, plural } from "@/lib/format";
import type { WeightsItem } from "@/api/types";
import { useDeleteWeights, useWeights } from "./api";
import { MissingWeights } from "./MissingWeights";
import { classList, kindWords, refusalWords } from "./words";

/** Models that no run of this server left: uploaded .pt files, and Ultralytics' pretrained ones. */
export function WeightsPart({ onUpload }: { onUpload: () => void }) {
  const weights = useWeights();
  const remove = useDeleteWeights();
  const [deleting, setDeleting] = useState<WeightsItem | null>(null);
  const close = () => {
    setDeleting(null);
    remove.reset();
  };
  return (
    <Stack gap="lg">
      {weights.isError && <ErrorNotice error={weights.error} onRetry={() => void weights.refetch()} />}
      {weights.isPending && <Skeleton height={200} />}
      {weights.isSuccess && weights.items.length === 0 && (
        <EmptyState
          icon={IconFileUpload}
          title="No weights here yet"
          action={<Button onClick={onUpload}>Upload weights …</Button>}
        >
          A segmentation model from elsewhere (.pt) can predict at once, whatever its classes; it needs no
          run.
        </EmptyState>
      )}
      {weights.items.length > 0 && (
        <Panel flush>
          <Table miw={820}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Name</Table.Th>
                <Table.Th>Classes</Table.Th>
                <Table.Th>For whom</Table.Th>
                <Table.Th w={170}>State</Table.Th>
                <Table.Th ta="right">Size</Table.Th>
                <Table.Th>When</Table.Th>
                <Table.Th>
                  <span className="visually-hidden">Actions</span>
                </Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {weights.items.map((item) => (
                <Row key={item.id} item={item} onDelete={() => setDeleting(item)} />
              ))}
            </Table.Tbody>
          </Table>
        </Panel>
      )}
      <LoadMore list={weights} />
      <MissingWeights />
      {deleting && (
        <ConfirmDialog
          opened
          onClose={close}
          title={`Delete ${deleting.name}`}
          consequences={[
            `The file ${deleting.file_name} (${formatBytes(deleting.size_bytes)}) is deleted from the server.`,
            "While a prediction or a served model uses it, it stays; what uses it is then said here.",
          ]}
          confirmLabel="Delete the weights"
          onConfirm={() => remove.mutate(deleting.id, { onSuccess: close })}
          pending={remove.isPending}
          error={remove.error}
        />
      )}
    </Stack>
  );
}

function Row({ item, onDelete }: { item: WeightsItem; onDelete: () => void }) {
  const { name, file_name, class_names, dataset, state, size_bytes, reference } = item;
  const refused = refusalWords(item);
  return (
    <Table.Tr>
      <Table.Td maw={240}>
        <Text size="sm" fw={550} truncate title={name}>
          {name}
        </Text>
        <Text size="xs" c="dimmed" truncate title={file_name}>
          {kindWords(item) || (file_name === name ? "" : file_name)}
        </Text>
      </Table.Td>
      <Table.Td maw={280}>
        {state === "failed" ? (
          <Text size="sm" c="var(--mantine-color-error)" style={{ overflowWrap: "anywhere" }}>
            {refused}
          </Text>
        ) : (
          <>
            <Text size="sm" truncate title={class_names.join(", ")}>
              {classList(class_names)}
            </Text>
            {class_names.length > 0 && (
              <Text size="xs" c="dimmed">
                {plural(class_names.length, "class", "classes")}, {item.image_size} px
              </Text>
            )}
          </>
        )}
      </Table.Td>
      <Table.Td maw={160}>
        <Text size="sm" truncate title={dataset}>
          {dataset || "Everybody"}
        </Text>
        <Text size="xs" c="dimmed">
          {item.origin === "pretrained" ? "pretrained" : "uploaded"}
        </Text>
      </Table.Td>
      <Table.Td>
        {isActive(state) ? (
          <ProgressLine compact progress={item.progress} label={`Reading ${name}`} />
        ) : (
          <StateBadge state={state} />
        )}
      </Table.Td>
      <Table.Td ta="right" style={{ whiteSpace: "nowrap" }}>
        {size_bytes > 0 ? formatBytes(size_bytes) : "–"}
      </Table.Td>
      <Table.Td style={{ whiteSpace: "nowrap" }}>
        <Ago time={item.created_at} />
      </Table.Td>
      <Table.Td>
        <Group gap={4} wrap="nowrap" justify="flex-end">
          {state === "finished" && (
            <Button component={Link} to={`/predict?model=${reference}`} size="xs" variant="default">
              Predict
            </Button>
          )}
          <Tooltip label="Delete">
            <ActionIcon variant="subtle" color="gray" aria-label={`Delete ${name}`} onClick={onDelete}>
              <IconTrash size={16} />
            </ActionIcon>
          </Tooltip>
        </Group>
      </Table.Td>
    </Table.Tr>
  );
}
