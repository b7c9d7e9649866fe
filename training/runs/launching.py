"""Starting runs in one go, asking for the same again, and doing it without Segloop."""

import statistics
from collections.abc import Sequence
from itertools import product
from typing import Literal, TypedDict, cast

import yaml
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction

from annotator.kernel.errors import ServiceError
from annotator.kernel.plain_text import one_line
from annotator.models import Dataset
from annotator.models.jobs import JobState
from training import paths
from training.evaluations.shown_figures import reason_of_metrics
from training.models import Run, RunGroup
from training.versions.folds import data_yaml_of

from .payloads import MetricSet, RunPayload, run_payload, runs_for_payload, search_of
from .runs import RunRequest, start_run

MOST_RUNS = 50
METRICS: tuple[Literal["precision", "recall", "map50", "map50_95"], ...] = (
    "precision",
    "recall",
    "map50",
    "map50_95",
)


class Spread(TypedDict):
    """Of the best epochs' masks over the finished runs of a group that began with one model; none
    where all of them found nothing."""

    model: str
    run_count: int
    metric: str
    mean: float
    deviation: float


class RunGroupPayload(TypedDict):
    id: int
    name: str
    dataset: str
    search: int | None
    runs: list[RunPayload]
    finished_count: int
    spread: list[Spread]


def start_runs(
    dataset: Dataset,
    request: RunRequest,
    *,
    models: Sequence[str],
    seeds: Sequence[int],
    folds: int = 0,
    created_by: AbstractBaseUser,
) -> RunGroup:
    """Queue a run for each model, each seed and each fold, as one group, all on the same version.

    Without ``models`` they start from the request's own base model or checkpoint, without ``folds``
    they train on the version's own train. All models and seeds are given the same folds. Raises
    ServiceError; then none is started.
    """
    seeds = seeds or [request.get("seed", 0)]
    choices = list(product(models or [""], seeds, range(1, folds + 1) or [0]))
    if not 1 < len(choices) <= MOST_RUNS:
        raise ServiceError(
            f"A group has 2 to {MOST_RUNS} runs; this would be {len(choices)}.", code="group_size"
        )
    with transaction.atomic():
        group = RunGroup.objects.create(dataset=dataset, name=request.get("name") or "Group")
        for model, seed, fold in choices:
            one = cast(RunRequest, {**request, "seed": seed})
            if fold:
                one["fold"] = {"number": fold, "count": folds, "seed": seeds[0]}
            if model:
                one["base_model"] = model
            parts = [model.rpartition(".")[0]] if len(models) > 1 else []
            parts += [f"seed {seed}"] if len(seeds) > 1 else []
            parts += [f"fold {fold}"] if fold else []
            one["name"] = " ".join([request.get("name") or "", *parts]).strip()
            run = start_run(dataset, one, created_by=created_by)
            request["version"] = run.version
            Run.objects.filter(pk=run.pk).update(group=group)
        if not request.get("name"):
            group.name = f"Group #{group.pk}"
            group.save(update_fields=["name"])
    return group


def group_payload(group: RunGroup) -> RunGroupPayload:
    runs = list(runs_for_payload().filter(group=group).order_by("pk"))
    scores: dict[str, list[MetricSet]] = {}
    for run in runs:
        if run.state == JobState.FINISHED and run.best_mask:
            scores.setdefault(run.base_model, []).append(run.best_mask)
    found = {
        model: of_model
        for model, of_model in scores.items()
        if len(of_model) > 1 and not reason_of_metrics(*of_model, has_labels=True)
    }
    return {
        "id": group.pk,
        "name": group.name,
        "dataset": group.dataset.slug,
        "search": search_of(group),
        "runs": [run_payload(run) for run in runs],
        "finished_count": sum(len(of_model) for of_model in scores.values()),
        "spread": [
            _spread(model, metric, [score[metric] for score in of_model])
            for model, of_model in found.items()
            for metric in METRICS
        ],
    }


def _spread(model: str, metric: str, values: list[float]) -> Spread:
    return {
        "model": model,
        "run_count": len(values),
        "metric": metric,
        "mean": statistics.fmean(values),
        "deviation": statistics.stdev(values),
    }


def request_of(run: Run) -> dict[str, object]:
    """Return what to post to start the same run again, on the same version."""
    payload = run_payload(run)
    request: dict[str, object] = {
        "dataset": payload["dataset"],
        "version": payload["version"]["id"],
        "name": run.name,
        **run.parameters,
        "allow_smaller_batch": run.allow_smaller_batch,
        "priority": payload["priority"],
    }
    if run.source_checkpoint_id is not None:
        return request | {"checkpoint": run.source_checkpoint_id}
    return request | {"base_model": run.base_model}


def yolo_yaml(run: Run) -> bytes:
    """Return the run's arguments as a file for plain Ultralytics: ``yolo cfg=yolo.yaml``."""
    parameters = run.parameters
    model = run.base_model
    if run.source_checkpoint is not None:
        model = str(paths.checkpoint_path(run.source_checkpoint))
    elif model.endswith(".pt") and (paths.weights_dir() / model).is_file():
        model = str(paths.weights_dir() / model)
    content: dict[str, object] = {
        "task": "segment",
        "mode": "train",
        "model": model,
        "data": str(data_yaml_of(run)),
        "epochs": parameters["epochs"],
        "imgsz": parameters["image_size"],
        "batch": run.batch or parameters["batch"],
        "seed": parameters["seed"],
        "patience": parameters["patience"],
    }
    if parameters["device"] != "auto":
        content["device"] = parameters["device"]
    if parameters["learning_rate"] is not None:
        content |= {"lr0": parameters["learning_rate"], "optimizer": "AdamW"}
    content |= parameters.get("arguments", {})
    name = one_line(run.name)
    head = f"# Run {run.pk} of Segloop, “{name}”. With plain Ultralytics: yolo cfg=yolo.yaml\n"
    return head.encode() + yaml.safe_dump(content, sort_keys=False, allow_unicode=True).encode()
