"""Reviewing: finished images are accepted, or sent back with what is to be done.

The states and who moves them: ``models.images.ImageStatus``. Every verdict is a revision of the
image's history and can be taken back.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import TypedDict

from django.contrib.auth.models import User
from django.db import transaction

from annotator.annotations.comments import CommentData, add_comment
from annotator.annotations.difference import Save
from annotator.folder.saving import carry_out
from annotator.kernel.errors import ConflictError, ServiceError
from annotator.kernel.turns import write_turn
from annotator.models import (
    AnnotationRevision,
    Comment,
    Image,
    ImageStatus,
    Membership,
    SendBackReason,
)

VERDICTS = (ImageStatus.ACCEPTED, ImageStatus.SENT_BACK, ImageStatus.DONE)
"""``done`` takes a verdict back."""
JUDGEABLE = (ImageStatus.DONE, ImageStatus.ACCEPTED, ImageStatus.SENT_BACK)


class SentBack(TypedDict):
    by: User | None
    at: datetime
    revision: int
    reasons: list[str]


class ReviewState(TypedDict):
    finished_by: User | None
    sent_back: SentBack | None
    resolved_since: int


def give_verdict(
    image: Image,
    *,
    base_revision: int,
    verdict: str,
    author: User,
    comment: CommentData | None = None,
    reasons: Sequence[str] = (),
) -> Image:
    """Accept what was seen at ``base_revision``, send it back, or take such a verdict back.

    What is sent back leaves the live folder, has an open comment at least (``reasons`` alone make
    one), and is assigned to whoever finished it where it is nobody's. Repeatable. Raises
    ConflictError for an image that is
    not finished, StaleRevisionError for one that was changed since it was seen.
    """
    if reasons and verdict != ImageStatus.SENT_BACK:
        raise ServiceError("Only what is sent back has reasons.", code="reasons_misplaced")
    with write_turn(), transaction.atomic():
        if comment is None and reasons and not image.open_comments:
            comment = {"text": describe_reasons(reasons)}
        if comment is not None and not _is_said(image, comment, author):
            add_comment(image, comment, author=author)
        locked = Image.objects.select_for_update(of=("self",)).get(pk=image.pk)
        _check(locked, verdict)
        if verdict == ImageStatus.DONE and (last := _last_sent_back(locked)) is not None:
            reasons = split_reasons(last.reasons)
        save = Save(base_revision=base_revision, author=author, status=verdict, is_verdict=True)
        saved = carry_out(image.pk, save)
        _keep_reasons(saved, reasons)
        if verdict == ImageStatus.SENT_BACK:
            _give_to_finisher(saved)
    return saved


def describe_reasons(reasons: Sequence[str]) -> str:
    """ "Objects are missing; an outline is loose." """
    words = "; ".join(str(SendBackReason(reason).label) for reason in dict.fromkeys(reasons))
    return f"{words[:1].upper()}{words[1:]}."


def split_reasons(stored: str) -> list[str]:
    """The reasons of ``AnnotationRevision.reasons``."""
    return stored.split(",") if stored else []


def _keep_reasons(image: Image, reasons: Sequence[str]) -> None:
    """Note them at the verdict that was stored: what sent it back, or takes that back."""
    if reasons:
        verdict = AnnotationRevision.objects.filter(image=image, number=image.revision)
        verdict.update(reasons=",".join(dict.fromkeys(reasons)))


def _check(image: Image, verdict: str) -> None:
    if image.status not in JUDGEABLE:
        raise ConflictError(
            f"“{image.file_name}” is not done yet: it can be reviewed once it is.",
            code="not_finished",
        )
    if verdict == ImageStatus.SENT_BACK and image.open_comments == 0:
        raise ServiceError(
            "Say what is to be done: an image is sent back with a reason or an open comment.",
            code="comment_missing",
        )


def _is_said(image: Image, comment: CommentData, author: User) -> bool:
    """Whether the answer to the same request was lost."""
    said = image.comments.filter(author_id=author.pk, resolved_at__isnull=True)
    return said.filter(**{"x": None, "y": None, "instance_id": None, **comment}).exists()


def _give_to_finisher(image: Image) -> None:
    worker = image.finished_by_id
    if worker is None or image.assignee_id is not None:
        return
    if Membership.objects.filter(dataset_id=image.dataset_id, user_id=worker).exists():
        Image.objects.filter(pk=image.pk, assignee__isnull=True).update(assignee_id=worker)
        image.assignee_id = worker


def read_review(image: Image) -> ReviewState:
    """Tell who finished an image, who sent it back last, and what was resolved since."""
    last = _last_sent_back(image) if image.sent_back_count else None
    if last is None:
        return {"finished_by": image.finished_by, "sent_back": None, "resolved_since": 0}
    resolved = Comment.objects.filter(image=image, resolved_at__gte=last.created_at)
    return {
        "finished_by": image.finished_by,
        "sent_back": {
            "by": last.author,
            "at": last.created_at,
            "revision": last.number,
            "reasons": split_reasons(last.reasons),
        },
        "resolved_since": resolved.count(),
    }


def _last_sent_back(image: Image) -> AnnotationRevision | None:
    rows = AnnotationRevision.objects.filter(image=image, status=ImageStatus.SENT_BACK)
    verdicts = rows.exclude(status_before=ImageStatus.SENT_BACK).select_related("author")
    return verdicts.defer("put", "order", "deleted").first()
