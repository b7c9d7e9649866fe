import { Menu, ScrollArea, Text } from "@mantine/core";
import { useState } from "react";
import type { Membership, Role } from "@/api/types";
import { MenuButton } from "@/components/MenuButton";
import { PersonMark } from "@/components/PersonMark";
import { plural } from "@/lib/format";
import { may, ROLE_WORDS } from "@/lib/roles";
import { ShareOutDialog } from "./ShareOutDialog";

type AssignProps = {
  role: Role;
  members: readonly Membership[];
  myId: number | undefined;
  /** `done` says what became of the images. */
  onAssign: (assignee: number | null, done: string) => void;
  /** Where absent, they are not shared out. */
  onShareOut?: (assignees: number[], done: string) => void;
  /** Asks who draws them a second time. Where absent, nobody does. */
  onGiveOut?: () => void;
};

/** Whose work the selected images are: an annotator takes and gives back, others give to any member. */
export function AssignMenu({ role, members, myId, onAssign, onShareOut, onGiveOut }: AssignProps) {
  const [sharing, setSharing] = useState(false);
  const others = may(role, "assign") ? members.filter(({ user }) => user.id !== myId) : [];
  return (
    <>
      <MenuButton label="Assign to" width={240}>
        <ScrollArea.Autosize mah={320} type="auto">
          {myId !== undefined && <Menu.Item onClick={() => onAssign(myId, "assigned to you")}>Me</Menu.Item>}
          <Menu.Item onClick={() => onAssign(null, "assigned to nobody")}>
            {may(role, "assign") ? "Nobody" : "Nobody (give back)"}
          </Menu.Item>
          {onShareOut && may(role, "assign") && members.length > 1 && (
            <Menu.Item onClick={() => setSharing(true)}>Share out …</Menu.Item>
          )}
          {onGiveOut && may(role, "review") && (
            <Menu.Item onClick={onGiveOut}>Have drawn twice by …</Menu.Item>
          )}
          {others.length > 0 && <Menu.Divider />}
          {others.map(({ user, role: theirs }) => {
            const name = user.display_name || user.username;
            return (
              <Menu.Item
                key={user.id}
                leftSection={<PersonMark name={user.username} size={22} />}
                onClick={() => onAssign(user.id, `assigned to ${name}`)}
              >
                <Text size="sm" truncate maw={170} title={name}>
                  {name}
                </Text>
                <Text size="xs" c="dimmed">
                  {ROLE_WORDS[theirs]}
                </Text>
              </Menu.Item>
            );
          })}
        </ScrollArea.Autosize>
      </MenuButton>
      <ShareOutDialog
        opened={sharing}
        members={members}
        onClose={() => setSharing(false)}
        onShareOut={(people) =>
          onShareOut?.(people, `shared out to ${plural(people.length, "person", "people")}`)
        }
      />
    </>
  );
}
