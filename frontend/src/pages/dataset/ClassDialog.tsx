import { Button, ColorInput, Group, Modal, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useUpdateClass } from "@/api/datasets";
import { asProblem } from "@/api/problem";
import type { DatasetClass } from "@/api/types";
import { ErrorNotice } from "@/components/ErrorNotice";
import { firstMessages } from "@/components/shell/PasswordDialog";
import { CLASS_PALETTE } from "@/lib/colors";

export function ClassDialog({
  slug,
  classes,
  editing,
  onClose,
}: {
  slug: string;
  classes: DatasetClass[];
  editing: DatasetClass;
  onClose: () => void;
}) {
  const save = useUpdateClass(slug);
  const form = useForm({
    initialValues: { name: editing.name, color: editing.color },
    validate: {
      name: (value) =>
        !value.trim()
          ? "Give the class a name."
          : classes.some((other) => other !== editing && other.name === value.trim())
            ? "Another class has this name."
            : null,
      color: (value) => (/^#[0-9a-f]{6}$/i.test(value) ? null : "A colour is written like #e69f00."),
    },
  });
  const submit = form.onSubmit(({ name, color }) => {
    const options = {
      onSuccess: onClose,
      onError: (error: Error) => form.setErrors(firstMessages(asProblem(error).fields)),
    };
    save.mutate({ id: editing.id, name: name.trim(), color }, options);
  });
  return (
    <Modal opened onClose={onClose} title={`Change “${editing.name}”`}>
      <form onSubmit={submit}>
        <Stack gap="md">
          <TextInput label="Name" data-autofocus {...form.getInputProps("name")} />
          <ColorInput
            label="Colour"
            description="The swatches stay apart for people with any colour vision."
            format="hex"
            swatches={[...CLASS_PALETTE]}
            swatchesPerRow={12}
            {...form.getInputProps("color")}
          />
          {save.isError && <ErrorNotice error={save.error} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={save.isPending}>
              Save
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
