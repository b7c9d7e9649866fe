"""Predictions whose rows are put in place, without an engine."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from annotator.kernel.files import sha256_of
from annotator.models import Dataset
from training import paths
from training.models import PredictedImage, Prediction, Weights

from ...conftest import SIZE_WH, Pond, draw_picture


class Found(NamedTuple):
    class_index: int
    confidence: float
    x: float = 10.0

    def as_json(self) -> dict[str, Any]:
        x = self.x
        return {
            "class_index": self.class_index,
            "confidence": self.confidence,
            "polygon": [x, 10.0, x + 30, 10.0, x + 30, 40.0, x, 40.0],
            "box": [x, 10.0, x + 30, 40.0],
        }


def make_prediction(
    dataset: Dataset | None,
    user: User | None,
    images: Sequence[Sequence[Found] | str],
    **values: Any,
) -> Prediction:
    """Each image as what was found in it, or as the error why it could not be read."""
    weights = Weights.objects.create(
        dataset=dataset, name="pond.pt", file_name="pond.pt", origin="uploaded", size_bytes=1,
        sha256="0" * 64, class_names=["disc", "diamond"], state="finished",
    )  # fmt: skip
    if values.get("source_kind") == "dataset" and dataset is not None:
        values = {"source": {"dataset": dataset.pk}, **values}
    prediction = Prediction.objects.create(
        **{
            "weights": weights, "dataset": dataset, "class_names": ["disc", "diamond"],
            "confidence": 0.25, "device": "cpu", "state": "finished", "image_count": len(images),
            "created_by": user, "finished_at": timezone.now(), **values,
        }
    )  # fmt: skip
    for position, found in enumerate(images):
        add_predicted(prediction, position, found)
    return prediction


def add_predicted(
    prediction: Prediction, position: int, found: Sequence[Found] | str, **values: Any
) -> PredictedImage:
    error, objects = (found, []) if isinstance(found, str) else ("", list(found))
    is_error = isinstance(found, str)
    content = draw_picture(np.random.default_rng(500 + position))[0]
    image = PredictedImage.objects.create(
        **{
            "prediction": prediction, "position": position, "file_name": f"pond-{position}.png",
            "extension": "" if is_error else "png", "is_done": True,
            "sha256": "" if is_error else sha256_of(content), "width": SIZE_WH[0],
            "height": SIZE_WH[1], "error": error,
            "instances": [each.as_json() for each in objects],
            **values,
        }
    )  # fmt: skip
    if not is_error and image.source_image is None:
        path = paths.predicted_image_path(image)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return image


FOUND: list[Sequence[Found] | str] = [
    [Found(0, 0.9, 2), Found(1, 0.7, 34), Found(0, 0.3, 66)],
    [Found(1, 0.251, 2), Found(1, 0.25, 66), Found(0, 0.06, 34)],
    [],
    "The image is damaged or cut short.",
    [Found(0, 0.1)],
]


@pytest.fixture
def prediction(pond: Pond) -> Prediction:
    """Five images, of which one could not be read and one holds nothing."""
    return make_prediction(pond.dataset, pond.lead, FOUND)
