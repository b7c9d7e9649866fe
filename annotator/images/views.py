"""Views of the grid that people keep: filters, order and layout under a name."""

from typing import Any

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from annotator.kernel.errors import ConflictError, ServiceError
from annotator.models import Dataset, SavedView

MOST_VIEWS = 100
"""Of one person in one dataset."""


def list_views(dataset: Dataset, user: User, *, knows_ground_truth: bool) -> QuerySet[SavedView]:
    """A person's own views and those that are shared, by name.

    Views that ask which images are ground truth are shown only to those who may know it.
    """
    rows = SavedView.objects.filter(dataset=dataset).select_related("owner")
    if not knows_ground_truth:
        rows = rows.exclude(filters__has_key="ground_truth")
    return rows.filter(Q(owner_id=user.pk) | Q(is_shared=True)).order_by("name", "id")


def create_view(dataset: Dataset, *, owner: User, **values: Any) -> SavedView:
    if dataset.saved_views.filter(owner_id=owner.pk).count() >= MOST_VIEWS:
        raise ServiceError(f"You have {MOST_VIEWS} views here: delete one first.")
    view = SavedView(dataset=dataset, owner_id=owner.pk, **values)
    _save(view)
    return view


def update_view(view: SavedView, **values: Any) -> SavedView:
    for key, value in values.items():
        setattr(view, key, value)
    _save(view)
    return view


def _save(view: SavedView) -> None:
    try:
        with transaction.atomic():
            view.save()
    except IntegrityError as error:
        raise ConflictError(f"You have a view “{view.name}” already.", code="view_taken") from error
