import { Button, Group, List, Modal, Stack, Text, TextInput } from "@mantine/core";
import { type ReactNode, useState } from "react";
import { ErrorNotice } from "./ErrorNotice";

type ConfirmProps = {
  opened: boolean;
  onClose: () => void;
  title: string;
  /** What will be gone or different afterwards, one sentence each. */
  consequences: ReactNode[];
  confirmLabel: string;
  onConfirm: () => void;
  pending: boolean;
  error: unknown;
  /** The name to type first, for what cannot be undone and is large. */
  typeToConfirm?: string;
};

/** Asks before something is destroyed, and says what that means. */
export function ConfirmDialog(props: ConfirmProps) {
  return (
    <Modal opened={props.opened} onClose={props.onClose} title={props.title}>
      <ConfirmBody {...props} />
    </Modal>
  );
}

function ConfirmBody({
  onClose,
  consequences,
  confirmLabel,
  onConfirm,
  pending,
  error,
  typeToConfirm,
}: ConfirmProps) {
  const [typed, setTyped] = useState("");
  const ready = typeToConfirm === undefined || typed.trim() === typeToConfirm;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (ready && !pending) onConfirm();
      }}
    >
      <Stack gap="md">
        <List size="sm" spacing={6}>
          {consequences.map((consequence, i) => (
            <List.Item key={i}>{consequence}</List.Item>
          ))}
        </List>
        {typeToConfirm !== undefined && (
          <TextInput
            label={
              <>
                Type{" "}
                <Text span inherit fw={600} style={{ overflowWrap: "anywhere" }}>
                  {typeToConfirm}
                </Text>{" "}
                to go on
              </>
            }
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
            autoComplete="off"
          />
        )}
        {error != null && <ErrorNotice error={error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Keep it
          </Button>
          <Button type="submit" color="red" loading={pending} disabled={!ready}>
            {confirmLabel}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
