import { Button, Group, Text } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { IconArrowBackUp } from "@tabler/icons-react";
import { asProblem } from "@/api/problem";
import { toast } from "@/lib/toast";

const OFFERED_MS = 15_000;

/** Says what was done, with a button that takes it back; `undo` answers what to say then. Returns its id. */
export function offerUndo(message: string, undo: () => Promise<string>): string {
  const takeBack = async () => {
    notifications.update({ id, message: "Restoring …", loading: true, autoClose: false });
    const outcome = await undo().then(
      (words) => ({ message: words, color: undefined }),
      (error: unknown) => ({ message: asProblem(error).message, color: "red" }),
    );
    notifications.update({ id, ...outcome, loading: false, autoClose: OFFERED_MS / 2 });
  };
  const id = toast(
    {
      autoClose: OFFERED_MS,
      message: (
        <Group justify="space-between" wrap="nowrap" gap="sm">
          <Text size="sm" style={{ overflowWrap: "anywhere" }}>
            {message}
          </Text>
          <Button
            size="xs"
            variant="light"
            style={{ flex: "none" }}
            leftSection={<IconArrowBackUp size={15} />}
            onClick={() => void takeBack()}
          >
            Undo
          </Button>
        </Group>
      ),
    },
    "undo",
  );
  return id;
}
