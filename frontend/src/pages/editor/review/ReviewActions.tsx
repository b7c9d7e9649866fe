import { Button, Group, Popover, Stack, Tooltip } from "@mantine/core";
import { ReasonChecks } from "@/components/ReasonChecks";
import { useKeyNames, withKey } from "../use-keys";
import type { Review } from "./use-review";

/** In the place of "Done, next", for who reviews. */
export function ReviewActions({ review, canJudge }: { review: Review; canJudge: boolean }) {
  const keyOf = useKeyNames();
  const { isBusy, accept, sendBack } = review;
  return (
    <>
      <Tooltip label={withKey("Back to who drew it, with your comments", keyOf("team.send-back"))}>
        <Popover
          opened={review.isAsking}
          onDismiss={review.stopAsking}
          trapFocus
          withArrow
          shadow="md"
          width={340}
        >
          <Popover.Target>
            <Button
              size="sm"
              variant="default"
              disabled={!canJudge || isBusy}
              onClick={sendBack}
              style={{ flex: "none" }}
            >
              Send back
            </Button>
          </Popover.Target>
          <Popover.Dropdown aria-label="Send back">
            <Reasons review={review} />
          </Popover.Dropdown>
        </Popover>
      </Tooltip>
      <Tooltip label={withKey("Accept and open the next to review", keyOf("image.done"))}>
        <Button size="sm" loading={isBusy} disabled={!canJudge} onClick={accept} style={{ flex: "none" }}>
          Accept, next
        </Button>
      </Tooltip>
    </>
  );
}

/** What is wrong: ticked, or said in a comment at the place. */
function Reasons({ review }: { review: Review }) {
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (review.canSend) review.send();
      }}
    >
      <Stack gap="md">
        <ReasonChecks value={review.reasons} onChange={review.setReasons} />
        <Group justify="flex-end" gap="xs">
          <Button size="xs" variant="default" onClick={review.comment}>
            Pin a comment …
          </Button>
          <Button size="xs" type="submit" disabled={!review.canSend}>
            Send it back
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
