"""The filters of the grid, from the words of an address or a body to those of the services."""

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.models import User
from django.http import QueryDict
from rest_framework.request import Request

from annotator.api.serializers.images import ImageFiltersSerializer
from annotator.images.listing import ImageFilters
from annotator.models import Dataset
from annotator.permissions import REVIEWERS, check_role

from .base import current_user, parse
from .keys import refuse_unknown
from .view import Query, check_query

_PEOPLE = ("assignee", "edited_by", "finished_by")
_OF_THE_GRID = ("ordering", "cursor", "page_size")
_DAYS = ("created_since", "created_until", "updated_since", "updated_until")


def read_filters(request: Request, dataset: Dataset) -> ImageFilters:
    """Return the image filters of the query string."""
    return resolve_filters(request, dataset, parse(ImageFiltersSerializer, request.query_params))


def resolve_filters(request: Request, dataset: Dataset, given: Mapping[str, Any]) -> ImageFilters:
    """Return filters as the services take them, from the words of ImageFiltersSerializer."""
    return resolve_filters_of(current_user(request), dataset, given)


def read_filter_text(text: str, dataset: Dataset, user: User | None) -> ImageFilters:
    """Return the filters of a query string as the grid has it in its address, without the
    question mark; how its images are ordered and shown says nothing here. ``user``: None on the
    command line. Raises ValidationError.
    """
    given = QueryDict(text.removeprefix("?"), mutable=True)
    for name in _OF_THE_GRID:
        given.pop(name, None)
    serializer = ImageFiltersSerializer()
    refuse_unknown(check_query(given, {str(name): Query() for name in serializer.fields}))
    return resolve_filters_of(user, dataset, parse(ImageFiltersSerializer, given))


def resolve_filters_of(
    user: User | None, dataset: Dataset, given: Mapping[str, Any]
) -> ImageFilters:
    """Return filters as the services take them; ``user``: who “me” is, None on the command line.

    Which images are ground truth is for reviewers: others would draw them with more care.
    """
    values = dict(given)
    if values.get("ground_truth") is not None and user is not None:
        check_role(user, dataset, REVIEWERS)
    for word, name in (("class", "class_id"), ("import", "import_id")):
        if word in values:
            values[name] = values.pop(word)
    for name in _PEOPLE:
        match values.get(name):
            case "me":
                values[name] = 0 if user is None else user.pk
            case "none":
                values[name] = None
            case str(user_id):
                values[name] = int(user_id)
    if "tag" in values:
        values["tag"] = None if values["tag"] == "none" else int(values["tag"])
    for name in _DAYS:
        if name in values:
            values[name] = values[name].isoformat()  # a job keeps it as JSON
    filters: ImageFilters = values  # type: ignore[assignment]
    return filters
