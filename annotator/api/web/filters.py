"""The filters of the grid, from the words of an address or a body to those of the services."""

from collections.abc import Mapping
from typing import Any

from rest_framework.request import Request

from annotator.api.serializers.images import ImageFiltersSerializer
from annotator.images.listing import ImageFilters
from annotator.models import Dataset
from annotator.permissions import REVIEWERS, check_role

from .base import current_user, parse

_PEOPLE = ("assignee", "edited_by", "finished_by")
_DAYS = ("created_since", "created_until", "updated_since", "updated_until")


def read_filters(request: Request, dataset: Dataset) -> ImageFilters:
    """Return the image filters of the query string."""
    return resolve_filters(request, dataset, parse(ImageFiltersSerializer, request.query_params))


def resolve_filters(request: Request, dataset: Dataset, given: Mapping[str, Any]) -> ImageFilters:
    """Return filters as the services take them, from the words of ImageFiltersSerializer.

    Which images are ground truth is for reviewers: others would draw them with more care.
    """
    values = dict(given)
    if values.get("ground_truth") is not None:
        check_role(current_user(request), dataset, REVIEWERS)
    for word, name in (("class", "class_id"), ("import", "import_id")):
        if word in values:
            values[name] = values.pop(word)
    for name in _PEOPLE:
        match values.get(name):
            case "me":
                values[name] = current_user(request).pk
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
