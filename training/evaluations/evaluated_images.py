"""What an evaluation folder tells, joined with the images of the dataset."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypedDict

from django.http import Http404

from annotator.kernel.errors import ConflictError, ServiceError
from training import paths
from training.evaluation.files import reading
from training.evaluation.files.columns import read_columns as columns_of
from training.evaluation.files.loading import written_ns
from training.evaluation.files.reading import Shape
from training.evaluation.files.shapes import PlainShape, read_shapes
from training.evaluation.matching import Basis
from training.evaluation.scores.breakdown import Figures
from training.evaluation.scores.curves import Curves
from training.evaluation.scores.figures import known_speed
from training.evaluation.scores.operating import ChosenPoint
from training.models import Evaluation

from .image_places import ImagePlace, find_places


class EvaluatedImagePayload(ImagePlace):
    key: str
    file_name: str
    width: int
    height: int
    label_count: int
    prediction_count: int
    true_positives: int
    false_positives: int
    false_negatives: int
    wrong_class: int
    mean_iou: float | None
    labels: list[Shape]
    predictions: list[Shape]
    ignored: list[PlainShape]
    regions: list[list[float]]


class FiguresPayload(Figures):
    checkpoint_size_bytes: int


class EvaluatedImages(TypedDict):
    total: int
    results: list[EvaluatedImagePayload]


class ImageShapesPayload(ImagePlace):
    """All labels, and the predictions from the confidence floor on; ``regions``: outlines of ignore
    regions, flat rings in pixels."""

    key: str
    file_name: str
    width: int
    height: int
    labels: list[PlainShape]
    predictions: list[PlainShape]
    regions: list[list[float]]


def evaluation_folder(evaluation: Evaluation) -> Path:
    """Return where a finished evaluation lies. Raises ConflictError when it has not ended well."""
    folder = paths.evaluation_dir(evaluation)
    if not reading.is_complete(folder):
        raise ConflictError("The evaluation has no results (yet).", code="evaluation_not_finished")
    return folder


@contextmanager
def refusals() -> Iterator[None]:
    """Turn what the evaluation room refuses into answers."""
    try:
        yield
    except KeyError:
        raise Http404 from None
    except ValueError as error:
        raise ServiceError(str(error)) from error


def state_of(evaluation: Evaluation) -> str:
    """Return a word that changes with the results: an evaluation can be made again."""
    return f"{evaluation.pk}-{written_ns(evaluation_folder(evaluation)):x}"


def read_columns(evaluation: Evaluation, *, iou: float, basis: Basis) -> bytes:
    folder = evaluation_folder(evaluation)
    with refusals():
        return columns_of(folder, evaluation=evaluation.pk, iou=iou, basis=basis)


def list_shapes(evaluation: Evaluation, keys: list[str]) -> list[ImageShapesPayload]:
    """Return the shapes of these images. Raises Http404 for a key that is not there."""
    folder = evaluation_folder(evaluation)
    with refusals():
        found = read_shapes(folder, keys)
    places = find_places(evaluation, [item["file_name"] for item in found])
    return [{**places[item["file_name"]], **item} for item in found]


def read_curves(evaluation: Evaluation) -> Curves:
    return reading.read_curves(evaluation_folder(evaluation))


def read_figures(evaluation: Evaluation) -> FiguresPayload:
    figures = reading.read_figures(evaluation_folder(evaluation))
    return {
        **figures,
        "speed": known_speed(figures["speed"]),
        "checkpoint_size_bytes": evaluation.checkpoint.size_bytes,
    }


def read_operating(
    evaluation: Evaluation, *, confidence: float | None, iou: float, basis: Basis
) -> ChosenPoint:
    folder = evaluation_folder(evaluation)
    with refusals():
        return reading.read_operating(folder, confidence=confidence, iou=iou, basis=basis)


def list_images(
    evaluation: Evaluation,
    *,
    confidence: float,
    only: reading.Only,
    class_index: int | None,
    ordering: reading.Ordering,
    offset: int,
    limit: int,
) -> EvaluatedImages:
    """Return one page of the evaluated images."""
    folder = evaluation_folder(evaluation)
    with refusals():
        page = reading.list_images(
            folder,
            confidence=confidence,
            only=only,
            class_index=class_index,
            ordering=ordering,
            offset=offset,
            limit=limit,
        )
    return {"total": page["total"], "results": _join(evaluation, page["results"])}


def read_image(evaluation: Evaluation, key: str, *, confidence: float) -> EvaluatedImagePayload:
    """Return one evaluated image. Raises Http404 for a key that is not there."""
    folder = evaluation_folder(evaluation)
    with refusals():
        found = reading.read_image(folder, key, confidence=confidence)
    return _join(evaluation, [found])[0]


def _join(
    evaluation: Evaluation, found: list[reading.EvaluatedImage]
) -> list[EvaluatedImagePayload]:
    places = find_places(evaluation, [item["file_name"] for item in found])
    return [_payload(item, places[item["file_name"]]) for item in found]


def _payload(item: reading.EvaluatedImage, place: ImagePlace) -> EvaluatedImagePayload:
    return {
        **place,
        "key": item["key"],
        "file_name": item["file_name"],
        "width": item["width"],
        "height": item["height"],
        "label_count": item["label_count"],
        "prediction_count": item["prediction_count"],
        "true_positives": item["true_positives"],
        "false_positives": item["false_positives"],
        "false_negatives": item["false_negatives"],
        "wrong_class": item["wrong_class"],
        "mean_iou": item["mean_iou"],
        "labels": item["labels"],
        "predictions": item["predictions"],
        "ignored": item["ignored"],
        "regions": item["regions"],
    }
