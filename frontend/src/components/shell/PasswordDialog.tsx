import { Button, Group, Modal, PasswordInput, Stack, Text } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation } from "@tanstack/react-query";
import { api, unwrap } from "@/api/client";
import { asProblem } from "@/api/problem";
import { toast } from "@/lib/toast";
import { ErrorNotice } from "../ErrorNotice";

export function PasswordDialog({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const form = useForm({
    initialValues: { current: "", new: "", again: "" },
    validate: {
      current: (value) => (value ? null : "Enter the password that you have now."),
      new: (value) => (value.length >= 8 ? null : "Use at least 8 characters."),
      again: (value, values) => (value === values.new ? null : "The two new passwords differ."),
    },
  });
  const change = useMutation({
    mutationFn: (body: { current: string; new: string }) => unwrap(api.POST("/api/me/password/", { body })),
    onSuccess: () => {
      toast({ message: "Your password is changed." });
      form.reset();
      onClose();
    },
    onError: (error) => form.setErrors(firstMessages(asProblem(error).fields)),
  });
  return (
    <Modal opened={opened} onClose={onClose} title="Change password">
      <form onSubmit={form.onSubmit(({ current, new: fresh }) => change.mutate({ current, new: fresh }))}>
        <Stack gap="md">
          <Text size="sm">A new password ends your other sessions and your tokens for scripts.</Text>
          <PasswordInput
            label="Present password"
            autoComplete="current-password"
            {...form.getInputProps("current")}
          />
          <PasswordInput label="New password" autoComplete="new-password" {...form.getInputProps("new")} />
          <PasswordInput
            label="New password, again"
            autoComplete="new-password"
            {...form.getInputProps("again")}
          />
          {change.isError && <ErrorNotice error={change.error} />}
          <Group justify="flex-end">
            <Button type="submit" loading={change.isPending}>
              Change password
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

/** Field errors of a problem as forms show them: one sentence a field. */
export function firstMessages(fields: Record<string, string[]>): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).map(([name, messages]) => [name, messages[0] ?? ""]));
}
