import { Button, Loader } from "@mantine/core";
import { IconPlus } from "@tabler/icons-react";
import { useState } from "react";
import { useAddComment } from "@/api/comments";
import type { Comment, DatasetClass, Role, User } from "@/api/types";
import type { Editor } from "@/canvas/editor/editor";
import { ErrorNotice } from "@/components/ErrorNotice";
import type { Review } from "../review/use-review";
import { SidePanel } from "../SidePanel";
import side from "../side.module.css";
import { useEditorState } from "../use-editing";
import { CommentForm } from "./CommentForm";
import { CommentItem } from "./CommentItem";
import { numberOf } from "./CommentPins";
import classes from "./comments.module.css";
import { describeSubject, isOpen } from "./place";
import type { CommentDraft } from "./drafts";
import type { Commenting } from "./use-commenting";

type Props = {
  image: string;
  editor: Editor;
  commenting: Commenting;
  review: Pick<Review, "isSendingBack" | "commented">;
  user: User;
  role: Role;
  classNames: ReadonlyMap<number, DatasetClass>;
  onClose: () => void;
};

/** What people say about this image: open comments, then those that were resolved. */
export function CommentsPanel(props: Props) {
  const { image, commenting, onClose } = props;
  const { comments, draft, isPlacing } = commenting;
  return (
    <SidePanel
      title="Comments"
      onClose={onClose}
      actions={
        <Button
          size="compact-sm"
          variant="light"
          leftSection={<IconPlus size={15} />}
          disabled={draft !== null || isPlacing}
          onClick={() => commenting.setPlacing(true)}
        >
          Add
        </Button>
      }
    >
      {draft && <Compose key={image} {...props} draft={draft} />}
      <div className={side.list}>
        {comments ? (
          <CommentList key={image} {...props} comments={comments} />
        ) : commenting.error ? (
          <ErrorNotice error={commenting.error} onRetry={commenting.retry} />
        ) : (
          <p className={side.empty}>
            <Loader size={16} role="status" aria-label="Loading" />
          </p>
        )}
      </div>
    </SidePanel>
  );
}

function Compose({ image, editor, commenting, review, classNames, draft }: Props & { draft: CommentDraft }) {
  const { document } = useEditorState(editor);
  const add = useAddComment(image);
  return (
    <div className={classes.compose}>
      <CommentForm
        label="New comment"
        subject={describeSubject(draft.place, document, classNames)}
        text={draft.text}
        onText={commenting.write}
        sendLabel={review.isSendingBack ? "Send back" : "Comment"}
        isSending={add.isPending}
        error={add.error}
        onSend={() =>
          add.mutate(
            { ...draft.place, text: draft.text.trim() },
            {
              onSuccess: ({ id }) => {
                commenting.endDraft();
                review.commented();
                commenting.select(id);
              },
            },
          )
        }
        onCancel={commenting.endDraft}
      />
    </div>
  );
}

type ListProps = Props & { comments: readonly Comment[] };

function CommentList({ comments, editor, commenting, classNames, user, role }: ListProps) {
  const { document } = useEditorState(editor);
  const [showsResolved, setShowsResolved] = useState(false);
  const { selected } = commenting;
  const open = comments.filter(isOpen);
  const resolved = comments.filter((comment) => !isOpen(comment));
  const isResolvedShown = showsResolved || resolved.some(({ id }) => id === selected);
  const item = (comment: Comment) => (
    <CommentItem
      key={comment.id}
      comment={comment}
      number={numberOf(comments, comment)}
      subject={describeSubject(comment, document, classNames)}
      user={user}
      role={role}
      isSelected={comment.id === selected}
      onSelect={() => commenting.select(comment.id, true)}
    />
  );
  return (
    <>
      {open.length === 0 && (
        <p className={side.empty}>
          {resolved.length > 0
            ? "Nothing is open here."
            : "Nobody has said anything about this image. Add pins a comment to a place, an object, or the whole image."}
        </p>
      )}
      <ul>{open.map(item)}</ul>
      {resolved.length > 0 && (
        <Button
          variant="subtle"
          color="gray"
          size="compact-sm"
          mt="xs"
          aria-expanded={isResolvedShown}
          onClick={() => {
            if (resolved.some(({ id }) => id === selected)) commenting.select(null);
            setShowsResolved(!isResolvedShown);
          }}
        >
          {isResolvedShown ? "Hide resolved" : `Show ${resolved.length} resolved`}
        </Button>
      )}
      {isResolvedShown && <ul>{resolved.map(item)}</ul>}
    </>
  );
}
