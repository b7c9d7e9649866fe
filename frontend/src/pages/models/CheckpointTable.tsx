import { ActionIcon, Anchor, Button, Checkbox, Group, Menu, Table, Text } from "@mantine/core";
import { IconDots, IconDownload, IconPackageExport, IconPlayerPlay } from "@tabler/icons-react";
import { Link } from "react-router";
import { useDataset } from "@/api/datasets";
import type { Checkpoint } from "@/api/types";
import { Ago } from "@/components/Ago";
import { figureWords } from "@/lib/figures";
import { formatBytes } from "@/lib/format";
import { baseModelName } from "@/lib/models";
import { may } from "@/lib/roles";
import { FigureLink } from "./FigureLink";
import { Tags } from "./Tags";
import { checkpointName } from "./words";

type RowActions = {
  onToggle: (id: number) => void;
  onOpen: (id: number) => void;
};

export function CheckpointTable({
  checkpoints,
  selected,
  ...actions
}: { checkpoints: readonly Checkpoint[]; selected: readonly number[] } & RowActions) {
  return (
    <Table miw={1080}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th w={36}>
            <span className="visually-hidden">Selected</span>
          </Table.Th>
          <Table.Th>Checkpoint</Table.Th>
          <Table.Th>Tags</Table.Th>
          <Table.Th>Trained on</Table.Th>
          <Table.Th>Base model</Table.Th>
          <Table.Th ta="right">Mask mAP50</Table.Th>
          <Table.Th ta="right">mAP50-95</Table.Th>
          <Table.Th ta="right">Size</Table.Th>
          <Table.Th>Made</Table.Th>
          <Table.Th>
            <span className="visually-hidden">Actions</span>
          </Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {checkpoints.map((checkpoint) => (
          <CheckpointRow
            key={checkpoint.id}
            checkpoint={checkpoint}
            isSelected={selected.includes(checkpoint.id)}
            {...actions}
          />
        ))}
      </Table.Tbody>
    </Table>
  );
}

function CheckpointRow({
  checkpoint,
  isSelected,
  onToggle,
  onOpen,
}: { checkpoint: Checkpoint; isSelected: boolean } & RowActions) {
  const { id, dataset, dataset_name: datasetName } = checkpoint;
  const name = checkpointName(checkpoint);
  const mayTake = may(useDataset(dataset).data?.role, "export");
  return (
    <Table.Tr data-selected={isSelected || undefined}>
      <Table.Td>
        <Checkbox
          size="xs"
          aria-label={`Select ${name}`}
          checked={isSelected}
          onChange={() => onToggle(id)}
        />
      </Table.Td>
      <Table.Td maw={240}>
        <Anchor
          component="button"
          type="button"
          size="sm"
          fw={550}
          ta="left"
          maw="100%"
          truncate
          display="block"
          title={name}
          onClick={() => onOpen(id)}
        >
          {name}
        </Anchor>
        <Text size="xs" c="dimmed" truncate title={checkpoint.notes}>
          {checkpoint.notes || originWords(checkpoint)}
        </Text>
      </Table.Td>
      <Table.Td maw={170}>
        <Tags tags={checkpoint.tags} />
      </Table.Td>
      <Table.Td maw={170}>
        <Text size="sm" truncate title={datasetName}>
          {datasetName}
        </Text>
        <Text size="xs" c="dimmed">
          version {checkpoint.version_number}
        </Text>
      </Table.Td>
      <Table.Td style={{ whiteSpace: "nowrap" }}>
        <Text size="sm">{baseModelName(checkpoint.base_model)}</Text>
        <Text size="xs" c="dimmed">
          {checkpoint.image_size} px
        </Text>
      </Table.Td>
      <Table.Td ta="right" fw={600}>
        <FigureLink checkpoint={checkpoint}>
          {figureWords(checkpoint.mask.map50, checkpoint.reason)}
        </FigureLink>
      </Table.Td>
      <Table.Td ta="right">
        <FigureLink checkpoint={checkpoint}>
          {figureWords(checkpoint.mask.map50_95, checkpoint.reason)}
        </FigureLink>
      </Table.Td>
      <Table.Td ta="right" style={{ whiteSpace: "nowrap" }}>
        {formatBytes(checkpoint.size_bytes)}
      </Table.Td>
      <Table.Td style={{ whiteSpace: "nowrap" }}>
        <Ago time={checkpoint.created_at} />
      </Table.Td>
      <Table.Td>
        <Group gap={4} wrap="nowrap" justify="flex-end">
          <Button component={Link} to={`/predict?checkpoint=${id}`} size="xs" variant="default">
            Predict
          </Button>
          <Menu position="bottom-end">
            <Menu.Target>
              <ActionIcon variant="subtle" color="gray" aria-label={`More about ${name}`}>
                <IconDots size={16} />
              </ActionIcon>
            </Menu.Target>
            <Menu.Dropdown>
              {mayTake && (
                <Menu.Item
                  component="a"
                  href={checkpoint.url}
                  download
                  leftSection={<IconDownload size={16} />}
                >
                  Download {checkpoint.kind}.pt
                </Menu.Item>
              )}
              <Menu.Item
                component={Link}
                to={`/runs/new?dataset=${dataset}&checkpoint=${id}`}
                leftSection={<IconPlayerPlay size={16} />}
              >
                Train on from here
              </Menu.Item>
              <Menu.Item leftSection={<IconPackageExport size={16} />} onClick={() => onOpen(id)}>
                Tags, exports, delete …
              </Menu.Item>
            </Menu.Dropdown>
          </Menu>
        </Group>
      </Table.Td>
    </Table.Tr>
  );
}

export function originWords({ origin, epoch }: Checkpoint): string {
  if (origin === "uploaded") return "uploaded";
  return `epoch ${epoch}${origin === "elsewhere" ? ", trained elsewhere" : ""}`;
}
