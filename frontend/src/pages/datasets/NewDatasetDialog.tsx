import {
  ActionIcon,
  Button,
  ColorInput,
  Group,
  Modal,
  Stack,
  Text,
  Textarea,
  TextInput,
} from "@mantine/core";
import { useForm } from "@mantine/form";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { useNavigate } from "react-router";
import { useCreateDataset } from "@/api/datasets";
import { asProblem } from "@/api/problem";
import { ErrorNotice } from "@/components/ErrorNotice";
import { firstMessages } from "@/components/shell/PasswordDialog";
import { CLASS_PALETTE, nextClassColor } from "@/lib/colors";

export function NewDatasetDialog({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  return (
    <Modal opened={opened} onClose={onClose} title="New dataset" size="lg">
      <NewDatasetForm onClose={onClose} />
    </Modal>
  );
}

type FormValues = { name: string; description: string; classes: { name: string; color: string }[] };

function NewDatasetForm({ onClose }: { onClose: () => void }) {
  const create = useCreateDataset();
  const navigate = useNavigate();
  const form = useForm<FormValues>({
    initialValues: {
      name: "",
      description: "",
      classes: [{ name: "", color: CLASS_PALETTE[0] }],
    },
    validate: {
      name: (value) => (value.trim() ? null : "Give the dataset a name."),
      classes: {
        name: (value, values) =>
          value.trim() && values.classes.filter((other) => other.name.trim() === value.trim()).length > 1
            ? "Two classes have this name."
            : null,
      },
    },
  });

  const submit = form.onSubmit((values) =>
    create.mutate(
      {
        name: values.name.trim(),
        description: values.description.trim(),
        classes: values.classes
          .filter(({ name }) => name.trim())
          .map(({ name, color }) => ({ name: name.trim(), color })),
      },
      {
        onSuccess: ({ slug }) => {
          onClose();
          void navigate(`/datasets/${slug}`);
        },
        onError: (error) => form.setErrors(firstMessages(asProblem(error).fields)),
      },
    ),
  );

  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        <TextInput
          label="Name"
          placeholder="Ducks on the pond"
          data-autofocus
          {...form.getInputProps("name")}
        />
        <Textarea
          label="Description"
          placeholder="What is in the pictures, and how it is to be drawn"
          autosize
          minRows={2}
          {...form.getInputProps("description")}
        />
        <fieldset style={{ border: 0, margin: 0, padding: 0 }}>
          <Text component="legend" size="sm" fw={500} p={0}>
            Classes
          </Text>
          <Text size="xs" c="dimmed" mb="xs">
            What will be drawn. More can be added at any time; an import brings its own.
          </Text>
          <Stack gap="xs">
            {form.values.classes.map((_, i) => (
              <Group key={i} gap="xs" align="flex-start" wrap="nowrap">
                <TextInput
                  flex={1}
                  aria-label={`Name of class ${i + 1}`}
                  placeholder={i === 0 ? "duck" : "another class"}
                  {...form.getInputProps(`classes.${i}.name`)}
                />
                <ColorInput
                  w={130}
                  aria-label={`Colour of class ${i + 1}`}
                  swatches={[...CLASS_PALETTE]}
                  swatchesPerRow={6}
                  format="hex"
                  {...form.getInputProps(`classes.${i}.color`)}
                />
                <ActionIcon
                  variant="subtle"
                  color="gray"
                  size="lg"
                  aria-label={`Remove class ${i + 1}`}
                  disabled={form.values.classes.length === 1}
                  onClick={() => form.removeListItem("classes", i)}
                >
                  <IconTrash size={16} />
                </ActionIcon>
              </Group>
            ))}
          </Stack>
          <Button
            mt="xs"
            size="xs"
            variant="subtle"
            leftSection={<IconPlus size={14} />}
            onClick={() =>
              form.insertListItem("classes", {
                name: "",
                color: nextClassColor(form.values.classes.map(({ color }) => color)),
              })
            }
          >
            Add a class
          </Button>
        </fieldset>
        {create.isError && <ErrorNotice error={create.error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" loading={create.isPending}>
            Create dataset
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
