import { Button, Group, NativeSelect, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import { asProblem } from "@/api/problem";
import type { NewToken } from "@/api/types";
import { dayIn } from "@/lib/format";
import { ErrorNotice } from "../ErrorNotice";
import { firstMessages } from "./PasswordDialog";

const LIFETIMES = [
  { days: 1, label: "1 day" },
  { days: 7, label: "7 days" },
  { days: 30, label: "30 days" },
  { days: 90, label: "90 days" },
  { days: 365, label: "1 year" },
];

export function NewTokenForm({ onMade }: { onMade: (made: NewToken) => void }) {
  const form = useForm({
    initialValues: { name: "", days: "90" },
    validate: { name: (name) => (name.trim() ? null : "Say what will use it, such as “nightly export”.") },
  });
  const create = useMutation({
    mutationFn: (body: { name: string; days: number }) => unwrap(api.POST("/api/me/tokens/", { body })),
    onSuccess: (made) => {
      form.reset();
      onMade(made);
    },
    onError: (error) => form.setErrors(firstMessages(asProblem(error).fields)),
  });
  return (
    <form
      onSubmit={form.onSubmit(({ name, days }) => create.mutate({ name: name.trim(), days: Number(days) }))}
    >
      <Stack gap="sm">
        <Group gap="sm" align="flex-start">
          <TextInput
            label="Name"
            placeholder="What will use it"
            maxLength={80}
            style={{ flex: "1 1 200px" }}
            {...form.getInputProps("name")}
          />
          <NativeSelect
            label="Ends after"
            data={LIFETIMES.map(({ days, label }) => ({ value: String(days), label }))}
            description={`On ${dayIn(Number(form.values.days))}`}
            inputWrapperOrder={["label", "input", "description", "error"]}
            style={{ flex: "0 1 140px" }}
            {...form.getInputProps("days")}
          />
        </Group>
        {create.isError && <ErrorNotice error={create.error} />}
        <Group justify="flex-end">
          <Button type="submit" loading={create.isPending}>
            Create token
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
