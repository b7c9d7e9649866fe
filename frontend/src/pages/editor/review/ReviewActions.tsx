import { Button, Tooltip } from "@mantine/core";
import { useKeyNames, withKey } from "../use-keys";
import type { Review } from "./use-review";

/** In the place of "Done, next", for who reviews. */
export function ReviewActions({ review, canJudge }: { review: Review; canJudge: boolean }) {
  const keyOf = useKeyNames();
  const { isBusy, accept, sendBack } = review;
  return (
    <>
      <Tooltip label={withKey("Back to who drew it, with your comments", keyOf("team.send-back"))}>
        <Button
          size="sm"
          variant="default"
          disabled={!canJudge || isBusy}
          onClick={sendBack}
          style={{ flex: "none" }}
        >
          Send back
        </Button>
      </Tooltip>
      <Tooltip label={withKey("Accept and open the next to review", keyOf("image.done"))}>
        <Button size="sm" loading={isBusy} disabled={!canJudge} onClick={accept} style={{ flex: "none" }}>
          Accept, next
        </Button>
      </Tooltip>
    </>
  );
}
