import { Button, Group, Modal, Stack } from "@mantine/core";
import { useState } from "react";
import type { Membership } from "@/api/types";
import { MemberChecks } from "./MemberChecks";

type Props = {
  opened: boolean;
  members: readonly Membership[];
  onClose: () => void;
  onShareOut: (people: number[]) => void;
};

/** To whom the selected images are dealt in equal parts. */
export function ShareOutDialog({ opened, members, onClose, onShareOut }: Props) {
  const [people, setPeople] = useState<number[]>([]);
  return (
    <Modal opened={opened} onClose={onClose} title="Share the images out">
      <Stack gap="md">
        <MemberChecks
          label="To"
          description="In turn, so that each has as many as the others. What one of them has already stays with them, and counts."
          members={members}
          value={people}
          onChange={setPeople}
        />
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
