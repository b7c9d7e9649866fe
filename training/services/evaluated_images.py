"""The single images of an evaluation, joined with the live images of the dataset.

The evaluation knows file names; the version's manifest knows which image each was. The picture
comes from the live dataset while it is still the same there, else from the version's folder.
"""

from functools import lru_cache
from pathlib import Path
from typing import NamedTuple, TypedDict
from uuid import UUID

from django.http import Http404

from annotator.labels.images import make_thumbnail
from annotator.models import Image, Split
from annotator.services.errors import ConflictError, ServiceError
from training import paths
from training.evaluation import reading
from training.evaluation.curves import Curves
from training.evaluation.matching import Basis
from training.evaluation.reading import Shape
from training.models import Evaluation, Version

from .folds import fold_of
from .freezing import read_manifest


class EvaluatedImagePayload(TypedDict):
    key: str
    image: str | None
    file_name: str
    width: int
    height: int
    image_url: str
    thumbnail_url: str
    label_count: int
    prediction_count: int
    true_positives: int
    false_positives: int
    false_negatives: int
    wrong_class: int
    mean_iou: float | None
    labels: list[Shape]
    predictions: list[Shape]


class EvaluatedImages(TypedDict):
    total: int
    results: list[EvaluatedImagePayload]


class _Frozen(NamedTuple):
    image_id: str
    sha256: str


def evaluation_folder(evaluation: Evaluation) -> Path:
    """Return where a finished evaluation lies. Raises ConflictError when it has not ended well."""
    folder = paths.evaluation_dir(evaluation)
    if not reading.is_complete(folder):
        raise ConflictError("The evaluation has no results (yet).", code="evaluation_not_finished")
    return folder


def read_curves(evaluation: Evaluation) -> Curves:
    return reading.read_curves(evaluation_folder(evaluation))


def read_confusion(
    evaluation: Evaluation, *, confidence: float, iou: float, basis: Basis
) -> reading.Confusion:
    folder = evaluation_folder(evaluation)
    try:
        return reading.read_confusion(folder, confidence=confidence, iou=iou, basis=basis)
    except ValueError as error:
        raise ServiceError(str(error)) from error


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
    try:
        page = reading.list_images(
            folder,
            confidence=confidence,
            only=only,
            class_index=class_index,
            ordering=ordering,
            offset=offset,
            limit=limit,
        )
    except ValueError as error:
        raise ServiceError(str(error)) from error
    return {"total": page["total"], "results": _join(evaluation, page["results"])}


def read_image(evaluation: Evaluation, key: str, *, confidence: float) -> EvaluatedImagePayload:
    """Return one evaluated image. Raises Http404 for a key that is not there."""
    folder = evaluation_folder(evaluation)
    try:
        found = reading.read_image(folder, key, confidence=confidence)
    except KeyError:
        raise Http404 from None
    except ValueError as error:
        raise ServiceError(str(error)) from error
    return _join(evaluation, [found])[0]


def _join(
    evaluation: Evaluation, found: list[reading.EvaluatedImage]
) -> list[EvaluatedImagePayload]:
    version = evaluation.run.version
    frozen = _frozen_images(version)
    wanted = {
        item["file_name"]: _find_frozen(frozen, evaluation, item["file_name"]) for item in found
    }
    live = Image.objects.in_bulk([UUID(image.image_id) for image in wanted.values() if image])
    return [_payload(version, item, wanted[item["file_name"]], live) for item in found]


def _find_frozen(
    frozen: dict[str, _Frozen], evaluation: Evaluation, file_name: str
) -> _Frozen | None:
    found = (frozen.get(f"images/{split}/{file_name}") for split in _splits(evaluation))
    return next((image for image in found if image is not None), None)


def find_picture(evaluation: Evaluation, file_name: str) -> Path | None:
    """Return where an evaluated picture lies in the version's folder."""
    folder = paths.version_dir(evaluation.run.version) / "images"
    found = (folder / split / file_name for split in _splits(evaluation))
    return next((path for path in found if path.is_file()), None)


def _splits(evaluation: Evaluation) -> tuple[str, ...]:
    """A fold's val images come from the version's train and val alike; no two have one name."""
    is_fold = fold_of(evaluation.run) is not None and evaluation.split == Split.VAL
    return (Split.TRAIN, Split.VAL) if is_fold else (evaluation.split,)


def _payload(
    version: Version,
    item: reading.EvaluatedImage,
    frozen: _Frozen | None,
    live: dict[UUID, Image],
) -> EvaluatedImagePayload:
    image = live.get(UUID(frozen.image_id)) if frozen else None
    image_url = thumbnail_url = ""
    if image is not None and frozen is not None and image.sha256 == frozen.sha256:
        image_url = f"/api/files/images/{image.pk}/{image.sha256}.{image.extension}"
        thumbnail_url = f"/api/files/thumbnails/{image.pk}/{image.sha256}.webp"
    elif frozen is not None:
        address = f"/api/versions/{version.pk}/files/{frozen.sha256}"
        image_url = f"{address}{Path(item['file_name']).suffix}"
        thumbnail_url = f"{address}.thumbnail.webp"
    return {
        "key": item["key"],
        "image": str(image.pk) if image else None,
        "file_name": item["file_name"],
        "width": item["width"],
        "height": item["height"],
        "image_url": image_url,
        "thumbnail_url": thumbnail_url,
        "label_count": item["label_count"],
        "prediction_count": item["prediction_count"],
        "true_positives": item["true_positives"],
        "false_positives": item["false_positives"],
        "false_negatives": item["false_negatives"],
        "wrong_class": item["wrong_class"],
        "mean_iou": item["mean_iou"],
        "labels": item["labels"],
        "predictions": item["predictions"],
    }


def _frozen_images(version: Version) -> dict[str, _Frozen]:
    manifest = paths.manifest_path(version)
    try:
        written_ns = manifest.stat().st_mtime_ns
    except FileNotFoundError:
        return {}
    return _read_frozen(version.pk, written_ns)


@lru_cache(maxsize=8)
def _read_frozen(version_id: int, _written_ns: int) -> dict[str, _Frozen]:
    version = Version.objects.select_related("dataset").get(pk=version_id)
    return {
        item["path"]: _Frozen(item["id"], item["sha256"])
        for item in read_manifest(version)["images"]
    }


def read_frozen_picture(version: Version, sha256: str) -> tuple[bytes, str]:
    """Return the bytes and the extension of a picture in a version. Raises Http404."""
    for name, image in _frozen_images(version).items():
        if image.sha256 == sha256:
            path = paths.version_dir(version) / name
            if path.is_file():
                return path.read_bytes(), path.suffix.removeprefix(".")
    raise Http404


def read_frozen_thumbnail(version: Version, sha256: str) -> bytes:
    return make_thumbnail(read_frozen_picture(version, sha256)[0])
