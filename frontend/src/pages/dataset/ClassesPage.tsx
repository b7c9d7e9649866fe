import { Alert, Button, Group, Table, Text } from "@mantine/core";
import { IconPencil, IconPlus, IconTag } from "@tabler/icons-react";
import { useState } from "react";
import { useLocation } from "react-router";
import { useDeleteClass, useUpdateClass } from "@/api/datasets";
import type { Dataset, DatasetClass } from "@/api/types";
import { ConfirmDialog } from "@/components/ConfirmDialog";
import { EmptyState } from "@/components/EmptyState";
import { ErrorNotice } from "@/components/ErrorNotice";
import { Page, Panel } from "@/components/Page";
import { WhoAddsClasses } from "@/components/WhoAddsClasses";
import { may } from "@/lib/roles";
import { AddClassesDialog } from "./AddClassesDialog";
import { ClassDialog } from "./ClassDialog";
import { EmptyClassDialog, MergeClassDialog } from "./ClassChangeDialogs";
import { ClassRow } from "./ClassRow";
import { SplitOffDialog } from "./SplitOffDialog";
import { useCurrentDataset } from "./DatasetLayout";
import { NextImageButton, type TO_ANNOTATE } from "./NextImageButton";

export default function ClassesPage() {
  const dataset = useCurrentDataset();
  const { slug, classes, role } = dataset;
  const { state } = useLocation() as { state: Partial<typeof TO_ANNOTATE> | null };
  const isToAnnotate = state?.isToAnnotate === true;
  const mayManage = may(role, "manage");
  const [editing, setEditing] = useState<DatasetClass | null>(null);
  const [isAdding, setAdding] = useState(false);
  const [deleting, setDeleting] = useState<DatasetClass | null>(null);
  const [changingAll, setChangingAll] = useState<{
    item: DatasetClass;
    what: "merge" | "split" | "empty";
  } | null>(null);
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
      {isToAnnotate && <ClassesFirst dataset={dataset} />}
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
                <ClassRow
                  key={item.id}
                  item={item}
                  isLast={item.index === lastIndex}
                  mayManage={mayManage}
                  onEdit={setEditing}
                  onRetire={(isRetired) => update.mutate({ id: item.id, is_retired: isRetired })}
                  onDelete={setDeleting}
                  onChangeAll={(changed, what) => setChangingAll({ item: changed, what })}
                />
              ))}
            </Table.Tbody>
          </Table>
        </Panel>
      )}
      {isAdding && <AddClassesDialog slug={slug} classes={classes} onClose={() => setAdding(false)} />}
      {editing && (
        <ClassDialog slug={slug} classes={classes} editing={editing} onClose={() => setEditing(null)} />
      )}
      {changingAll?.what === "merge" && (
        <MergeClassDialog
          slug={slug}
          item={changingAll.item}
          classes={classes}
          onClose={() => setChangingAll(null)}
        />
      )}
      {changingAll?.what === "split" && (
        <SplitOffDialog
          slug={slug}
          item={changingAll.item}
          classes={classes}
          onClose={() => setChangingAll(null)}
        />
      )}
      {changingAll?.what === "empty" && (
        <EmptyClassDialog slug={slug} item={changingAll.item} onClose={() => setChangingAll(null)} />
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

/** For who pressed Annotate where nothing can be drawn yet. */
function ClassesFirst({ dataset }: { dataset: Dataset }) {
  const isReady = dataset.classes.some(({ is_retired }) => !is_retired);
  return (
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
          <NextImageButton slug={dataset.slug} purpose="annotate" dataset={dataset}>
            Annotate
          </NextImageButton>
        )}
      </Group>
    </Alert>
  );
}
