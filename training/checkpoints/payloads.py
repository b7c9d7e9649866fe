"""A checkpoint as the API answers it."""

from datetime import datetime
from typing import TypedDict

from django.db.models import Prefetch, QuerySet

from annotator.models import Split
from annotator.models.jobs import JobState
from training.evaluation.scores.operating import BestPoints, Reason
from training.evaluations.shown_figures import (
    MetricSetPayload,
    reason_of_metrics,
    shown_metrics,
)
from training.models import (
    Checkpoint,
    CheckpointKind,
    Evaluation,
    RunOrigin,
)
from training.runs.payloads import RunParameters, run_parameters
from training.versions.payloads import class_names


class CheckpointPayload(TypedDict):
    """``evaluation``: of the checkpoint on val of its own version. Figures are those of that
    evaluation, and while there is none those of the epoch. ``reason``: why figures are null."""

    id: int
    run: int
    run_name: str
    dataset: str
    dataset_name: str
    version_number: int
    kind: CheckpointKind
    epoch: int
    size_bytes: int
    sha256: str
    image_size: int
    class_names: list[str]
    box: MetricSetPayload
    mask: MetricSetPayload
    reason: Reason
    evaluation: int | None
    operating: BestPoints | None
    origin: RunOrigin
    base_model: str
    parameters: RunParameters
    tags: list[str]
    notes: str
    url: str
    created_at: datetime


def checkpoints_for_payload() -> QuerySet[Checkpoint]:
    rows = Checkpoint.objects.select_related("run__dataset", "run__version")
    return rows.prefetch_related(prefetch_measured("evaluations"))


def prefetch_measured(lookup: str) -> "Prefetch[str, QuerySet[Evaluation], str]":
    rows = Evaluation.objects.filter(export=None, split=Split.VAL, state=JobState.FINISHED)
    return Prefetch(lookup, rows, to_attr="measured")


def checkpoint_payload(checkpoint: Checkpoint) -> CheckpointPayload:
    """Needs a checkpoint of :func:`checkpoints_for_payload` or :func:`predictions_for_payload`."""
    run = checkpoint.run
    evaluation = _evaluation_of(checkpoint)
    source = evaluation or checkpoint
    has_labels = evaluation is None or evaluation.instance_count > 0
    return {
        "id": checkpoint.pk,
        "run": run.pk,
        "run_name": run.name,
        "dataset": run.dataset.slug,
        "dataset_name": run.dataset.name,
        "version_number": run.version.number,
        "kind": CheckpointKind(checkpoint.kind),
        "epoch": checkpoint.epoch,
        "size_bytes": checkpoint.size_bytes,
        "sha256": checkpoint.sha256,
        "image_size": run.parameters["image_size"],
        "class_names": class_names(run.version),
        "box": shown_metrics(source.box, has_labels=has_labels),
        "mask": shown_metrics(source.mask, has_labels=has_labels),
        "reason": reason_of_metrics(source.box, source.mask, has_labels=has_labels),
        "evaluation": None if evaluation is None else evaluation.pk,
        "operating": None if evaluation is None else evaluation.operating,
        "origin": RunOrigin(run.origin),
        "base_model": run.base_model,
        "parameters": run_parameters(run),
        "tags": checkpoint.tags,
        "notes": checkpoint.notes,
        "url": f"/api/checkpoints/{checkpoint.pk}/file/",
        "created_at": checkpoint.created_at,
    }


def mask_map50_of(checkpoint: Checkpoint) -> float | None:
    """Return the figure that :func:`checkpoint_payload` shows, of a checkpoint as it needs it."""
    evaluation = _evaluation_of(checkpoint)
    has_labels = evaluation is None or evaluation.instance_count > 0
    return shown_metrics((evaluation or checkpoint).mask, has_labels=has_labels)["map50"]


def _evaluation_of(checkpoint: Checkpoint) -> Evaluation | None:
    measured: list[Evaluation] = getattr(checkpoint, "measured", [])
    version = checkpoint.run.version_id
    return next((row for row in measured if row.version_id == version), None)
