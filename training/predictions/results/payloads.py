"""Images of a prediction and what was found in them, as the API answers it."""

from typing import Any, TypedDict

from annotator.models import Image
from training.checkpoints.usable import UsableModel
from training.models import PredictedImage, Prediction

from .columns import Columns
from .cut import Cut


class PredictedInstancePayload(TypedDict):
    """``track``: of a video that was tracked, else null."""

    class_index: int
    class_name: str
    color: str
    confidence: float
    polygon: list[float]
    box: list[float]
    track: int | None


class InDatasetPayload(TypedDict):
    """An image of a dataset; ``is_source``: it was predicted on, else the prediction became it."""

    id: str
    dataset: str
    is_source: bool


class PredictedImagePayload(TypedDict):
    """``key``: its position. ``frame``, ``time_ms``: of a video. ``image``: the image of a dataset
    that it is or became."""

    key: str
    file_name: str
    width: int
    height: int
    frame: int | None
    time_ms: int | None
    image_url: str
    thumbnail_url: str
    error: str
    image: InDatasetPayload | None
    instances: list[PredictedInstancePayload]


class CountedClassPayload(TypedDict):
    """``histogram``: objects by confidence; place i: from i to i + 1 hundredths."""

    name: str
    color: str
    histogram: list[int]


class PredictionCountsPayload(TypedDict):
    """``is_whole``: every image of the prediction is counted."""

    is_whole: bool
    image_count: int
    error_count: int
    classes: list[CountedClassPayload]


def image_payload(image: PredictedImage, model: UsableModel) -> PredictedImagePayload:
    picture, thumbnail = _addresses(image)
    return {
        "key": str(image.position),
        "file_name": image.file_name,
        "width": image.width,
        "height": image.height,
        "frame": image.frame,
        "time_ms": image.time_ms,
        "image_url": picture,
        "thumbnail_url": thumbnail,
        "error": image.error,
        "image": _in_dataset(image),
        "instances": [instance_payload(item, model) for item in image.instances],
    }


def instance_payload(item: dict[str, Any], model: UsableModel) -> PredictedInstancePayload:
    return {
        "class_index": item["class_index"],
        "class_name": model.class_names[item["class_index"]],
        "color": model.colors[item["class_index"]],
        "confidence": item["confidence"],
        "polygon": item["polygon"],
        "box": item["box"],
        "track": item.get("track"),
    }


def _addresses(image: PredictedImage) -> tuple[str, str]:
    """Of the image and of its thumbnail; "" where there is none."""
    if image.frame is not None:
        frame = f"/api/predictions/{image.prediction_id}/frames/{image.position}.jpg"
        return frame, frame
    if not image.sha256:
        return "", ""
    address = f"/api/predictions/{image.prediction_id}/files/{image.position}/{image.sha256}"
    return f"{address}.{image.extension}", f"{address}.thumbnail.webp"


def _in_dataset(image: PredictedImage) -> InDatasetPayload | None:
    source = image.source_image
    found: Image | None = image.taken_as if source is None else source
    if found is None or found.deleted_at is not None or found.dataset.deleted_at is not None:
        return None
    return {
        "id": str(found.pk),
        "dataset": found.dataset.slug,
        "is_source": source is not None,
    }


def counts_payload(
    prediction: Prediction, columns: Columns, model: UsableModel
) -> PredictionCountsPayload:
    histogram = columns.histogram(len(model.class_names)).tolist()
    return {
        "is_whole": columns.is_whole,
        "image_count": len(columns.position),
        "error_count": int(columns.has_error.sum()),
        "classes": [
            {"name": name, "color": color, "histogram": histogram[index]}
            for index, (name, color) in enumerate(zip(model.class_names, model.colors, strict=True))
        ],
    }


def cut_payload(cut: Cut, class_names: list[str]) -> dict[str, float]:
    """Class name → the confidence from which it counts; a class that is left out is not in it."""
    return {
        name: threshold / 1000
        for index, name in enumerate(class_names)
        if (threshold := cut.threshold(index)) <= 1000
    }
