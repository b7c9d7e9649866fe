"""An evaluation whose predictions a test chooses: its folder is written as the engine writes it."""

import uuid
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

import numpy as np
from django.db.models import Q
from django.utils import timezone

from annotator.labels.polygons.overlap import polygons_iou
from annotator.models import Image
from training import paths
from training.evaluation.files.store import EvaluationWriter, Picture, StoredPrediction, StoredShape
from training.models import Checkpoint, Evaluation, Run, Version
from training.versions.folds import fold_of, val_pictures
from training.versions.payloads import Fold

from .conftest import TINY, Pond, freeze

Found = tuple[int, list[float], float]
"""Class index, ring in pixels, confidence."""


def box_of(ring: list[float]) -> list[float]:
    xs, ys = ring[::2], ring[1::2]
    return [min(xs), min(ys), max(xs), max(ys)]


def square(x: float, y: float, side: float = 20) -> list[float]:
    return [x, y, x + side, y, x + side, y + side, x, y + side]


@dataclass
class Judged:
    """A version of a pond, a run on it and an evaluation of val."""

    pond: Pond
    version: Version
    run: Run
    checkpoint: Checkpoint
    evaluation: Evaluation
    images: list[Image]
    keys: dict[uuid.UUID, str] = field(default_factory=dict)


def start_judged(
    pond: Pond,
    *,
    version: Version | None = None,
    found: dict[str, list[Found]] | None = None,
    name: str = "run",
    fold: Fold | None = None,
) -> Judged:
    """Freeze ``pond`` and evaluate a run that found ``found`` (by stem) in its val images, or in
    those of its fold."""
    version = version or freeze(pond)
    run = Run.objects.create(
        dataset=pond.dataset,
        version=version,
        name=name,
        base_model=TINY["base_model"],
        parameters={**TINY, "seed": 0, "learning_rate": None, "patience": 10, "fold": fold},
        state="finished",
        created_by=pond.lead,
        started_at=timezone.now(),
        finished_at=timezone.now(),
    )
    checkpoint = Checkpoint.objects.create(
        run=run, kind="best", epoch=1, size_bytes=1, sha256="0" * 64
    )
    evaluation = Evaluation.objects.create(
        run=run, checkpoint=checkpoint, version=version, split="val", created_by=pond.lead
    )
    return write_evaluation(pond, version, run, checkpoint, evaluation, found or {})


def write_evaluation(
    pond: Pond,
    version: Version,
    run: Run,
    checkpoint: Checkpoint,
    evaluation: Evaluation,
    found: dict[str, list[Found]],
) -> Judged:
    folder = paths.evaluation_dir(evaluation)
    folder.mkdir(parents=True, exist_ok=True)
    writer = EvaluationWriter(folder)
    chosen = Q(split="val")
    if fold_of(run) is not None:
        chosen = Q(stem__in=[PurePosixPath(picture).stem for picture in val_pictures(run)])
    images = list(pond.dataset.images.filter(chosen).order_by("stem"))
    for image in images:
        writer.add(_picture(image, found.get(image.stem, [])))
    summary = writer.finish(class_names=[item["name"] for item in version.classes], split="val")
    values: dict[str, Any] = {
        key: summary[key]
        for key in (
            "image_count", "instance_count", "box", "mask", "per_class", "confidence_floor",
            "best_confidence", "ultralytics_confidence", "operating",
        )
    }  # fmt: skip
    Evaluation.objects.filter(pk=evaluation.pk).update(state="finished", **values)
    evaluation.refresh_from_db()
    keys = {image.pk: str(number) for number, image in enumerate(images)}
    return Judged(pond, version, run, checkpoint, evaluation, images, keys)


def _picture(image: Image, found: list[Found]) -> Picture:
    labels: list[StoredShape] = [
        {
            "class_index": item.dataset_class.index if item.dataset_class else -1,
            "polygon": item.polygons[0][0],
            "box": box_of(item.polygons[0][0]),
        }
        for item in image.instances.select_related("dataset_class")
    ]
    predictions: list[StoredPrediction] = [
        {"class_index": index, "polygon": ring, "box": box_of(ring), "confidence": confidence}
        for index, ring, confidence in sorted(found, key=lambda item: -item[2])
    ]
    iou = np.array(
        [[polygons_iou([[a["polygon"]]], [[b["polygon"]]]) for b in predictions] for a in labels],
        dtype=np.float32,
    ).reshape(len(labels), len(predictions))
    return Picture(
        record={
            "file_name": image.file_name,
            "width": image.width,
            "height": image.height,
            "labels": labels,
            "predictions": predictions,
        },
        label_class=np.array([item["class_index"] for item in labels], dtype=np.int64),
        prediction_class=np.array([p["class_index"] for p in predictions], dtype=np.int64),
        confidence=np.array([p["confidence"] for p in predictions], dtype=np.float32),
        box_iou=iou,
        mask_iou=iou,
    )
