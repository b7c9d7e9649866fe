"""Searches: asking for one, stopping it, telling of it. The worker's part is in searching.py."""

from datetime import datetime
from typing import Literal, NotRequired, TypedDict, cast

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.db.models import QuerySet

from annotator.kernel.errors import ConflictError
from annotator.kernel.events import publish_event
from annotator.models import Dataset
from annotator.models.jobs import ENDED_STATES, JobState
from training.evaluation.scores.operating import Reason
from training.evaluations.shown_figures import reason_of_metrics, shown_metrics
from training.jobs.nudges import nudge_search
from training.jobs.payloads import UserPayload, user_payload
from training.models import Run, RunGroup, Search, SearchState, Trial
from training.runs.runs import RunRequest, cancel_run, check_start, choose_version
from training.versions.payloads import RunVersion

from .space import Dimension, check_space

OBJECTIVE: Literal["map50_95"] = "map50_95"
"""What is searched for: of the masks, at the run's best epoch."""

TrialState = Literal[
    "queued",
    "running",
    "cancelling",
    "finished",
    "pruned",
    "stopped",
    "failed",
    "cancelled",
    "deleted",
]


class SearchPlan(TypedDict):
    space: list[Dimension]
    trials: int
    parallel: NotRequired[int]
    pruner: NotRequired[str]


class TrialPayload(TypedDict):
    """``value``: mask mAP50-95 of the best epoch so far. ``reason``: why it is null, or "".
    ``parameters``: argument → number."""

    number: int
    run: int | None
    run_name: str
    state: TrialState
    value: float | None
    reason: Reason
    epoch: int
    epochs: int
    pruned_at: int | None
    parameters: dict[str, float]


class Importance(TypedDict):
    name: str
    share: float


class SearchPayload(TypedDict):
    """``best``: the number of the trial with the best result so far."""

    id: int
    group: int
    name: str
    dataset: str
    dataset_name: str
    version: RunVersion
    state: SearchState
    error: str
    trial_count: int
    parallel: int
    pruner: Literal["none", "median", "hyperband"]
    seed: int
    epochs: int
    space: list[Dimension]
    trials: list[TrialPayload]
    best: int | None
    importance: list[Importance]
    created_by: UserPayload | None
    created_at: datetime


def start_search(
    dataset: Dataset, request: RunRequest, plan: SearchPlan, *, created_by: AbstractBaseUser
) -> Search:
    """Start a search; a cpu worker asks for its first trials. Raises ServiceError."""
    check_start(request)
    check_space(plan["space"], request)
    with transaction.atomic():
        version = choose_version(dataset, request, created_by=created_by)
        group = RunGroup.objects.create(dataset=dataset, name=request.get("name") or "Search")
        if not request.get("name"):
            group.name = f"Search #{group.pk}"
            group.save(update_fields=["name"])
        kept: dict[str, object] = {
            name: value
            for name, value in request.items()
            if name not in ("version", "checkpoint", "name")
        }
        checkpoint = request.get("checkpoint")
        if checkpoint is not None:
            kept["checkpoint"] = checkpoint.pk
        search = Search.objects.create(
            group=group,
            version=version,
            request=kept,
            space=plan["space"],
            trial_count=plan["trials"],
            parallel=plan.get("parallel", 1),
            pruner=plan.get("pruner", "median"),
            seed=request.get("seed", 0),
            created_by_id=created_by.pk,
        )
        nudge_search(search.pk)
    return search


def stop_search(search: Search, *, cancel_runs: bool) -> None:
    """Ask for no more trials; those that wait are cancelled, those that train only where asked.

    Raises ConflictError when it has ended.
    """
    with transaction.atomic():
        rows = Search.objects.filter(pk=search.pk, state=SearchState.RUNNING)
        if rows.update(state=SearchState.STOPPED) != 1:
            raise ConflictError("The search has already ended.", code="search_ended")
        runs = Run.objects.filter(trial__search=search).exclude(state__in=ENDED_STATES)
        for run in runs if cancel_runs else runs.filter(state=JobState.QUEUED):
            cancel_run(run)
    nudge_search(search.pk)  # what is known by now about the arguments
    announce_search(search)


def announce_search(search: Search) -> None:
    publish_event("search.changed", dataset=search.group.dataset, id=search.pk)


def searches_for_payload() -> QuerySet[Search]:
    return Search.objects.select_related("group__dataset", "version", "created_by")


def search_payload(search: Search) -> SearchPayload:
    trials = [trial_payload(trial) for trial in trials_of(search)]
    results = [
        trial
        for trial in trials
        if trial["state"] in ("finished", "pruned", "stopped") and trial["value"] is not None
    ]
    best = max(results, key=lambda trial: trial["value"] or 0.0, default=None)
    return {
        "id": search.pk,
        "group": search.group_id,
        "name": search.group.name,
        "dataset": search.group.dataset.slug,
        "dataset_name": search.group.dataset.name,
        "version": {"id": search.version_id, "number": search.version.number},
        "state": SearchState(search.state),
        "error": search.error,
        "trial_count": search.trial_count,
        "parallel": search.parallel,
        "pruner": search.pruner,  # type: ignore[typeddict-item]
        "seed": search.seed,
        "epochs": search.request["epochs"],
        "space": search.space,
        "trials": trials,
        "best": best and best["number"],
        "importance": [{"name": name, "share": share} for name, share in search.importance.items()],
        "created_by": user_payload(search.created_by),
        "created_at": search.created_at,
    }


def trials_of(search: Search) -> QuerySet[Trial]:
    return search.trials.select_related("run").order_by("number")


def trial_payload(trial: Trial) -> TrialPayload:
    run = trial.run
    box, mask = (run.best_box, run.best_mask) if run is not None else (None, None)
    return {
        "number": trial.number,
        "run": trial.run_id,
        "run_name": run.name if run else "",
        "state": trial_state(trial),
        "value": shown_metrics(mask)[OBJECTIVE],
        "reason": reason_of_metrics(box, mask, has_labels=True),
        "epoch": run.epoch if run else 0,
        "epochs": run.parameters["epochs"] if run else 0,
        "pruned_at": trial.pruned_at,
        "parameters": trial.parameters,
    }


def trial_state(trial: Trial) -> TrialState:
    """What came of a trial. One that was stopped before its last epoch was not measured in full:
    "pruned" by the search, "stopped" by a person."""
    run = trial.run
    if run is None:
        return "deleted"
    if run.state == JobState.FINISHED and run.stopped_early:
        return "stopped" if trial.pruned_at is None else "pruned"
    return cast(TrialState, str(run.state))
