"""What is told of an evaluation: figures, and on what they were measured with what."""

from datetime import datetime
from typing import TypedDict, cast

from django.db.models import QuerySet

from annotator.models import Split
from annotator.models.jobs import JobState
from annotator.services.jobs import Progress
from training.evaluation.figures import FORMAT, Speed
from training.models import CheckpointKind, Evaluation

from .payloads import MetricSet, RunVersion, class_names, count_lost_pins, list_names
from .waiting import Waiting


class ClassMetrics(TypedDict):
    class_index: int
    name: str
    color: str
    images: int
    instances: int
    box: MetricSet
    mask: MetricSet


class BestConfidence(TypedDict):
    box: float
    mask: float


class EvaluationPayload(TypedDict):
    """``class_names``: those of the version, then ``extra_classes``; class indices point there.

    ``notes``: sentences on classes that only the model or only the version knows.
    """

    id: int
    run: int
    run_name: str
    dataset: str
    checkpoint: int
    checkpoint_kind: CheckpointKind
    checkpoint_epoch: int
    checkpoint_size_bytes: int
    version: RunVersion
    is_run_version: bool
    split: Split
    state: JobState
    progress: Progress
    error: str
    image_count: int
    instance_count: int
    box: MetricSet
    mask: MetricSet
    per_class: list[ClassMetrics]
    class_names: list[str]
    unknown_classes: list[str]
    extra_classes: list[str]
    notes: list[str]
    confidence_floor: float
    best_confidence: BestConfidence
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
ZERO_METRICS: MetricSet = {"precision": 0.0, "recall": 0.0, "map50": 0.0, "map50_95": 0.0}


def evaluations_for_payload() -> QuerySet[Evaluation]:
    rows = Evaluation.objects.select_related("run__dataset", "checkpoint", "version__dataset")
    return rows.annotate(lost_pins=count_lost_pins())


def evaluation_payload(evaluation: Evaluation, waiting: Waiting | None = None) -> EvaluationPayload:
    run, version, checkpoint = evaluation.run, evaluation.version, evaluation.checkpoint
    colors = colors_of(evaluation)
    return {
        "id": evaluation.pk,
        "run": run.pk,
        "run_name": run.name,
        "dataset": run.dataset.slug,
        "checkpoint": checkpoint.pk,
        "checkpoint_kind": CheckpointKind(checkpoint.kind),
        "checkpoint_epoch": checkpoint.epoch,
        "checkpoint_size_bytes": checkpoint.size_bytes,
        "version": {"id": version.pk, "number": version.number},
        "is_run_version": version.pk == run.version_id,
        "split": Split(evaluation.split),
        "state": JobState(evaluation.state),
        "progress": (waiting or Waiting()).progress(evaluation),
        "error": evaluation.error,
        "image_count": evaluation.image_count,
        "instance_count": evaluation.instance_count,
        "box": evaluation.box or ZERO_METRICS,
        "mask": evaluation.mask or ZERO_METRICS,
        "per_class": [
            cast(ClassMetrics, {**item, "color": colors.get(item["name"], OTHER_COLOR)})
            for item in evaluation.per_class
        ],
        "class_names": [*class_names(version), *evaluation.extra_classes],
        "unknown_classes": evaluation.unknown_classes,
        "extra_classes": evaluation.extra_classes,
        "notes": _notes(evaluation),
        "confidence_floor": evaluation.confidence_floor,
        "best_confidence": evaluation.best_confidence or NO_CONFIDENCE,
        "lost_pins": getattr(evaluation, "lost_pins", None) or 0,
        "speed": evaluation.speed,
        "image_size": run.parameters["image_size"],
        "format": evaluation.format,
        "is_outdated": evaluation.format < FORMAT and evaluation.state == JobState.FINISHED,
        "created_at": evaluation.created_at,
        "finished_at": evaluation.finished_at,
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
