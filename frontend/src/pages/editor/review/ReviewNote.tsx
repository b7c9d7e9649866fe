import { IconArrowBackUp, IconClipboardCheck } from "@tabler/icons-react";
import { useReviewState } from "@/api/review";
import type { Review as ReviewState, Status, User } from "@/api/types";
import { Ago } from "@/components/Ago";
import { plural } from "@/lib/format";
import { describeReasons } from "@/lib/reasons";
import { type Editing, useSaveState } from "../use-editing";
import notices from "../notices.module.css";
import type { Review } from "./use-review";

type Props = {
  editing: Editing;
  user: number;
  review: Review;
  openComments: number;
  onComments: () => void;
};

/** Above the canvas: that an image came back, and what became of it; for a reviewer, whose work it is. */
export function ReviewNote({ editing, user, review, openComments, onComments }: Props) {
  const { isOn: isReview, isBusy, takeBack } = review;
  useSaveState(editing.saver);
  const { status } = editing.saver;
  const { data } = useReviewState(editing.image.id, isReview || status === "sent_back");
  const words = data && describeReview(data, { status, user, isReview, openComments });
  if (!words) return null;
  const Icon = status === "sent_back" ? IconArrowBackUp : IconClipboardCheck;
  return (
    <div className={notices.bar} data-status={status} role="status">
      <Icon size={16} aria-hidden />
      <span>
        {words}
        {status === "sent_back" && data.sent_back && (
          <>
            , <Ago time={data.sent_back.at} />
          </>
        )}
      </span>
      {openComments > 0 && (
        <button type="button" className={notices.button} onClick={onComments}>
          Read {openComments === 1 ? "it" : "them"}
        </button>
      )}
      {isReview && (status === "accepted" || status === "sent_back") && (
        <button type="button" className={notices.button} disabled={isBusy} onClick={takeBack}>
          Take back
        </button>
      )}
    </div>
  );
}

type Circumstances = { status: Status; user: number; isReview: boolean; openComments: number };

/** "Sent back by Ana: 2 open comments"; "Done by Ben. Sent back by you before: 2 comments resolved"; "" for nothing. */
export function describeReview(
  { finished_by, sent_back, resolved_since }: ReviewState,
  { status, user, isReview, openComments }: Circumstances,
): string {
  const name = (person: User | null): string =>
    !person ? "somebody" : person.id === user ? "you" : person.display_name || person.username;
  const open = openComments > 0 ? plural(openComments, "open comment") : "";
  if (status === "sent_back") {
    const why = describeReasons(sent_back?.reasons ?? []);
    const said = open || "every comment is resolved";
    return `Sent back by ${name(sent_back?.by ?? null)}: ${why ? `${why}; ${said}` : said}`;
  }
  if (!isReview) return "";
  if (status === "unlabelled" || status === "in_progress")
    return "Not done yet: it can be reviewed once it is";
  // What was imported finished has nobody who did it here.
  const done = finished_by ? `Done by ${name(finished_by)}` : "Done";
  const begin = status === "accepted" ? `Accepted. ${done}` : done;
  if (!sent_back) return open ? `${begin}: ${open}` : begin;
  const resolved = `${plural(resolved_since, "comment")} resolved`;
  return `${begin}. Sent back by ${name(sent_back.by)} before: ${[resolved, open].filter(Boolean).join(", ")}`;
}
