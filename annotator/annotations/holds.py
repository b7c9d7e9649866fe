"""Holds: who was handed an image keeps it for a while.

An open editor renews its hold, leaving gives it back, and one that nobody renews ends by itself.
"""

from datetime import timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from annotator.kernel.turns import write_turn
from annotator.models import Image, ImageHold

HOLD_SECONDS = 600
"""Longer than an editor trusts the image that it fetched ahead."""


def take_hold(image: Image, user: User) -> bool:
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
            take_hold(image, user)


def release_hold(image: Image, user: User) -> None:
    """Give the image back."""
    ImageHold.objects.filter(image=image, user_id=user.pk).delete()
