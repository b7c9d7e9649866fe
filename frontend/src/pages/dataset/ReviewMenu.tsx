import { Button, Group, Menu, Modal, Text, Textarea } from "@mantine/core";
import { IconArrowBackUp, IconCircleCheck } from "@tabler/icons-react";
import { useState } from "react";
import { COMMENT_LENGTH } from "@/api/comments";
import type { BulkChange } from "@/api/images";
import type { SendBackReason } from "@/api/types";
import { MenuButton } from "@/components/MenuButton";
import { ReasonChecks } from "@/components/ReasonChecks";
import { plural } from "@/lib/format";

type Props = {
  count: number;
  isPending: boolean;
  onReview: (change: BulkChange, done: string) => void;
};

/** Accepting the selected images, or sending them back with one comment for all. */
export function ReviewMenu({ count, isPending, onReview }: Props) {
  const [comment, setComment] = useState<string | null>(null);
  const [reasons, setReasons] = useState<SendBackReason[]>([]);
  const text = (comment ?? "").trim();
  const canSend = text !== "" || reasons.length > 0;
  const send = () => {
    if (!canSend) return;
    onReview(
      { action: "review", verdict: "sent_back", reasons, ...(text === "" ? {} : { comment: text }) },
      "sent back",
    );
    setComment(null);
    setReasons([]);
  };
  return (
    <>
      <MenuButton label="Review" disabled={isPending}>
        <Menu.Item
          leftSection={<IconCircleCheck size={16} />}
          onClick={() => onReview({ action: "review", verdict: "accepted" }, "accepted")}
        >
          Accept
        </Menu.Item>
        <Menu.Item leftSection={<IconArrowBackUp size={16} />} onClick={() => setComment("")}>
          Send back …
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item
          onClick={() => onReview({ action: "review", verdict: "done" }, "waiting for a review again")}
        >
          Take the verdict back
        </Menu.Item>
      </MenuButton>
      <Modal
        opened={comment !== null}
        onClose={() => setComment(null)}
        title={`Send ${plural(count, "image")} back`}
      >
        <form
          onSubmit={(event) => {
            event.preventDefault();
            send();
          }}
        >
          <ReasonChecks value={reasons} onChange={setReasons} />
          <Textarea
            mt="md"
            label="Comment"
            description="About each of the images, open until somebody resolves it. Reasons alone make one."
            autosize
            minRows={3}
            maxRows={10}
            maxLength={COMMENT_LENGTH}
            value={comment ?? ""}
            onChange={(event) => setComment(event.currentTarget.value)}
          />
          <Text size="sm" c="dimmed" mt="sm">
            They go to whoever finished them, and versions leave them out until they are done again.
          </Text>
          <Group justify="flex-end" mt="lg">
            <Button variant="default" onClick={() => setComment(null)}>
              Cancel
            </Button>
            <Button type="submit" disabled={!canSend}>
              Send {plural(count, "image")} back
            </Button>
          </Group>
        </form>
      </Modal>
    </>
  );
}
