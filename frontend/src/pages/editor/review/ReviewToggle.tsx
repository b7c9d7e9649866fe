import { ActionIcon, Tooltip } from "@mantine/core";
import { IconClipboardCheck } from "@tabler/icons-react";
import { useSearch } from "@/lib/search";
import { writeReview } from "./address";

/** Between reviewing and drawing: what the button at the right does, and which image comes next. */
export function ReviewToggle({ isReview }: { isReview: boolean }) {
  const [, setSearch] = useSearch();
  return (
    <Tooltip label={isReview ? "Stop reviewing" : "Review: accept images or send them back"}>
      <ActionIcon
        variant={isReview ? "light" : "subtle"}
        color={isReview ? undefined : "gray"}
        size={32}
        aria-label="Review"
        aria-pressed={isReview}
        onClick={() =>
          setSearch((current) => new URLSearchParams(writeReview(current.toString(), !isReview)), {
            replace: true,
          })
        }
      >
        <IconClipboardCheck size={19} />
      </ActionIcon>
    </Tooltip>
  );
}
