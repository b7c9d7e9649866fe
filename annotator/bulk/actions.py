"""What a bulk change does: which images it chooses, and what becomes of each."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import starmap
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from django.contrib.auth.models import User
from django.db import transaction
from django.http import Http404

from annotator.folder import changing
from annotator.images.findings.looking import refresh
from annotator.images.listing import filter_images
from annotator.images.tags import tag_images
from annotator.kernel.errors import ServiceError
from annotator.models import BulkAction, BulkChange, BulkItem, Dataset, Image, ImageStatus, Role
from annotator.permissions import LEADS, MEMBERS, REVIEWERS, check_role
from annotator.review.assignment import assign_images, check_assignees, deal
from annotator.review.ground_truth import set_ground_truth
from annotator.review.verdicts import give_verdict

from .classes import change_class, delete_objects_of, list_images_of_class, retire_class
from .repairs import plan_repair, repair_image
from .simplifying import simplify_image
from .splits import plan_split
from .splitting_off import list_images_to_split, split_off
from .undoing import list_to_undo, undo_image

ROLES = {
    BulkAction.SET_STATUS: MEMBERS,
    BulkAction.SET_ASSIGNEE: MEMBERS,
    BulkAction.ADD_TAG: MEMBERS,
    BulkAction.REMOVE_TAG: MEMBERS,
    BulkAction.SHARE_OUT: REVIEWERS,
    BulkAction.REVIEW: REVIEWERS,
}
"""Who may; all others are for team leads."""

GONE = "It is not in this dataset any more."

SPLITTING = (BulkAction.SET_SPLIT, BulkAction.SPLIT_AGAIN, BulkAction.GATHER)
REPAIRING = (BulkAction.REPAIR, BulkAction.GATHER)
ASSIGNING = (BulkAction.SET_ASSIGNEE, BulkAction.SHARE_OUT)
TAGGING = (BulkAction.ADD_TAG, BulkAction.REMOVE_TAG)
AT_ONE_STROKE = (*SPLITTING, *ASSIGNING, *TAGGING)
"""These are done by one statement for many images; each image of the others takes several."""


class Actor(NamedTuple):
    user: User
    role: Role


class Planned(NamedTuple):
    """An image that is to be changed; ``value``: what it gets, where each gets its own."""

    image_id: UUID
    value: str = ""


class Outcome(NamedTuple):
    """``reason``: why an image was left as it is; None: it was changed."""

    reason: str | None
    file_name: str = ""


class OtherAction(NamedTuple):
    """What another room does to many images.

    ``change`` is called in a transaction of the image's own, and returns its file name; a
    ServiceError in it says why the image stays as it is.
    """

    plan: Callable[[BulkChange, User], Iterable[Planned]]
    change: Callable[[BulkChange, UUID, str, User], str]
    describe: Callable[[BulkChange], str]


OTHER_ACTIONS: dict[str, OtherAction] = {}
"""Filled when the applications are set up."""


def roles_for(action: str) -> frozenset[Role]:
    return ROLES.get(BulkAction(action), LEADS)


def read_actor(job: BulkChange) -> Actor:
    """Return who asked, if they still may. Raises Http404 or PermissionDenied."""
    user = job.created_by
    if user is None:
        raise Http404
    return Actor(user, check_role(user, job.dataset, roles_for(job.action)))


# --- which images ----------------------------------------------------------------------------


def plan(job: BulkChange, actor: Actor) -> Iterable[Planned]:
    """Yield the images to change, in the order in which they are changed."""
    if (other := OTHER_ACTIONS.get(job.action)) is not None:
        yield from other.plan(job, actor.user)
        return
    match job.action:
        case BulkAction.SPLIT_AGAIN:
            yield from starmap(Planned, plan_split(job.dataset, job.options))
        case BulkAction.MERGE_CLASS | BulkAction.DELETE_CLASS:
            yield from map(Planned, list_images_of_class(job.dataset, job.options["class_id"]))
        case BulkAction.SPLIT_CLASS:
            yield from map(Planned, list_images_to_split(job.dataset, job.options))
        case BulkAction.REPAIR | BulkAction.GATHER:
            yield from starmap(Planned, plan_repair(job.dataset, job.options))
        case BulkAction.UNDO:
            yield from starmap(Planned, list_to_undo(job.dataset, job.options["undone"]))
        case BulkAction.SHARE_OUT:
            yield from _plan_dealing(job)
        case BulkAction.SET_ASSIGNEE:
            check_assignees(job.dataset, job.options["assignee"], actor.user, actor.role)
            yield from map(Planned, chosen_ids(job))
        case _:
            yield from map(Planned, chosen_ids(job))


def chosen_ids(job: BulkChange) -> Iterator[UUID]:
    """Yield the ids of the selection; those that were named are there whatever they are."""
    if "ids" in job.selection:
        yield from dict.fromkeys(UUID(pk) for pk in job.selection["ids"])
        return
    excluded = {UUID(pk) for pk in job.selection.get("excluded", ())}
    rows = filter_images(job.dataset, job.selection["filters"]).values_list("pk", flat=True)
    for pk in rows.iterator(chunk_size=2_000):
        if pk not in excluded:
            yield pk


def _plan_dealing(job: BulkChange) -> Iterator[Planned]:
    """Deal the chosen images to people in turn, by the names of the images."""
    wanted = list(dict.fromkeys(job.options["assignees"]))
    had: list[tuple[UUID, int | None]] = []
    if "ids" in job.selection:
        ids = list(chosen_ids(job))
        rows = job.dataset.images.filter(pk__in=ids).order_by("stem")
        had = list(rows.values_list("pk", "assignee_id"))
        there = {pk for pk, _ in had}
        yield from (Planned(pk) for pk in ids if pk not in there)
    else:
        excluded = {UUID(pk) for pk in job.selection.get("excluded", ())}
        rows = filter_images(job.dataset, job.selection["filters"])
        had = [row for row in rows.values_list("pk", "assignee_id") if row[0] not in excluded]
    for user_id, ids in deal(job.dataset, had, wanted).items():
        yield from (Planned(pk, str(user_id)) for pk in ids)


# --- what becomes of each ----------------------------------------------------------------------


def change_items(
    job: BulkChange, items: Sequence[BulkItem], actor: Actor
) -> Iterator[tuple[BulkItem, Outcome]]:
    """Change the images of ``items`` one after another; the caller may stop in between.

    What belongs to one image is changed whole or not at all; the transaction is the caller's.
    """
    if job.action in ASSIGNING:
        yield from _assign_items(job, items, actor)
        return
    if job.action in SPLITTING:
        yield from _split_items(job, items)
        return
    if job.action in TAGGING:
        yield from _tag_items(job, items)
        return
    if (other := OTHER_ACTIONS.get(job.action)) is not None:
        for item in items:
            yield item, _change_by(other, job, item, actor.user)
        return
    change = _change_of(job, actor)
    ids = [item.image_id for item in items]
    images = job.dataset.images.in_bulk(ids)
    for item in items:
        image = images.get(item.image_id)
        reason = changing.change_one(job.dataset, image, partial(change, value=item.value))
        yield item, Outcome(reason, image.file_name if image else "")


def _change_by(other: OtherAction, job: BulkChange, item: BulkItem, user: User) -> Outcome:
    try:
        with transaction.atomic():
            return Outcome(None, other.change(job, item.image_id, item.value, user))
    except ServiceError as error:
        return Outcome(str(error), item.file_name)
    except Http404:
        return Outcome(GONE, item.file_name)


def _assign_items(
    job: BulkChange, items: Sequence[BulkItem], actor: Actor
) -> Iterator[tuple[BulkItem, Outcome]]:
    """Assign many images by one statement for each person."""
    by_user: dict[int | None, list[BulkItem]] = {}
    for item in items:
        user_id = job.options["assignee"] if job.action == BulkAction.SET_ASSIGNEE else None
        user_id = int(item.value) if item.value else user_id
        by_user.setdefault(user_id, []).append(item)
    names = _file_names(job.dataset, [item.image_id for item in items])
    for user_id, theirs in by_user.items():
        _, skipped = assign_images(
            job.dataset,
            [item.image_id for item in theirs],
            assignee_id=user_id,
            actor=actor.user,
            role=actor.role,
        )
        reasons = {row["id"]: row["reason"] for row in skipped}
        for item in theirs:
            reason = reasons.get(str(item.image_id))
            yield item, Outcome(reason, names.get(item.image_id, ""))


def _split_items(job: BulkChange, items: Sequence[BulkItem]) -> Iterator[tuple[BulkItem, Outcome]]:
    """Move many images to each split by one statement."""
    images = job.dataset.images.in_bulk([item.image_id for item in items])
    by_split: dict[str, list[Image]] = {}
    outcomes: list[tuple[BulkItem, Outcome]] = []
    for item in items:
        image = images.get(item.image_id)
        reason = None
        if image is None:
            reason = GONE
        elif item.value and image.is_split_pinned:
            reason = "It is pinned to its split."
        else:
            image.dataset = job.dataset
            by_split.setdefault(item.value or job.options["split"], []).append(image)
        outcomes.append((item, Outcome(reason, image.file_name if image else "")))
    for split, moved in by_split.items():
        changing.set_splits(moved, split)
    return iter(outcomes)


def _tag_items(job: BulkChange, items: Sequence[BulkItem]) -> Iterator[tuple[BulkItem, Outcome]]:
    """Put the tag on many images, or take it off, by one statement."""
    images = job.dataset.images.in_bulk([item.image_id for item in items])
    if not job.dataset.tags.filter(pk=job.options["tag"]).exists():
        raise ServiceError("The tag was deleted meanwhile.", code="unknown_tag")
    is_on = job.action == BulkAction.ADD_TAG
    tag_images(list(images.values()), job.options["tag"], is_on=is_on)
    for item in items:
        image = images.get(item.image_id)
        yield item, Outcome(None if image else GONE, image.file_name if image else "")


def _file_names(dataset: Dataset, ids: Sequence[UUID]) -> dict[UUID, str]:
    rows = dataset.images.filter(pk__in=ids).values_list("pk", "stem", "extension")
    return {pk: f"{stem}.{extension}" for pk, stem, extension in rows}


class _Change(Protocol):
    def __call__(self, image: Image, /, value: str) -> object: ...


def _change_of(  # noqa: PLR0911 - a table of cases
    job: BulkChange, actor: Actor
) -> _Change:
    """Return what is done to an image, with the value of its row."""
    options, user = job.options, actor.user
    match job.action:
        case BulkAction.SET_STATUS:
            return lambda image, value: _set_status(image, options, user)
        case BulkAction.SET_GROUND_TRUTH:
            return lambda image, value: set_ground_truth(image, options["is_ground_truth"])
        case BulkAction.SET_SPLIT_PINNED:
            return lambda image, value: changing.set_split_pinned(image, options["is_split_pinned"])
        case BulkAction.REVIEW:
            return lambda image, value: give_verdict(
                image,
                base_revision=image.revision,
                verdict=options["verdict"],
                author=user,
                comment={"text": options["comment"]} if "comment" in options else None,
                reasons=options.get("reasons", ()),
            )
        case BulkAction.CHANGE_CLASS | BulkAction.MERGE_CLASS:
            return lambda image, value: change_class(
                image, from_id=options["class_id"], into_id=options["into"], author=user
            )
        case BulkAction.DELETE_CLASS:
            return lambda image, value: delete_objects_of(image, options["class_id"], author=user)
        case BulkAction.SPLIT_CLASS:
            return lambda image, value: split_off(image, options, author=user)
        case BulkAction.SIMPLIFY:
            return lambda image, value: simplify_image(image, options["tolerance_px"], author=user)
        case BulkAction.REPAIR:
            return lambda image, value: repair_image(image, options, author=user)
        case BulkAction.UNDO:
            return lambda image, value: undo_image(image, int(value), author=user)
        case _:
            return lambda image, value: changing.delete_image(image, author=user)


def _set_status(image: Image, options: Mapping[str, Any], user: User) -> Image:
    """Done with nothing drawn says that there is nothing in an image: of unseen ones when asked."""
    is_unseen = image.status == ImageStatus.UNLABELLED and image.instance_count == 0
    if options.get("skip_unseen") and is_unseen:
        raise ServiceError(
            "Nobody has looked at it. Open it, or mark it done with nothing in it.", code="unseen"
        )
    return changing.set_status(image, options["status"], author=user)


def finish(job: BulkChange, actor: Actor) -> None:
    """What follows the last image. Repeatable."""
    if job.action in (BulkAction.MERGE_CLASS, BulkAction.DELETE_CLASS):
        retire_class(job.dataset, job.options["class_id"])
    if job.action in REPAIRING:
        refresh(job.dataset)
