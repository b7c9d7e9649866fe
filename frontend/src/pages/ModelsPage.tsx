import { ActionIcon, Anchor, Button, Group, Menu, Skeleton, Table, Text } from "@mantine/core";
import { IconBox, IconDots, IconDownload, IconPlayerPlay } from "@tabler/icons-react";
import { Link } from "react-router";
import { useCheckpoints } from "@/api/runs";
import type { Checkpoint } from "@/api/types";
import { Ago } from "@/components/Ago";
import { DatasetSelect } from "@/components/DatasetSelect";
import { EmptyState } from "@/components/EmptyState";
import { ErrorNotice } from "@/components/ErrorNotice";
import { LoadMore } from "@/components/LoadMore";
import { Page, Panel } from "@/components/Page";
import { formatBytes, formatMetric, plural } from "@/lib/format";
import { text, useUrlState } from "@/lib/urlState";

const ADDRESS = { dataset: text() };

export default function ModelsPage() {
  const [{ dataset }, setAddress] = useUrlState(ADDRESS);
  const checkpoints = useCheckpoints({ dataset });
  const nothing = checkpoints.isSuccess && checkpoints.items.length === 0;
  return (
    <Page title="Models" lead="The checkpoints that your runs have left.">
      {!(nothing && !dataset) && (
        <Group mb="md">
          <DatasetSelect
            w={240}
            clearable
            aria-label="Dataset"
            placeholder="Every dataset"
            value={dataset}
            onChange={(slug) => setAddress({ dataset: slug })}
          />
        </Group>
      )}
      {checkpoints.isError && (
        <ErrorNotice error={checkpoints.error} onRetry={() => void checkpoints.refetch()} />
      )}
      {checkpoints.isPending && <Skeleton height={240} />}
      {nothing && (
        <EmptyState
          icon={IconBox}
          title={dataset ? "No checkpoint of this dataset" : "No checkpoints yet"}
          action={
            <Button component={Link} to="/runs/new">
              New run
            </Button>
          }
        >
          A run leaves its best and its last checkpoint here.
        </EmptyState>
      )}
      {checkpoints.items.length > 0 && (
        <Panel flush>
          <Table miw={860}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Checkpoint</Table.Th>
                <Table.Th>Dataset</Table.Th>
                <Table.Th>Classes</Table.Th>
                <Table.Th ta="right">Mask mAP50</Table.Th>
                <Table.Th ta="right">mAP50-95</Table.Th>
                <Table.Th ta="right">Image size</Table.Th>
                <Table.Th ta="right">Size</Table.Th>
                <Table.Th>Made</Table.Th>
                <Table.Th aria-label="Actions" />
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {checkpoints.items.map((checkpoint) => (
                <CheckpointRow key={checkpoint.id} checkpoint={checkpoint} />
              ))}
            </Table.Tbody>
          </Table>
        </Panel>
      )}
      <LoadMore list={checkpoints} />
    </Page>
  );
}

function CheckpointRow({ checkpoint }: { checkpoint: Checkpoint }) {
  const { id, run, run_name, kind, epoch, class_names: names } = checkpoint;
  return (
    <Table.Tr>
      <Table.Td maw={260}>
        <Anchor
          component={Link}
          to={`/runs/${run}`}
          size="sm"
          fw={550}
          truncate
          display="block"
          title={run_name}
        >
          {run_name}
        </Anchor>
        <Text size="xs" c="dimmed">
          {kind}.pt, epoch {epoch}
        </Text>
      </Table.Td>
      <Table.Td maw={180}>
        <Text size="sm" truncate title={checkpoint.dataset_name}>
          {checkpoint.dataset_name}
        </Text>
        <Text size="xs" c="dimmed">
          version {checkpoint.version_number}
        </Text>
      </Table.Td>
      <Table.Td maw={180}>
        <Text size="sm" truncate title={names.join(", ")}>
          {names.length > 3 ? plural(names.length, "class", "classes") : names.join(", ")}
        </Text>
      </Table.Td>
      <Table.Td ta="right" fw={600}>
        {formatMetric(checkpoint.mask?.map50)}
      </Table.Td>
      <Table.Td ta="right">{formatMetric(checkpoint.mask?.map50_95)}</Table.Td>
      <Table.Td ta="right" style={{ whiteSpace: "nowrap" }}>
        {checkpoint.image_size} px
      </Table.Td>
      <Table.Td ta="right" style={{ whiteSpace: "nowrap" }}>
        {formatBytes(checkpoint.size_bytes)}
      </Table.Td>
      <Table.Td>
        <Ago time={checkpoint.created_at} />
      </Table.Td>
      <Table.Td>
        <Group gap={4} wrap="nowrap" justify="flex-end">
          <Button component={Link} to={`/predict?checkpoint=${id}`} size="xs" variant="default">
            Predict with this
          </Button>
          <Menu position="bottom-end">
            <Menu.Target>
              <ActionIcon variant="subtle" color="gray" aria-label={`More about ${run_name} ${kind}.pt`}>
                <IconDots size={16} />
              </ActionIcon>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item
                component="a"
                href={checkpoint.url}
                download
                leftSection={<IconDownload size={16} />}
              >
                Download {kind}.pt
              </Menu.Item>
              <Menu.Item
                component={Link}
                to={`/runs/new?dataset=${checkpoint.dataset}&checkpoint=${id}`}
                leftSection={<IconPlayerPlay size={16} />}
              >
                Train on from here
              </Menu.Item>
            </Menu.Dropdown>
          </Menu>
        </Group>
      </Table.Td>
    </Table.Tr>
  );
}
