import { Button, Group, Menu, Modal, ScrollArea, Stack, Text, TextInput } from "@mantine/core";
import { IconPlus, IconTag } from "@tabler/icons-react";
import { useState } from "react";
import { asProblem } from "@/api/problem";
import { type Tag, useCreateTag, useDeleteTag, useUpdateTag } from "@/api/tags";
import type { BulkChange } from "@/api/images";
import { ConfirmDialog } from "@/components/ConfirmDialog";
import { MenuButton } from "@/components/MenuButton";

type Props = {
  slug: string;
  tags: readonly Tag[];
  mayManage: boolean;
  onChange: (change: BulkChange, done: string) => void;
};

/** Puts tags on the selected images and takes them off; a new one is made on the way. */
export function TagMenu({ slug, tags, mayManage, onChange }: Props) {
  const [isMaking, setMaking] = useState(false);
  const [isManaging, setManaging] = useState(false);
  return (
    <>
      <MenuButton label="Tag" width={240}>
        <ScrollArea.Autosize mah={340} type="auto">
          {tags.length > 0 && <Menu.Label>Put on</Menu.Label>}
          {tags.map(({ id, name, color }) => (
            <Menu.Item
              key={id}
              leftSection={<IconTag size={15} color={color} aria-hidden="true" />}
              onClick={() => onChange({ action: "add_tag", tag: id }, `tagged “${name}”`)}
            >
              {name}
            </Menu.Item>
          ))}
          <Menu.Item leftSection={<IconPlus size={15} aria-hidden="true" />} onClick={() => setMaking(true)}>
            New tag …
          </Menu.Item>
          {tags.length > 0 && <Menu.Label>Take off</Menu.Label>}
          {tags.map(({ id, name, color }) => (
            <Menu.Item
              key={id}
              leftSection={<IconTag size={15} color={color} stroke={1} aria-hidden="true" />}
              onClick={() => onChange({ action: "remove_tag", tag: id }, `no longer tagged “${name}”`)}
            >
              {name}
            </Menu.Item>
          ))}
          {mayManage && tags.length > 0 && (
            <>
              <Menu.Divider />
              <Menu.Item onClick={() => setManaging(true)}>Rename or delete tags …</Menu.Item>
            </>
          )}
        </ScrollArea.Autosize>
      </MenuButton>
      {isMaking && (
        <NewTag
          slug={slug}
          onClose={() => setMaking(false)}
          onMade={({ id, name }) => {
            setMaking(false);
            onChange({ action: "add_tag", tag: id }, `tagged “${name}”`);
          }}
        />
      )}
      {isManaging && <ManageTags slug={slug} tags={tags} onClose={() => setManaging(false)} />}
    </>
  );
}

type NewProps = { slug: string; onClose: () => void; onMade: (tag: Tag) => void };

function NewTag({ slug, onClose, onMade }: NewProps) {
  const [name, setName] = useState("");
  const create = useCreateTag(slug);
  return (
    <Modal opened onClose={onClose} title="New tag">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          create.mutate({ name: name.trim() }, { onSuccess: onMade });
        }}
      >
        <Stack gap="md">
          <TextInput
            label="Name"
            data-autofocus
            required
            maxLength={50}
            value={name}
            error={create.isError ? asProblem(create.error).message : undefined}
            onChange={(event) => setName(event.currentTarget.value)}
          />
          <Text size="xs" c="dimmed">
            It is put on the selected images. Filters show images by their tags; exports can follow them.
          </Text>
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" disabled={name.trim() === ""} loading={create.isPending}>
              Make the tag
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

type ManageProps = { slug: string; tags: readonly Tag[]; onClose: () => void };

function ManageTags({ slug, tags, onClose }: ManageProps) {
  const update = useUpdateTag(slug);
  const remove = useDeleteTag(slug);
  const [going, setGoing] = useState<Tag | null>(null);
  return (
    <>
      <Modal opened={going === null} onClose={onClose} title="Tags">
        <Stack gap="xs">
          {tags.map(({ id, name, color }) => (
            <Group key={id} gap="xs" wrap="nowrap">
              <input
                type="color"
                aria-label={`Colour of ${name}`}
                defaultValue={color}
                onBlur={(event) => {
                  if (event.currentTarget.value !== color)
                    update.mutate({ id, color: event.currentTarget.value });
                }}
              />
              <TextInput
                style={{ flex: 1 }}
                aria-label={`Name of ${name}`}
                defaultValue={name}
                maxLength={50}
                onBlur={(event) => {
                  const next = event.currentTarget.value.trim();
                  if (next !== "" && next !== name) update.mutate({ id, name: next });
                }}
              />
              <Button
                variant="subtle"
                c="var(--mantine-color-error)"
                onClick={() => setGoing({ id, name, color })}
              >
                Delete …
              </Button>
            </Group>
          ))}
          {update.isError && (
            <Text size="sm" c="var(--mantine-color-error)" role="alert">
              {asProblem(update.error).message}
            </Text>
          )}
        </Stack>
      </Modal>
      <ConfirmDialog
        opened={going !== null}
        title={`Delete the tag “${going?.name ?? ""}”`}
        consequences={["It goes from all images that have it.", "The images stay as they are."]}
        confirmLabel="Delete the tag"
        pending={remove.isPending}
        error={remove.error}
        onClose={() => setGoing(null)}
        onConfirm={() => going && remove.mutate(going.id, { onSuccess: () => setGoing(null) })}
      />
    </>
  );
}
