"""A change of a few images, answered within the request; and what every change is checked for."""

from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict
from uuid import UUID

from django.contrib.auth.models import User

from annotator.images.listing import ImageFilters, filter_images
from annotator.kernel.errors import ServiceError
from annotator.kernel.trash_time import Skipped
from annotator.models import BulkAction, Dataset, DatasetClass
from annotator.permissions import check_role
from annotator.review.assignment import check_assignees, count_finished, deal

from .actions import roles_for
from .changes import AT_ONCE, change_now


class FewChanged(TypedDict):
    """``finished``: of those assigned, how many are done or accepted already."""

    changed: int
    skipped: list[Skipped]
    finished: NotRequired[int]


def choose_few(
    dataset: Dataset, filters: ImageFilters, excluded: Sequence[UUID]
) -> list[UUID] | None:
    """Return the ids of the images that match; None where they are too many to change at once."""
    rows = filter_images(dataset, filters).exclude(pk__in=list(excluded)[:AT_ONCE])
    ids = list(rows.values_list("pk", flat=True)[: AT_ONCE + len(excluded) + 1])
    left = set(excluded)
    chosen = [pk for pk in ids if pk not in left]
    return chosen if len(chosen) <= AT_ONCE else None


def change_few(
    dataset: Dataset,
    action: BulkAction,
    options: dict[str, Any],
    ids: Sequence[UUID],
    *,
    author: User,
) -> FewChanged:
    """Change images one by one; what cannot be changed is skipped with a reason."""
    check_options(dataset, action, options, author)
    results = change_now(dataset, action, options, ids, author)
    skipped: list[Skipped] = [
        {"id": str(item.image_id), "reason": outcome.reason}
        for item, outcome in results
        if outcome.reason is not None
    ]
    answer: FewChanged = {"changed": len(results) - len(skipped), "skipped": skipped}
    if action == BulkAction.SET_ASSIGNEE:
        answer["finished"] = count_finished(dataset, ids) if options["assignee"] else 0
    elif action == BulkAction.SHARE_OUT:
        answer["finished"] = count_finished(dataset, ids)
    return answer


def check_options(
    dataset: Dataset, action: BulkAction, options: Mapping[str, Any], author: User
) -> None:
    """Raise ServiceError for people who are no members, before anything is changed."""
    role = check_role(author, dataset, roles_for(action))
    if action == BulkAction.SET_ASSIGNEE:
        check_assignees(dataset, options["assignee"], author, role)
    elif action == BulkAction.SHARE_OUT:
        deal(dataset, [], list(dict.fromkeys(options["assignees"])))


def name_options(dataset: Dataset, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return options with the names of the classes and tags that they name by id.

    Raises ServiceError for one that the dataset does not have.
    """
    named = dict(options)
    for key, name in (("class_id", "class_name"), ("into", "into_name")):
        if key in named:
            named[name] = class_of(dataset, named[key]).name
    if "tag" in named:
        tag = dataset.tags.filter(pk=named["tag"]).first()
        if tag is None:
            raise ServiceError(
                f"“{dataset.name}” has no tag with the id {named['tag']}.", code="unknown_tag"
            )
        named["tag_name"] = tag.name
    if "into" in named and named["into"] == named.get("class_id"):
        raise ServiceError("Choose another class: these objects have this one.", code="same_class")
    return named


def class_of(dataset: Dataset, class_id: int) -> DatasetClass:
    """Return a class of the dataset. Raises ServiceError for none."""
    item = dataset.classes.filter(pk=class_id).first()
    if item is None:
        raise ServiceError(
            f"“{dataset.name}” has no class with the id {class_id}. Reload the page to see its "
            "classes.",
            code="unknown_class",
        )
    return item
