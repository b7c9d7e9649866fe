import { Button, Checkbox, Group, Menu, Modal, ScrollArea, Stack, Text, TextInput } from "@mantine/core";
import { IconBookmark, IconTrash, IconUsers, IconWand } from "@tabler/icons-react";
import { useState } from "react";
import { Link, useLocation } from "react-router";
import { imageQuery } from "@/api/images";
import { asProblem } from "@/api/problem";
import {
  type SavedView,
  type SavedViewFields,
  useCreateView,
  useDeleteView,
  useSavedViews,
  useUpdateView,
} from "@/api/tags";
import { MenuButton } from "@/components/MenuButton";
import { writeParams } from "@/lib/urlState";
import { predictAddress } from "../predict/new/address";
import { GRID_ADDRESS, type GridAddress, IMAGES_ADDRESS, type ImagesAddress } from "./imagesAddress";

type Props = {
  slug: string;
  address: ImagesAddress;
  tile: GridAddress["tile"];
  myId: number | undefined;
  mayManage: boolean;
  /** Opens the grid at an address, without its question mark. */
  onOpen: (query: string) => void;
};

/** The address under which a view opens. */
export function queryOfView({ filters, ordering, tile }: SavedView): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(filters)) {
    if (value !== null) params.set(name, value === true ? "1" : String(value));
  }
  const sorted = writeParams(IMAGES_ADDRESS, params, { ordering });
  return writeParams(GRID_ADDRESS, sorted, { tile }).toString();
}

/** Filters, order and tile size under a name: one's own, and those that team leads share. */
export function ViewsMenu({ slug, address, tile, myId, mayManage, onOpen }: Props) {
  const views = useSavedViews(slug);
  const { search } = useLocation();
  const [isSaving, setSaving] = useState(false);
  const [editing, setEditing] = useState<SavedView | null>(null);
  const list = views.data ?? [];
  const { ordering, ...filters } = address;
  const shown: Omit<SavedViewFields, "name"> = { filters: imageQuery(filters), ordering, tile };
  return (
    <>
      <MenuButton label="Views" width={280}>
        <ScrollArea.Autosize mah={340} type="auto">
          {list.length === 0 && (
            <Text size="xs" c="dimmed" p="xs">
              A view keeps filters, order and tile size under a name.
            </Text>
          )}
          {list.map((view) => (
            <Menu.Item
              key={view.id}
              leftSection={
                view.is_shared ? (
                  <IconUsers size={15} aria-label="Shared" />
                ) : (
                  <IconBookmark size={15} aria-hidden="true" />
                )
              }
              onClick={() => onOpen(queryOfView(view))}
            >
              {view.name}
              {view.owner.id !== myId && (
                <Text size="xs" c="dimmed">
                  {view.owner.display_name}
                </Text>
              )}
            </Menu.Item>
          ))}
          <Menu.Divider />
          <Menu.Item onClick={() => setSaving(true)}>Keep this view …</Menu.Item>
          <Menu.Item component={Link} to={predictAddress(slug, search)} leftSection={<IconWand size={16} />}>
            Predict on these
          </Menu.Item>
          {list.some((view) => view.owner.id === myId || mayManage) && (
            <>
              <Menu.Label>Change</Menu.Label>
              {list
                .filter((view) => view.owner.id === myId || mayManage)
                .map((view) => (
                  <Menu.Item key={view.id} onClick={() => setEditing(view)}>
                    {view.name} …
                  </Menu.Item>
                ))}
            </>
          )}
        </ScrollArea.Autosize>
      </MenuButton>
      {isSaving && (
        <ViewDialog slug={slug} shown={shown} mayShare={mayManage} onClose={() => setSaving(false)} />
      )}
      {editing && (
        <ViewDialog
          slug={slug}
          shown={shown}
          view={editing}
          mayShare={mayManage}
          onClose={() => setEditing(null)}
        />
      )}
    </>
  );
}

type DialogProps = {
  slug: string;
  shown: Omit<SavedViewFields, "name">;
  view?: SavedView;
  mayShare: boolean;
  onClose: () => void;
};

function ViewDialog({ slug, shown, view, mayShare, onClose }: DialogProps) {
  const [name, setName] = useState(view?.name ?? "");
  const [isShared, setShared] = useState(view?.is_shared ?? false);
  const [isReplaced, setReplaced] = useState(false);
  const create = useCreateView(slug);
  const update = useUpdateView(slug);
  const remove = useDeleteView(slug);
  const error = create.error ?? update.error ?? remove.error;
  const save = () => {
    const fields = { name: name.trim(), ...(mayShare ? { is_shared: isShared } : {}) };
    if (!view) create.mutate({ ...fields, ...shown }, { onSuccess: onClose });
    else update.mutate({ id: view.id, ...fields, ...(isReplaced ? shown : {}) }, { onSuccess: onClose });
  };
  return (
    <Modal opened onClose={onClose} title={view ? `View “${view.name}”` : "Keep this view"}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          save();
        }}
      >
        <Stack gap="md">
          <TextInput
            label="Name"
            data-autofocus
            required
            maxLength={80}
            value={name}
            error={error ? asProblem(error).message : undefined}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          {view && (
            <Checkbox
              label="Let it show what the grid shows now"
              checked={isReplaced}
              onChange={(event) => setReplaced(event.currentTarget.checked)}
            />
          )}
          {mayShare && (
            <Checkbox
              label="All members see it"
              checked={isShared}
              onChange={(event) => setShared(event.currentTarget.checked)}
            />
          )}
          <Group>
            {view && (
              <Button
                variant="subtle"
                c="var(--mantine-color-error)"
                leftSection={<IconTrash size={16} />}
                loading={remove.isPending}
                onClick={() => remove.mutate(view.id, { onSuccess: onClose })}
              >
                Delete
              </Button>
            )}
            <Button variant="default" ml="auto" onClick={onClose}>
              Cancel
            </Button>
            <Button
              type="submit"
              disabled={name.trim() === ""}
              loading={create.isPending || update.isPending}
            >
              {view ? "Save" : "Keep the view"}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
