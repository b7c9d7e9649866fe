import { ActionIcon, Alert, Badge, Button, Group, Menu, Table, Text } from "@mantine/core";
import {
  IconArchive,
  IconArchiveOff,
  IconDots,
  IconPalette,
  IconPencil,
  IconPlus,
  IconTag,
  IconTrash,
} from "@tabler/icons-react";
import { useState } from "react";
import { useLocation } from "react-router";
import { useDeleteClass, useUpdateClass } from "@/api/datasets";
import type { DatasetClass } from "@/api/types";
import { ClassDot } from "@/components/ClassDot";
import { ConfirmDialog } from "@/components/ConfirmDialog";
import { EmptyState } from "@/components/EmptyState";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Page, Panel } from "@/components/Page";
import { WhoAddsClasses } from "@/components/WhoAddsClasses";
import { formatCount, plural } from "@/lib/format";
import { may } from "@/lib/roles";
import { AddClassesDialog } from "./AddClassesDialog";
import { ClassDialog } from "./ClassDialog";
import { useCurrentDataset } from "./DatasetLayout";
import { NextImageButton, type TO_ANNOTATE } from "./NextImageButton";

export default function ClassesPage() {
  const dataset = useCurrentDataset();
  const { slug, classes, role } = dataset;
  const { state } = useLocation() as { state: Partial<typeof TO_ANNOTATE> | null };
  const isToAnnotate = state?.isToAnnotate === true;
  const isReady = classes.some(({ is_retired }) => !is_retired);
  const mayManage = may(role, "manage");
  const [editing, setEditing] = useState<DatasetClass | null>(null);
  const [isAdding, setAdding] = useState(false);
  const [deleting, setDeleting] = useState<DatasetClass | null>(null);
  const update = useUpdateClass(slug);
  const remove = useDeleteClass(slug);
  const add = mayManage && (
    <Button leftSection={<IconPlus size={16} />} onClick={() => setAdding(true)}>
      Add classes
    </Button>
  );
  const lastIndex = Math.max(-1, ...classes.map(({ index }) => index));
  const close = () => {
    setDeleting(null);
    remove.reset();
  };

  return (
    <Page
      narrow
      title="Classes"
      lead="The index is what stands in label files; it never changes, so a class is retired rather than taken away."
      actions={classes.length > 0 && add}
    >
      {isToAnnotate && (
        <Alert
          icon={<IconPencil size={18} />}
          title={isReady ? "Ready to annotate" : "Before you can annotate: the classes"}
        >
          <Group justify="space-between">
            <Text size="sm">
              {isReady
                ? "What you draw gets one of these classes."
                : "Every object that is drawn has a class, and this dataset has none to draw with yet."}
            </Text>
            {isReady && (
              <NextImageButton slug={slug} purpose="annotate" dataset={dataset}>
                Annotate
              </NextImageButton>
            )}
          </Group>
        </Alert>
      )}
      {update.isError && <ErrorNotice error={update.error} />}
      {classes.length === 0 ? (
        <EmptyState icon={IconTag} title="No classes yet" action={add}>
          {mayManage ? (
            "Add what is to be drawn, for example “duck”: drawing begins once there is a class."
          ) : (
            <>
              Drawing begins once there is a class. <WhoAddsClasses slug={slug} />
            </>
          )}
        </EmptyState>
      ) : (
        <Panel flush>
          <Table>
            <Table.Thead>
              <Table.Tr>
                <Table.Th w={70} ta="right">
                  Index
                </Table.Th>
                <Table.Th>Name</Table.Th>
                <Table.Th ta="right">Objects</Table.Th>
                <Table.Th w={56}>
                  <span className="visually-hidden">Actions</span>
                </Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {classes.map((item) => (
                <Table.Tr key={item.id}>
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
                  <Table.Td>
                    {mayManage && (
                      <Menu position="bottom-end">
                        <Menu.Target>
                          <ActionIcon variant="subtle" color="gray" aria-label={`Change ${item.name}`}>
                            <IconDots size={16} />
                          </ActionIcon>
                        </Menu.Target>
                        <Menu.Dropdown>
                          <Menu.Item leftSection={<IconPalette size={16} />} onClick={() => setEditing(item)}>
                            Rename or recolour
                          </Menu.Item>
                          <Menu.Item
                            leftSection={
                              item.is_retired ? <IconArchiveOff size={16} /> : <IconArchive size={16} />
                            }
                            onClick={() => update.mutate({ id: item.id, is_retired: !item.is_retired })}
                          >
                            {item.is_retired ? "Use again" : "Retire: no longer offered when drawing"}
                          </Menu.Item>
                          <Menu.Item
                            leftSection={<IconTrash size={16} />}
                            disabled={item.index !== lastIndex || item.instance_count > 0}
                            onClick={() => setDeleting(item)}
                          >
                            {item.instance_count > 0
                              ? `Delete: not while ${plural(item.instance_count, "object")} use it`
                              : item.index !== lastIndex
                                ? "Delete: only the last index can go"
                                : "Delete"}
                          </Menu.Item>
                        </Menu.Dropdown>
                      </Menu>
                    )}
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Panel>
      )}
      {isAdding && <AddClassesDialog slug={slug} classes={classes} onClose={() => setAdding(false)} />}
      {editing && (
        <ClassDialog slug={slug} classes={classes} editing={editing} onClose={() => setEditing(null)} />
      )}
      {deleting && (
        <ConfirmDialog
          opened
          onClose={close}
          title={`Delete the class “${deleting.name}”`}
          consequences={[
            `Index ${deleting.index} becomes free and is given to the next new class.`,
            "No object uses the class, so no label file changes.",
            "Frozen versions keep it.",
          ]}
          confirmLabel="Delete the class"
          onConfirm={() => remove.mutate(deleting.id, { onSuccess: close })}
          pending={remove.isPending}
          error={remove.error}
        />
      )}
    </Page>
  );
}
