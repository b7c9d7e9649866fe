"""Handing out images: the next one for whoever asks, never the same to two people.

Who is handed an image holds it for a while (``ImageHold``); an open editor renews that, leaving
it gives it back, and a hold that nobody renews ends by itself.
"""

from datetime import timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from annotator.models import UNFINISHED, Dataset, Image, ImageHold, ImageStatus
from annotator.services.turns import write_turn

HOLD_SECONDS = 600
"""Longer than an editor trusts the image that it fetched ahead."""
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
            if image is None or _hold(image, user):
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


def _hold(image: Image, user: User) -> bool:
    """Note that ``user`` has it. False when somebody else was faster."""
    now = timezone.now()
    until = now + timedelta(seconds=HOLD_SECONDS)
    ImageHold.objects.filter(image=image, until__lte=now).exclude(user_id=user.pk).delete()
    hold, _ = ImageHold.objects.get_or_create(image=image, defaults={"user": user, "until": until})
    if hold.user_id != user.pk:
        return False
    if hold.until < until:
        ImageHold.objects.filter(pk=hold.pk, user_id=user.pk).update(until=until)
    return True


def keep_hold(image: Image, user: User) -> None:
    """Renew the hold of who has the image open, or take it where it is nobody's.

    Who merely looks at a finished image does not keep it from its review. Asked with every
    heartbeat, so it writes only where half of the time is over.
    """
    half = timezone.now() + timedelta(seconds=HOLD_SECONDS / 2)
    hold = ImageHold.objects.filter(image=image).first()
    if image.is_finished and (hold is None or hold.user_id != user.pk):
        return
    if hold is None or hold.until < (half if hold.user_id == user.pk else timezone.now()):
        with write_turn(), transaction.atomic():
            _hold(image, user)


def release_hold(image: Image, user: User) -> None:
    """Give the image back."""
    ImageHold.objects.filter(image=image, user_id=user.pk).delete()
