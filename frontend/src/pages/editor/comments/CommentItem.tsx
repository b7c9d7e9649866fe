import { ActionIcon, Button, Group, Menu, Text } from "@mantine/core";
import { IconCheck, IconDots, IconPencil, IconTrash } from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";
import { useChangeComment, useDeleteComment } from "@/api/comments";
import type { Comment, Role, User } from "@/api/types";
import { Ago } from "@/components/Ago";
import { ConfirmDialog } from "@/components/ConfirmDialog";
import { ErrorNotice } from "@/components/ErrorNotice";
import { CommentForm } from "./CommentForm";
import classes from "./comments.module.css";
import { isOpen } from "./place";

type Props = {
  comment: Comment;
  number: number;
  /** What it is about besides its place. */
  subject: string;
  user: User;
  role: Role;
  isSelected: boolean;
  onSelect: () => void;
};

/** One comment: read, answered by resolving it, changed by its author, deleted by its author or a team lead. */
export function CommentItem({ comment, number, subject, user, role, isSelected, onSelect }: Props) {
  const change = useChangeComment(comment.image);
  const remove = useDeleteComment(comment.image);
  const [text, setText] = useState<string | null>(null);
  const [asksDelete, setAsksDelete] = useState(false);
  const ref = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (isSelected) ref.current?.scrollIntoView({ block: "nearest" });
  }, [isSelected]);

  const { id, author, resolved_by } = comment;
  const isMine = author?.id === user.id;
  const name = isMine ? "You" : nameOf(author);
  const isResolved = !isOpen(comment);
  return (
    <li ref={ref} className={classes.comment} data-selected={isSelected}>
      <button type="button" className={classes.read} aria-current={isSelected} onClick={onSelect}>
        <span className={classes.number} data-resolved={isResolved}>
          {isResolved ? <IconCheck size={13} stroke={3} aria-label="Resolved" /> : number}
        </span>
        <span className={classes.author}>{name}</span>
        <span className={classes.meta}>
          <Ago time={comment.created_at} />
        </span>
        {text === null && <span className={classes.text}>{comment.text}</span>}
      </button>
      <div className={classes.below}>
        {text !== null ? (
          <CommentForm
            label="Change your comment"
            text={text}
            onText={setText}
            sendLabel="Save"
            isSending={change.isPending}
            error={change.error}
            onSend={() => change.mutate({ id, text: text.trim() }, { onSuccess: () => setText(null) })}
            onCancel={() => setText(null)}
          />
        ) : (
          <Group justify="space-between" gap="xs" wrap="nowrap">
            <Text size="xs" c="dimmed" truncate>
              {isResolved
                ? `Resolved by ${resolved_by?.id === user.id ? "you" : nameOf(resolved_by)}`
                : subject}
            </Text>
            <Group gap={2} wrap="nowrap">
              <Button
                size="compact-xs"
                variant="subtle"
                loading={change.isPending}
                aria-label={`${isResolved ? "Open again" : "Resolve"} comment ${number}`}
                onClick={() => change.mutate({ id, resolved: !isResolved })}
              >
                {isResolved ? "Open again" : "Resolve"}
              </Button>
              {(isMine || role === "lead") && (
                <Menu position="bottom-end" withinPortal>
                  <Menu.Target>
                    <ActionIcon
                      variant="subtle"
                      color="gray"
                      size="sm"
                      aria-label={`More about comment ${number}`}
                    >
                      <IconDots size={16} />
                    </ActionIcon>
                  </Menu.Target>
                  <Menu.Dropdown>
                    {isMine && (
                      <Menu.Item leftSection={<IconPencil size={16} />} onClick={() => setText(comment.text)}>
                        Edit
                      </Menu.Item>
                    )}
                    <Menu.Item
                      color="red"
                      leftSection={<IconTrash size={16} />}
                      onClick={() => setAsksDelete(true)}
                    >
                      Delete
                    </Menu.Item>
                  </Menu.Dropdown>
                </Menu>
              )}
            </Group>
          </Group>
        )}
        {text === null && change.error && <ErrorNotice error={change.error} />}
      </div>
      <ConfirmDialog
        opened={asksDelete}
        onClose={() => setAsksDelete(false)}
        title="Delete the comment?"
        consequences={[
          "It is gone for everybody, and cannot be brought back. Resolved comments stay readable.",
        ]}
        confirmLabel="Delete"
        onConfirm={() => remove.mutate(id, { onSuccess: () => setAsksDelete(false) })}
        pending={remove.isPending}
        error={remove.error}
      />
    </li>
  );
}

function nameOf(user: User | null): string {
  return user ? user.display_name || user.username : "Somebody";
}
