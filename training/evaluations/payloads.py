"""What is told of an evaluation: figures, and on what they were measured with what."""

from datetime import datetime
from typing import TypedDict, cast

from django.db.models import Count, OuterRef, QuerySet, Subquery

from annotator.kernel.jobs import Progress
from annotator.kernel.plain_text import list_names
from annotator.models import Split
from annotator.models.jobs import JobState
from training.evaluation.scores.figures import FORMAT, Speed, known_speed
from training.evaluation.scores.operating import BestPoints, Reason
from training.jobs.waiting import Waiting
from training.models import (
    CheckpointKind,
    Evaluation,
    PinOutcome,
)
from training.versions.payloads import RunVersion, class_names

from .shown_figures import MetricSetPayload, reason_of_metrics, shown_metrics


class ClassMetrics(TypedDict):
    class_index: int
    name: str
    color: str
    images: int
    instances: int
    box: MetricSetPayload
    mask: MetricSetPayload
    reason: Reason


class BestConfidence(TypedDict):
    box: float
    mask: float


class UltralyticsPoint(TypedDict):
    """Ultralytics' own: smoothed, the mean of the classes, at the confidence of its best F1."""

    confidence: float
    precision: float | None
    recall: float | None


class UltralyticsPoints(TypedDict):
    box: UltralyticsPoint
    mask: UltralyticsPoint


class EvaluationPayload(TypedDict):
    """``export``: the exported model that was measured in place of the checkpoint, ``export_name``
    its format ("ONNX"); null and "" where it is the checkpoint itself. ``image_size`` and
    ``checkpoint_size_bytes`` are those of the model that was measured.

    ``class_names``: those of the version, then ``extra_classes``; class indices point there.

    ``reason``: why figures are null, or "". ``operating``: precision, recall and F1 as counted at
    ``best_confidence``, which has the highest mean F1 of the classes at IoU 0.50; null in an
    evaluation of an older format. ``notes``: sentences on classes that only the model or only the
    version knows.
    """

    id: int
    run: int
    run_name: str
    dataset: str
    checkpoint: int
    checkpoint_kind: CheckpointKind
    checkpoint_epoch: int
    checkpoint_size_bytes: int
    export: int | None
    export_name: str
    version: RunVersion
    is_run_version: bool
    split: Split
    state: JobState
    progress: Progress
    error: str
    image_count: int
    instance_count: int
    box: MetricSetPayload
    mask: MetricSetPayload
    reason: Reason
    per_class: list[ClassMetrics]
    class_names: list[str]
    unknown_classes: list[str]
    extra_classes: list[str]
    notes: list[str]
    confidence_floor: float
    best_confidence: BestConfidence
    operating: BestPoints | None
    ultralytics: UltralyticsPoints
    lost_pins: int
    speed: Speed | None
    image_size: int
    format: int
    is_outdated: bool
    created_at: datetime
    finished_at: datetime | None


OTHER_COLOR = "#888888"
"""Of classes that are not the version's."""

NO_CONFIDENCE: BestConfidence = {"box": 0.0, "mask": 0.0}


def evaluations_for_payload() -> QuerySet[Evaluation]:
    rows = Evaluation.objects.select_related(
        "run__dataset", "checkpoint", "export", "version__dataset"
    )
    return rows.annotate(lost_pins=count_lost_pins())


