"""Who is to work on which image."""

from collections import Counter
from collections.abc import Sequence
from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import Count, Q, QuerySet

from annotator.datasets.members import check_member, no_member
from annotator.kernel.errors import NotAllowedError
from annotator.kernel.events import publish_event
from annotator.kernel.trash_time import Skipped
from annotator.kernel.turns import write_in_turns
from annotator.models import FINISHED, Dataset, Image, ImageStatus, Role


def assign_images(
    dataset: Dataset,
    ids: Sequence[UUID],
    *,
    assignee_id: int | None,
    actor: User,
    role: Role,
) -> tuple[int, list[Skipped]]:
    """Give images to a member (None: to nobody). Returns how many, and what was skipped and why.

    What is finished already is assigned too: it comes back to the assignee if it is sent back.

    An annotator may only take what nobody has and give back his own. Raises ServiceError for
    somebody who is no member, NotAllowedError for an annotator who assigns others.
    """
    check_assignees(dataset, assignee_id, actor, role)
    may_change = Q()
    if role == Role.ANNOTATOR:
        may_change = Q(assignee__isnull=True) | Q(assignee_id=actor.pk)
    found: dict[UUID, str | None] = {}
    free: set[UUID] = set()

    def assign(batch: Sequence[UUID]) -> int:
        rows = dataset.images.filter(pk__in=batch).order_by()
        found.update(rows.values_list("pk", "assignee__username"))
        allowed = rows.filter(may_change).order_by("pk").select_for_update()
        chosen = list(allowed.values_list("pk", flat=True))
        free.update(chosen)
        return dataset.images.filter(pk__in=chosen).update(assignee_id=assignee_id)

    changed = write_in_turns(list(dict.fromkeys(ids)), assign)
    publish_event("images.changed", dataset=dataset)
    skipped: list[Skipped] = []
    for image_id in ids:
        if image_id not in found:
            skipped.append({"id": str(image_id), "reason": "It is not in this dataset any more."})
        elif image_id not in free:
            reason = (
                f"It is assigned to “{found[image_id]}”; a reviewer or team lead can change that."
            )
            skipped.append({"id": str(image_id), "reason": reason})
    return changed, skipped


def deal(
    dataset: Dataset, had: Sequence[tuple[UUID, int | None]], wanted: Sequence[int]
) -> dict[int, list[UUID]]:
    """Deal images to members in turn, so that each ends up with as many of them as the others.

    ``had``: the images and who has each now; what one of ``wanted`` has stays with them and
    counts. The same call deals in the same way: images in their order, people in the order given.
    Raises ServiceError for somebody who is no member.
    """
    known = set(dataset.memberships.filter(user_id__in=wanted).values_list("user_id", flat=True))
    for user_id in wanted:
        if user_id not in known:
            raise no_member(dataset, user_id)
    shares = dict.fromkeys(wanted, 0)
    dealt: dict[int, list[UUID]] = {user_id: [] for user_id in wanted}
    for _, assignee_id in had:
        if assignee_id in shares:
            shares[assignee_id] += 1
    for image_id, assignee_id in had:
        if assignee_id in shares:
            continue
        poorest = min(wanted, key=shares.__getitem__)
        shares[poorest] += 1
        dealt[poorest].append(image_id)
    return dealt


def check_assignees(dataset: Dataset, assignee_id: int | None, actor: User, role: Role) -> None:
    """Raise as :func:`assign_images` does for somebody to whom ``actor`` may not assign."""
    if assignee_id is None:
        return
    if role == Role.ANNOTATOR and assignee_id != actor.pk:
        raise NotAllowedError(
            "As an annotator you can take images yourself; "
            "to assign others needs a reviewer or a team lead."
        )
    check_member(dataset, assignee_id)


def count_finished(dataset: Dataset, ids: Sequence[UUID]) -> int:
    """How many of these images are finished: nobody has to draw in them now."""
    return dataset.images.filter(pk__in=list(ids), status__in=FINISHED).count()


def list_assigned_to(user: User, *, limit: int = 50) -> list[Image]:
    """Return the images that ``user`` is to draw in, in order; what was sent back apart."""
    rows = _assigned_to(user).exclude(status=ImageStatus.SENT_BACK)
    related = rows.select_related("dataset", "assignee")
    return list(related.order_by("dataset__name", "stem")[:limit])


def list_sent_back_to(user: User, *, limit: int = 50) -> list[Image]:
    """Return the images that came back to ``user``, the longest waiting first."""
    rows = _assigned_to(user).filter(status=ImageStatus.SENT_BACK)
    return list(rows.select_related("dataset", "assignee").order_by("updated_at")[:limit])


def count_assigned_to(user: User) -> Counter[int]:
    """Return ``{dataset id: images}`` of both, however many there are."""
    rows = _assigned_to(user).order_by().values_list("dataset_id")
    return Counter(dict(rows.annotate(n=Count("pk"))))


def _assigned_to(user: User) -> QuerySet[Image]:
    return Image.objects.filter(
        assignee_id=user.pk,
        dataset__deleted_at__isnull=True,
        dataset__memberships__user_id=user.pk,
    ).exclude(status__in=FINISHED)
