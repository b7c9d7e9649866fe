"""The class of an address."""

from django.http import Http404
from rest_framework.request import Request

from annotator.models import DatasetClass
from annotator.permissions import LEADS, get_dataset_for

from .base import current_user


def get_class_for(request: Request, slug: str, class_id: int) -> DatasetClass:
    """Return the class, its dataset with it, if who asks is team lead there."""
    dataset = get_dataset_for(current_user(request), slug, LEADS)
    item = dataset.classes.select_related("dataset").filter(pk=class_id).first()
    if item is None:
        raise Http404
    return item
