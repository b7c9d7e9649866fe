"""The registry: what a team says of its checkpoints, and what hangs on each."""

import shutil
from typing import TypedDict

from django.db import transaction
from django.db.models import Q, QuerySet

from annotator.kernel.errors import ConflictError, ServiceError
from annotator.kernel.events import publish_event
from annotator.models import Dataset
from annotator.models.jobs import ENDED_STATES
from training import paths
from training.jobs.deleting import delete_evaluations
from training.jobs.served_use import forget_moves, refuse_served, served_names
from training.models import Checkpoint, Evaluation, Prediction

PRODUCTION = "production"
MOST_TAGS = 10


class DependantRun(TypedDict):
    id: int
    name: str


class Dependants(TypedDict):
    """``runs`` started from it; ``served``: names that point at it or at an export of it;
    ``blocking``: these or predictions must be deleted first."""

    runs: list[DependantRun]
    prediction_count: int
    served: list[str]
    evaluation_count: int
    export_count: int
    blocking: bool


def list_tags(checkpoints: QuerySet[Checkpoint]) -> list[str]:
    """Return the tags in use, "production" first."""
    found = {tag for tags in checkpoints.values_list("tags", flat=True) for tag in tags}
    return sorted(found, key=lambda tag: (tag != PRODUCTION, tag.casefold()))


def filter_checkpoints(
    checkpoints: QuerySet[Checkpoint], *, tag: str = "", search: str = ""
) -> QuerySet[Checkpoint]:
    """Return those that carry ``tag`` and have ``search`` in the run's name, the base model or
    the notes."""
    if tag:  # JSON is searched differently by every database, and few checkpoints have tags
        tagged = checkpoints.exclude(tags=[]).values_list("pk", "tags")
        checkpoints = checkpoints.filter(pk__in=[pk for pk, tags in tagged if tag in tags])
    if search:
        checkpoints = checkpoints.filter(
            Q(run__name__icontains=search)
            | Q(run__base_model__icontains=search)
            | Q(notes__icontains=search)
        )
    return checkpoints


def update_checkpoint(
    checkpoint: Checkpoint, *, notes: str | None = None, tags: list[str] | None = None
) -> None:
    """Note something, or change the tags. "production" moves here from the dataset's other ones."""
    dataset = checkpoint.run.dataset
    with transaction.atomic():
        Dataset.objects.select_for_update(no_key=True).get(pk=dataset.pk)
        if tags is not None:
            _set_tags(checkpoint, dataset, tags)
        if notes is not None:
            Checkpoint.objects.filter(pk=checkpoint.pk).update(notes=notes)
    publish_event("checkpoint.changed", dataset=dataset, id=checkpoint.pk)


def _set_tags(checkpoint: Checkpoint, dataset: Dataset, tags: list[str]) -> None:
    tags = list(dict.fromkeys(tag.strip() for tag in tags if tag.strip()))
    if len(tags) > MOST_TAGS:
        raise ServiceError(f"A checkpoint has at most {MOST_TAGS} tags.", code="too_many_tags")
    if PRODUCTION in tags:
        for other in Checkpoint.objects.filter(run__dataset=dataset).exclude(pk=checkpoint.pk):
            if PRODUCTION in other.tags:
                other.tags = [tag for tag in other.tags if tag != PRODUCTION]
                other.save(update_fields=["tags"])
    Checkpoint.objects.filter(pk=checkpoint.pk).update(tags=tags)


def find_dependants(checkpoint: Checkpoint) -> Dependants:
    runs = [
        {"id": pk, "name": name} for pk, name in checkpoint.derived_runs.values_list("pk", "name")
    ]
    mine = Q(checkpoint=checkpoint) | Q(export__checkpoint=checkpoint)
    predictions = Prediction.all_objects.filter(mine).count()
    served = served_names(checkpoint)
    return {
        "runs": runs,  # type: ignore[typeddict-item]
        "prediction_count": predictions,
        "served": served,
        "evaluation_count": checkpoint.evaluations.count(),
        "export_count": checkpoint.exports.count(),
        "blocking": bool(runs or predictions or served),
    }


def delete_checkpoint(checkpoint: Checkpoint) -> None:
    """Delete the weights with their evaluations and exports; the run and its curves stay.

    Raises ConflictError while something needs them.
    """
    if checkpoint.run.state not in ENDED_STATES:
        raise ConflictError("The run is still training: its checkpoints change.", code="run_busy")
    refuse_served(checkpoint)
    needed = find_dependants(checkpoint)
    if needed["blocking"]:
        raise ConflictError(
            f"It is used by {len(needed['runs'])} runs and {needed['prediction_count']} "
            f"predictions: delete these first.",
            code="checkpoint_in_use",
        )
    busy = (checkpoint.evaluations, checkpoint.exports)
    if any(jobs.exclude(state__in=ENDED_STATES).exists() for jobs in busy):
        raise ConflictError(
            "It is just being evaluated or exported: try again later.", code="checkpoint_busy"
        )
    folders = [paths.export_dir(item) for item in checkpoint.exports.all()]
    for evaluation in checkpoint.evaluations.all():
        folders += paths.evaluation_dirs(evaluation)
    path, dataset, checkpoint_id = (
        paths.checkpoint_path(checkpoint),
        checkpoint.run.dataset,
        checkpoint.pk,
    )
    forget_moves(checkpoint)
    delete_evaluations(Evaluation.objects.filter(checkpoint=checkpoint))
    checkpoint.delete()
    path.unlink(missing_ok=True)
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
    publish_event("checkpoint.changed", dataset=dataset, id=checkpoint_id)
