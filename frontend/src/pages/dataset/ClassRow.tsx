import { ActionIcon, Badge, Group, Menu, Table, Text } from "@mantine/core";
import {
  IconArchive,
  IconArchiveOff,
  IconArrowMerge,
  IconArrowsSplit2,
  IconDots,
  IconPalette,
  IconTrash,
  IconTrashX,
} from "@tabler/icons-react";
import type { DatasetClass } from "@/api/types";
import { ClassDot } from "@/components/ClassDot";
import { formatCount, plural } from "@/lib/format";

type Props = {
  item: DatasetClass;
  /** Whether its index is the last: no other can be deleted. */
  isLast: boolean;
  mayManage: boolean;
  onEdit: (item: DatasetClass) => void;
  onRetire: (isRetired: boolean) => void;
  onDelete: (item: DatasetClass) => void;
  /** Asks into which class its objects go, or that they go to the trash. */
  onChangeAll: (item: DatasetClass, what: "merge" | "split" | "empty") => void;
};

export function ClassRow({ mayManage, ...props }: Props) {
  const { item } = props;
  return (
    <Table.Tr>
      <Table.Td ta="right" c="dimmed">
        {item.index}
      </Table.Td>
      <Table.Td>
        <Group gap="xs" wrap="nowrap">
          <ClassDot color={item.color} size={14} />
          <Text size="sm" fw={550} style={{ overflowWrap: "anywhere" }}>
            {item.name}
          </Text>
          {item.is_retired && (
            <Badge size="sm" variant="default">
              retired
            </Badge>
          )}
        </Group>
      </Table.Td>
      <Table.Td ta="right">{formatCount(item.instance_count)}</Table.Td>
      <Table.Td>{mayManage && <ClassMenu {...props} />}</Table.Td>
    </Table.Tr>
  );
}

function ClassMenu({ item, isLast, onEdit, onRetire, onDelete, onChangeAll }: Omit<Props, "mayManage">) {
  const { name, is_retired: isRetired, instance_count: objects } = item;
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" aria-label={`Change ${name}`}>
          <IconDots size={16} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item leftSection={<IconPalette size={16} />} onClick={() => onEdit(item)}>
          Rename or recolour
        </Menu.Item>
        <Menu.Item
          leftSection={isRetired ? <IconArchiveOff size={16} /> : <IconArchive size={16} />}
          onClick={() => onRetire(!isRetired)}
        >
          {isRetired ? "Use again" : "Retire: no longer offered when drawing"}
        </Menu.Item>
        <Menu.Item
          leftSection={<IconArrowMerge size={16} />}
          disabled={objects === 0}
          onClick={() => onChangeAll(item, "merge")}
        >
          Merge into another class …
        </Menu.Item>
        <Menu.Item
          leftSection={<IconArrowsSplit2 size={16} />}
          disabled={objects === 0}
          onClick={() => onChangeAll(item, "split")}
        >
          Split off by an attribute …
        </Menu.Item>
        <Menu.Item
          leftSection={<IconTrashX size={16} />}
          disabled={objects === 0}
          onClick={() => onChangeAll(item, "empty")}
        >
          Delete its objects …
        </Menu.Item>
        <Menu.Item
          leftSection={<IconTrash size={16} />}
          disabled={!isLast || objects > 0}
          onClick={() => onDelete(item)}
        >
          {objects > 0
            ? `Delete: not while ${plural(objects, "object")} use it`
            : isLast
              ? "Delete"
              : "Delete: only the last index can go"}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
