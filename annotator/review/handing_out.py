"""Handing out images: the next one for whoever asks, never the same to two people.

Who is handed an image holds it for a while (``ImageHold``); an open editor renews that, leaving
it gives it back, and a hold that nobody renews ends by itself.
"""

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from annotator.annotations.holds import take_hold
from annotator.kernel.turns import write_turn
from annotator.models import UNFINISHED, Dataset, Image, ImageHold, ImageStatus

MOST_TRIES = 100
PURPOSES = ("annotate", "review")


def hand_out(
    dataset: Dataset, *, user: User, purpose: str = "annotate", after: Image | None = None
) -> Image | None:
    """Give ``user`` the next image to draw in, or to review, and hold it; None when none is left.

    To draw in: what is assigned to ``user``, then what is nobody's; in each, what was sent back
    first. To review: what was sent back before first, and one's own work last. In the order of
    stems behind ``after``, from the start if need be.
    """
    with write_turn(), transaction.atomic():
        free = dataset.images.select_related("assignee").filter(~_held_by_others(user))
        groups = _to_review(free, user) if purpose == "review" else _to_draw(free, user)
        for _ in range(MOST_TRIES):  # lost only to who asks at the very same moment
            image = next((found for rows in groups if (found := _first(rows, after))), None)
            if image is None or take_hold(image, user):
                return image
        return None


def _held_by_others(user: User) -> Exists:
    holds = ImageHold.objects.filter(image=OuterRef("pk"), until__gt=timezone.now())
    return Exists(holds.exclude(user_id=user.pk))


def _to_draw(rows: QuerySet[Image], user: User) -> list[QuerySet[Image]]:
    back, *others = UNFINISHED
    return [
        rows.filter(assignee_id=assignee_id, status__in=statuses)
        for assignee_id in (user.pk, None)
        for statuses in ([back], others)
    ]


def _to_review(rows: QuerySet[Image], user: User) -> list[QuerySet[Image]]:
    done = rows.filter(status=ImageStatus.DONE)
    theirs = done.filter(~Q(finished_by_id=user.pk) | Q(finished_by__isnull=True))
    return [theirs.filter(sent_back_count__gt=0), theirs, done]


def _first(rows: QuerySet[Image], after: Image | None) -> Image | None:
    rows = rows.order_by("stem")
    if after is None:
        return rows.first()
    return rows.filter(stem__gt=after.stem).first() or rows.filter(stem__lt=after.stem).first()
