"""What the training room tells the outside: one typed dictionary a thing, one function to make it.

The API answers with these, live events carry them, and the API's schema is generated from their
types (training/api/schema.py). The querysets here fetch all that a payload needs, so that a list
costs the same number of queries however long it is.
"""

from datetime import datetime
from typing import Literal, TypedDict, cast
from urllib.parse import quote

from django.db.models import OuterRef, Prefetch, QuerySet, Subquery
from django.utils import timezone

from annotator.kernel.jobs import Progress
from annotator.models import Split
from annotator.models.jobs import JobState
from training.evaluation.scores.operating import BestPoints, Reason
from training.evaluations.payloads import count_lost_pins
from training.evaluations.shown_figures import (
    MetricSetPayload,
    has_val_labels,
    reason_of_metrics,
    shown_metrics,
)
from training.jobs.payloads import UserPayload, user_payload
from training.jobs.run_pace import progress_of_run
from training.models import (
    CheckpointKind,
    Epoch,
    Evaluation,
    Run,
    RunAttempt,
    RunGroup,
    RunOrigin,
    RunPriority,
    Search,
)
from training.versions.payloads import Fold, RunVersion

from .attempts import AttemptPayload, attempt_payloads

SPARKLINE_POINTS = 60


class MetricSet(TypedDict):
    """As stored; see ``shown_figures.MetricSetPayload`` for what is shown."""

    precision: float
    recall: float
    map50: float
    map50_95: float


class Losses(TypedDict):
    box: float
    seg: float
    cls: float
    dfl: float


class RunParameters(TypedDict):
    epochs: int
    image_size: int
    batch: int
    device: str
    seed: int
    learning_rate: float | None
    patience: int
    sample_every: int
    fold: Fold | None
    arguments: dict[str, int | float | bool | str | None]


class BestEpoch(TypedDict):
    """A run's best figures. ``epoch``: null where it was brought in without its epochs and the
    figures are those of the evaluation of its best checkpoint. ``reason``: why figures are null,
    or ""."""

    epoch: int | None
    box: MetricSetPayload
    mask: MetricSetPayload
    reason: Reason


class RunPayload(TypedDict):
    id: int
    name: str
    dataset: str
    dataset_name: str
    version: RunVersion
    origin: RunOrigin
    base_model: str
    source_checkpoint: int | None
    source_name: str
    parameters: RunParameters
    state: JobState
    epoch: int
    epochs: int
    progress: Progress
    priority: Literal["high", "normal", "low"]
    group: int | None
    group_name: str
    search: int | None
    batch: int
    allow_smaller_batch: bool
    stop_mode: Literal["", "keep", "now"]
    stopped_early: bool
    is_paused: bool
    attempts: list[AttemptPayload]
    device_name: str
    best: BestEpoch | None
    sparkline: list[float]
    evaluation: int | None
    operating: BestPoints | None
    lost_pins: int
    error: str
    error_hint: str
    created_by: UserPayload | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    duration_seconds: float | None


class EpochValues(TypedDict):
    """An epoch as the engine and results.csv tell it."""

    epoch: int
    train: Losses
    val: Losses
    box: MetricSet
    mask: MetricSet
    learning_rate: float
    seconds: float


class EpochPayload(TypedDict):
    """``reason``: why figures are null, or ""."""

    epoch: int
    train: Losses
    val: Losses
    box: MetricSetPayload
    mask: MetricSetPayload
    reason: Reason
    learning_rate: float
    seconds: float


# --- versions -------------------------------------------------------------------------------


# --- runs -----------------------------------------------------------------------------------


def runs_for_payload() -> QuerySet[Run]:
    shown = Evaluation.objects.filter(run=OuterRef("pk"), export=None, split=Split.VAL)
    shown = shown.filter(checkpoint__kind=CheckpointKind.BEST, version=OuterRef("version"))
    measured = shown.filter(state=JobState.FINISHED)
    attempts = Prefetch("attempt_rows", RunAttempt.objects.select_related("started_by"))
    rows = Run.objects.select_related(
        "dataset", "version", "created_by", "group__search", "source_checkpoint__run"
    )
    return rows.prefetch_related(attempts).annotate(
        evaluation_id=Subquery(shown.values("pk")[:1]),
        operating=Subquery(shown.values("operating")[:1]),
        measured_box=Subquery(measured.values("box")[:1]),
        measured_mask=Subquery(measured.values("mask")[:1]),
        measured_instances=Subquery(measured.values("instance_count")[:1]),
        lost_pins=Subquery(shown.annotate(n=count_lost_pins()).values("n")[:1]),
        best_val_losses=Subquery(
            Epoch.objects.filter(run=OuterRef("pk"), number=OuterRef("best_epoch")).values(
                "val_losses"
            )[:1]
        ),
    )


