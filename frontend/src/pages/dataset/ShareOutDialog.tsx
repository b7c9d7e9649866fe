import { Button, Checkbox, Group, Modal, Stack, Text } from "@mantine/core";
import { useState } from "react";
import type { Membership } from "@/api/types";
import { ROLE_WORDS } from "@/lib/roles";

type Props = {
  opened: boolean;
  members: readonly Membership[];
  onClose: () => void;
  onShareOut: (people: number[]) => void;
};

/** To whom the selected images are dealt in equal parts. */
export function ShareOutDialog({ opened, members, onClose, onShareOut }: Props) {
  const [chosen, setChosen] = useState<string[]>([]);
  const people = members.map(({ user }) => user.id).filter((id) => chosen.includes(String(id)));
  return (
    <Modal opened={opened} onClose={onClose} title="Share the images out">
      <Stack gap="md">
        <Checkbox.Group
          label="To"
          description="In turn, so that each has as many as the others. What one of them has already stays with them, and counts."
          value={chosen}
          onChange={setChosen}
        >
          <Stack gap="xs" mt="sm" mah={320} style={{ overflowY: "auto" }}>
            {members.map(({ user, role }) => (
              <Checkbox
                key={user.id}
                value={String(user.id)}
                label={
                  <Text size="sm" style={{ overflowWrap: "anywhere" }}>
                    {user.display_name || user.username}{" "}
                    <Text span size="xs" c="dimmed">
                      {ROLE_WORDS[role]}
                    </Text>
                  </Text>
                }
              />
            ))}
          </Stack>
        </Checkbox.Group>
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button
            disabled={people.length === 0}
            onClick={() => {
              onShareOut(people);
              onClose();
            }}
          >
            Share out
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
