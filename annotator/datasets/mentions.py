"""Members who are called on in comments: ``@username``."""

import re
from collections.abc import Iterable

from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.utils import timezone

from annotator.models import Comment, Image, Mention

_CALL = re.compile(r"(?<![\w.@+-])@([\w.@+-]+)")
"""What Django lets a username be made of. An address like ``ana@example.org`` calls nobody."""
_END_OF_SENTENCE = ".-+@"


def find_mentioned(text: str, usernames: Iterable[str]) -> set[str]:
    """Return those of ``usernames`` that ``text`` calls on, whatever their case.

    A username may end like a sentence does: “@ana.” is the user “ana.” where there is one, else
    “ana”.
    """
    known = {name.lower(): name for name in usernames}
    called = (call.lower() for call in _CALL.findall(text))
    found = (known.get(call) or known.get(call.rstrip(_END_OF_SENTENCE)) for call in called)
    return {name for name in found if name}


def keep_mentions(comment: Comment) -> None:
    """Bring the mentions of a comment into step with its text, in the transaction of the change.

    Only members are mentioned, and nobody by themselves. Who was mentioned before and is still
    keeps the row: what was read stays read.
    """
    members = dict(comment.image.dataset.memberships.values_list("user__username", "user_id"))
    wanted = {members[name] for name in find_mentioned(comment.text, members)}
    wanted.discard(comment.author_id or 0)
    rows = Mention.objects.filter(comment=comment)
    rows.exclude(user_id__in=wanted).delete()
    new = wanted - set(rows.values_list("user_id", flat=True))
    Mention.objects.bulk_create([Mention(comment=comment, user_id=user_id) for user_id in new])


def unread_mentions_of(user: User) -> QuerySet[Mention]:
    """Return what ``user`` was mentioned in and has not seen, where they are a member still."""
    rows = Mention.objects.filter(
        user_id=user.pk,
        read_at__isnull=True,
        comment__image__deleted_at__isnull=True,
        comment__image__dataset__deleted_at__isnull=True,
        comment__image__dataset__memberships__user_id=user.pk,
    )
    return rows.select_related("comment__author", "comment__image__dataset")


def mark_read(image: Image, user: User) -> int:
    """Note that ``user`` has seen where an image mentions them. Returns how many were new."""
    rows = Mention.objects.filter(comment__image=image, user_id=user.pk, read_at__isnull=True)
    return rows.update(read_at=timezone.now())