def run_payload(run: Run) -> RunPayload:
    """Needs a run from :func:`runs_for_payload`."""
    source = run.source_checkpoint
    return {
        "id": run.pk,
        "name": run.name,
        "dataset": run.dataset.slug,
        "dataset_name": run.dataset.name,
        "version": {"id": run.version_id, "number": run.version.number},
        "origin": RunOrigin(run.origin),
        "base_model": run.base_model,
        "source_checkpoint": run.source_checkpoint_id,
        "source_name": f"{source.kind}.pt of {source.run.name}" if source else "",
        "parameters": run_parameters(run),
        "state": JobState(run.state),
        "epoch": run.epoch,
        "epochs": run.parameters["epochs"],
        "progress": progress_of_run(run),
        "priority": RunPriority(run.priority).name.lower(),  # type: ignore[typeddict-item]
        "group": run.group_id,
        "group_name": run.group.name if run.group else "",
        "search": search_of(run.group),
        "batch": run.batch or run.parameters["batch"],
        "allow_smaller_batch": run.allow_smaller_batch,
        "stop_mode": run.stop_mode,  # type: ignore[typeddict-item]
        "stopped_early": run.stopped_early,
        "is_paused": run.is_paused,
        "attempts": attempt_payloads(run),
        "device_name": run.device_name,
        "best": best_figures(run),
        "sparkline": thin_out(run.sparkline, SPARKLINE_POINTS),
        "evaluation": getattr(run, "evaluation_id", None),
        "operating": getattr(run, "operating", None),
        "lost_pins": getattr(run, "lost_pins", None) or 0,
        "error": run.error,
        "error_hint": run.error_hint,
        "created_by": user_payload(run.created_by),
        "created_at": run.created_at,
        "started_at": run.started_at,
        "finished_at": run.finished_at,
        "duration_seconds": duration_seconds(run),
    }


def best_figures(run: Run) -> BestEpoch | None:
    """Of the best epoch; of a run brought in without its epochs, of its evaluation."""
    box, mask = run.best_box, run.best_mask
    has_labels = has_val_labels(getattr(run, "best_val_losses", None))
    if run.best_epoch is None and run.origin != RunOrigin.HERE:
        box, mask = getattr(run, "measured_box", None), getattr(run, "measured_mask", None)
        has_labels = bool(getattr(run, "measured_instances", None))
    if not box or not mask:
        return None
    return {
        "epoch": run.best_epoch,
        "box": shown_metrics(box, has_labels=has_labels),
        "mask": shown_metrics(mask, has_labels=has_labels),
        "reason": reason_of_metrics(box, mask, has_labels=has_labels),
    }


def search_of(group: RunGroup | None) -> int | None:
    """Return the search whose trials the runs of a group are, if they are."""
    search: Search | None = getattr(group, "search", None)
    return None if search is None else search.pk


def run_parameters(run: Run) -> RunParameters:
    return cast(RunParameters, {"sample_every": 0, "fold": None, "arguments": {}, **run.parameters})


def thin_out(values: list[float], count: int) -> list[float]:
    """Return at most ``count`` of ``values``, evenly spread, first and last among them."""
    if len(values) <= count:
        return values
    step = (len(values) - 1) / (count - 1)
    return [values[round(i * step)] for i in range(count)]


def duration_seconds(run: Run) -> float | None:
    if run.started_at is None:
        return None
    end = run.finished_at or timezone.now()
    return round((end - run.started_at).total_seconds(), 1)


def epoch_payload(epoch: Epoch) -> EpochPayload:
    has_labels = has_val_labels(epoch.val_losses)
    return {
        "epoch": epoch.number,
        "train": epoch.train_losses,
        "val": epoch.val_losses,
        "box": shown_metrics(epoch.box, has_labels=has_labels),
        "mask": shown_metrics(epoch.mask, has_labels=has_labels),
        "reason": reason_of_metrics(epoch.box, epoch.mask, has_labels=has_labels),
        "learning_rate": epoch.learning_rate,
        "seconds": epoch.seconds,
    }


# --- checkpoints, predictions ---------------------------------------------------------------


def run_file_url(run_id: int, name: str) -> str:
    return f"/api/runs/{run_id}/files/{quote(name)}"
