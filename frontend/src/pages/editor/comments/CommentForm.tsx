import { Button, Group, Text } from "@mantine/core";
import { useParams } from "react-router";
import { COMMENT_LENGTH } from "@/api/comments";
import { ErrorNotice } from "@/components/ErrorNotice";
import { MentionField } from "@/components/MentionField";

type Props = {
  label: string;
  /** What it is about, under the field; "" for nothing to say. */
  subject?: string;
  text: string;
  onText: (text: string) => void;
  sendLabel: string;
  isSending: boolean;
  error: unknown;
  onSend: () => void;
  onCancel: () => void;
};

/** Writing or changing a comment. What is written stays until the server has it. */
export function CommentForm(props: Props) {
  const { label, subject, text, onText, sendLabel, isSending, error, onSend, onCancel } = props;
  const { slug = "" } = useParams();
  const canSend = text.trim() !== "" && !isSending;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (canSend) onSend();
      }}
    >
      <MentionField
        dataset={slug}
        aria-label={label}
        placeholder="What should the others know? @name calls somebody."
        // The person has just asked to write here.
        // eslint-disable-next-line jsx-a11y/no-autofocus
        autoFocus
        onFocus={({ currentTarget }) => currentTarget.setSelectionRange(text.length, text.length)}
        rows={4}
        resize="vertical"
        maxLength={COMMENT_LENGTH}
        value={text}
        onText={onText}
        onKeyDown={(event) => {
          if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
            event.preventDefault();
            if (canSend) onSend();
          } else if (event.key === "Escape") {
            // Not the panel with it.
            event.preventDefault();
            event.stopPropagation();
            onCancel();
          }
        }}
      />
      {error != null && <ErrorNotice error={error} />}
      <Group justify="space-between" mt={8} gap="xs" wrap="nowrap">
        <Text size="xs" c="dimmed" truncate>
          {subject}
        </Text>
        <Group gap={6} wrap="nowrap">
          <Button size="compact-sm" variant="default" onClick={onCancel}>
            Cancel
          </Button>
          <Button size="compact-sm" type="submit" disabled={!canSend} loading={isSending}>
            {sendLabel}
          </Button>
        </Group>
      </Group>
    </form>
  );
}