def evaluation_payload(evaluation: Evaluation, waiting: Waiting | None = None) -> EvaluationPayload:
    run, version, checkpoint = evaluation.run, evaluation.version, evaluation.checkpoint
    export = evaluation.export
    colors = colors_of(evaluation)
    has_labels = evaluation.instance_count > 0
    box, mask = (
        shown_metrics(metrics, has_labels=has_labels)
        for metrics in (evaluation.box, evaluation.mask)
    )
    chosen: BestConfidence = evaluation.best_confidence or NO_CONFIDENCE
    # Evaluations of an older format have Ultralytics', with more digits than are shown.
    best: BestConfidence = {"box": round(chosen["box"], 3), "mask": round(chosen["mask"], 3)}
    ultralytics: BestConfidence = evaluation.ultralytics_confidence or chosen
    return {
        "id": evaluation.pk,
        "run": run.pk,
        "run_name": run.name,
        "dataset": run.dataset.slug,
        "checkpoint": checkpoint.pk,
        "checkpoint_kind": CheckpointKind(checkpoint.kind),
        "checkpoint_epoch": checkpoint.epoch,
        "checkpoint_size_bytes": (export or checkpoint).size_bytes,
        "export": None if export is None else export.pk,
        "export_name": "" if export is None else export.get_format_display(),
        "version": {"id": version.pk, "number": version.number},
        "is_run_version": version.pk == run.version_id,
        "split": Split(evaluation.split),
        "state": JobState(evaluation.state),
        "progress": (waiting or Waiting()).progress(evaluation),
        "error": evaluation.error,
        "image_count": evaluation.image_count,
        "instance_count": evaluation.instance_count,
        "box": box,
        "mask": mask,
        "reason": reason_of_metrics(evaluation.box, evaluation.mask, has_labels=has_labels),
        "per_class": [
            cast(
                ClassMetrics,
                {
                    **item,
                    "color": colors.get(item["name"], OTHER_COLOR),
                    "box": shown_metrics(item["box"]),
                    "mask": shown_metrics(item["mask"]),
                    "reason": reason_of_metrics(item["box"], item["mask"], has_labels=True),
                },
            )
            for item in evaluation.per_class
        ],
        "class_names": [*class_names(version), *evaluation.extra_classes],
        "unknown_classes": evaluation.unknown_classes,
        "extra_classes": evaluation.extra_classes,
        "notes": _notes(evaluation),
        "confidence_floor": evaluation.confidence_floor,
        "best_confidence": best,
        "operating": evaluation.operating,
        "ultralytics": {
            "box": _ultralytics_point(box, ultralytics["box"]),
            "mask": _ultralytics_point(mask, ultralytics["mask"]),
        },
        "lost_pins": getattr(evaluation, "lost_pins", None) or 0,
        "speed": known_speed(evaluation.speed),
        "image_size": run.parameters["image_size"] if export is None else export.image_size,
        "format": evaluation.format,
        "is_outdated": evaluation.format < FORMAT and evaluation.state == JobState.FINISHED,
        "created_at": evaluation.created_at,
        "finished_at": evaluation.finished_at,
    }


def _ultralytics_point(metrics: MetricSetPayload, confidence: float) -> UltralyticsPoint:
    return {
        "confidence": confidence,
        "precision": metrics["precision"],
        "recall": metrics["recall"],
    }


def colors_of(evaluation: Evaluation) -> dict[str, str]:
    """Class name → colour, of the version's classes."""
    return {item["name"]: item["color"] for item in evaluation.version.classes}


def _notes(evaluation: Evaluation) -> list[str]:
    number = evaluation.version.number
    notes = []
    if unknown := evaluation.unknown_classes:
        notes.append(
            f"The model does not know {list_names(unknown)} of version {number}: labels of "
            f"{'this class' if len(unknown) == 1 else 'these classes'} count as never found."
        )
    if extra := evaluation.extra_classes:
        notes.append(
            f"Version {number} does not have {list_names(extra)} of the model: predictions of "
            f"{'this class' if len(extra) == 1 else 'these classes'} count as false positives."
        )
    return notes


def count_lost_pins() -> Subquery:
    """Of an evaluation: the must-find objects that it lost, at its best confidence for masks."""
    lost = PinOutcome.objects.filter(
        evaluation=OuterRef("pk"), is_lost=True, pin__image__deleted_at__isnull=True
    )
    counted = lost.order_by().values("evaluation").annotate(n=Count("pk"))
    return Subquery(counted.values("n"))
