import { Avatar, Menu, Text, UnstyledButton } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { IconUserMinus, IconUserPlus } from "@tabler/icons-react";
import { useMembers } from "@/api/datasets";
import { useBulkChange } from "@/api/images";
import { invalidate, keys } from "@/api/keys";
import { asProblem } from "@/api/problem";
import type { Assignee, Role, User } from "@/api/types";
import { ErrorNotice } from "@/components/ErrorNotice";
import { toast } from "@/lib/toast";
import classes from "./assignee.module.css";
import { useKeyOf, withKey } from "./use-keys";

type Props = {
  slug: string;
  image: string;
  assignee: Assignee | null;
  user: User;
  role: Role;
  opened: boolean;
  onOpened: (opened: boolean) => void;
};

/** Who is to work on this image: take it, give it back; reviewers and team leads give it to any member. */
export function AssigneeMenu({ slug, image, assignee, user, role, opened, onOpened }: Props) {
  const client = useQueryClient();
  const assign = useBulkChange(slug);
  const members = useMembers(slug);
  const key = useKeyOf("team.assign");
  const isMine = assignee?.id === user.id;
  const mayAssign = role !== "annotator";
  const its = members.data?.find((each) => each.user.id === assignee?.id)?.user ?? assignee;
  const whose = its ? nameOf(its) : "nobody";
  const words = `Assigned to ${isMine ? "you" : whose}`;
  const refuse = (message: string): void => void toast({ color: "red", message });
  const give = (to: number | null): void =>
    assign.mutate(
      { ids: [image], change: { action: "set_assignee", assignee: to } },
      {
        onSuccess: ({ skipped }) => skipped[0] && refuse(skipped[0].reason),
        onError: (error) => refuse(asProblem(error).message),
        onSettled: () => void invalidate(client, keys.image(image)),
      },
    );
  return (
    <Menu opened={opened} onChange={onOpened} position="bottom-end" width={240} returnFocus>
      <Menu.Target>
        <UnstyledButton
          className={classes.assignee}
          title={withKey(words, key)}
          aria-label={words}
          aria-busy={assign.isPending}
        >
          <Avatar name={its ? whose : undefined} color={its ? "initials" : "gray"} size={24} aria-hidden />
          <span className={classes.name} data-nobody={!assignee}>
            {!assignee ? "Nobody" : isMine ? "You" : whose}
          </span>
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        {!isMine && (mayAssign || !assignee) && (
          <Menu.Item leftSection={<IconUserPlus size={16} />} onClick={() => give(user.id)}>
            {assignee ? `Take it from ${whose}` : "Take it"}
          </Menu.Item>
        )}
        {assignee && (isMine || mayAssign) && (
          <Menu.Item leftSection={<IconUserMinus size={16} />} onClick={() => give(null)}>
            {isMine ? "Give it back" : "Assign to nobody"}
          </Menu.Item>
        )}
        {mayAssign ? (
          <Members members={members} except={[user.id, assignee?.id]} onGive={give} />
        ) : (
          <Text size="xs" c="dimmed" px="sm" py={6}>
            {assignee && !isMine
              ? `It is ${whose}’s. A reviewer or team lead can change that.`
              : "A reviewer or team lead can give it to somebody else."}
          </Text>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}

type MembersProps = {
  members: ReturnType<typeof useMembers>;
  except: readonly (number | undefined)[];
  onGive: (to: number) => void;
};

function Members({ members: { data, error, refetch }, except, onGive }: MembersProps) {
  if (!data) return error ? <ErrorNotice error={error} onRetry={() => void refetch()} /> : null;
  const others = data.filter(({ user }) => !except.includes(user.id));
  if (others.length === 0) return null;
  return (
    <>
      <Menu.Label>Give it to</Menu.Label>
      <div className={classes.members}>
        {others.map(({ id, user }) => (
          <Menu.Item
            key={id}
            leftSection={<Avatar name={nameOf(user)} color="initials" size={22} aria-hidden />}
            onClick={() => onGive(user.id)}
          >
            {nameOf(user)}
          </Menu.Item>
        ))}
      </div>
    </>
  );
}

function nameOf({ display_name, username }: { display_name?: string; username: string }): string {
  return display_name || username;
}
