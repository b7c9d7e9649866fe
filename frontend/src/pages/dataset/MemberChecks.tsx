import { Checkbox, Stack, Text } from "@mantine/core";
import type { Membership } from "@/api/types";
import { ROLE_WORDS } from "@/lib/roles";

type Props = {
  label: string;
  description: string;
  members: readonly Membership[];
  /** Ids of users. */
  value: readonly number[];
  onChange: (people: number[]) => void;
};

/** Some of the members, with their roles; in the order of the list, however they were ticked. */
export function MemberChecks({ label, description, members, value, onChange }: Props) {
  return (
    <Checkbox.Group
      label={label}
      description={description}
      value={value.map(String)}
      onChange={(chosen) =>
        onChange(members.map(({ user }) => user.id).filter((id) => chosen.includes(String(id))))
      }
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
  );
}
