"""Ghosts: what predictions found in an image of a dataset, offered in the editor."""

from datetime import datetime
from typing import TypedDict

from django.contrib.auth.models import User
from django.db.models import Q, QuerySet
from django.http import Http404

from annotator.models import Image
from annotator.permissions import datasets_of
from training.checkpoints.usable import model_of
from training.models import PredictedImage
from training.predictions.payloads import MODEL_OF_PREDICTION

from .rows import class_names_of

MOST_PREDICTIONS = 50
_MODELS = [f"prediction__{name}" for name in MODEL_OF_PREDICTION]


class GhostPayload(TypedDict):
    """``class_id``: the class of the image's dataset with the same name; null where there is none.
    ``polygon`` is in pixels of the image."""

    class_id: int | None
    class_name: str
    confidence: float
    polygon: list[float]


class GhostSourcePayload(TypedDict):
    """A prediction that this image was in."""

    prediction: int
    model_name: str
    source_name: str
    created_at: datetime


class GhostsPayload(TypedDict):
    """``ghosts``: of ``prediction``, the most confident first; ``confidence``: that it was asked
    for. ``prediction``: null where the image was in none."""

    predictions: list[GhostSourcePayload]
    prediction: int | None
    confidence: float
    ghosts: list[GhostPayload]


def ghosts_payload(user: User, image: Image, prediction_id: int | None) -> GhostsPayload:
    """The predictions of an image that ``user`` may see, the newest first, and what one of them
    (without ``prediction_id`` the newest) found. Raises Http404 for one that it was not in."""
    rows = list(_rows_of(user, image)[: 2 * MOST_PREDICTIONS])
    newest: dict[int, PredictedImage] = {}
    for row in rows:
        newest.setdefault(row.prediction_id, row)
    if prediction_id is not None and prediction_id not in newest:
        raise Http404
    shown = newest.get(prediction_id) if prediction_id else next(iter(newest.values()), None)
    sources: list[GhostSourcePayload] = [
        {
            "prediction": row.prediction_id,
            "model_name": model_of(row.prediction).name,
            "source_name": row.prediction.source_name,
            "created_at": row.prediction.created_at,
        }
        for row in list(newest.values())[:MOST_PREDICTIONS]
    ]
    return {
        "predictions": sources,
        "prediction": None if shown is None else shown.prediction_id,
        "confidence": 0.0 if shown is None else shown.prediction.confidence,
        "ghosts": [] if shown is None else _ghosts_in(image, shown.pk),
    }


def _rows_of(user: User, image: Image) -> QuerySet[PredictedImage]:
    may_see = Q(prediction__dataset__in=datasets_of(user)) | Q(
        prediction__dataset__isnull=True, prediction__created_by=user
    )
    rows = PredictedImage.objects.filter(Q(taken_as=image) | Q(source_image=image), may_see)
    rows = rows.filter(is_done=True, error="").order_by("-prediction_id", "position")
    return rows.select_related(*_MODELS).defer("instances")


def _ghosts_in(image: Image, row_id: int) -> list[GhostPayload]:
    row = PredictedImage.objects.select_related(*_MODELS).get(pk=row_id)
    names = class_names_of(row.prediction)
    ids = dict(image.dataset.classes.filter(is_retired=False).values_list("name", "pk"))
    scale_x = image.width / (row.width or image.width)
    scale_y = image.height / (row.height or image.height)
    return [
        {
            "class_id": ids.get(name := names[item["class_index"]]),
            "class_name": name,
            "confidence": item["confidence"],
            "polygon": [
                round(number * (scale_y if place % 2 else scale_x), 2)
                for place, number in enumerate(item["polygon"])
            ],
        }
        for item in row.instances
        if len(item["polygon"]) >= 6
    ]
