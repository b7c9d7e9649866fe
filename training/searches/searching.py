"""The worker's part of a search: asking for the next trials, ending those that are hopeless.

Everything that a step depends on is in the database, and a step holds the search's row: however
often it is asked for, and by whomever, no trial is asked for twice.
"""

import logging
from typing import cast

from django.db import transaction

from annotator.kernel.errors import ServiceError
from annotator.models.jobs import ACTIVE_STATES, JobState
from training.models import Checkpoint, Epoch, Pruner, Run, Search, SearchState, StopMode, Trial
from training.runs.runs import RunRequest, cancel_run, start_run

from .searches import OBJECTIVE, announce_search, trial_state, trials_of
from .space import baseline
from .study import Plan, Result, TrialRecord, ask, find_importance, is_hopeless

logger = logging.getLogger(__name__)

FAILURES_IN_A_ROW = 3
_RESULTS: dict[str, Result] = {
    **dict.fromkeys(ACTIVE_STATES, "running"),
    "finished": "finished",
    "pruned": "pruned",
    "stopped": "pruned",
    "failed": "failed",
    "cancelled": "failed",
    "deleted": "failed",
}


def advance_search(search_id: int) -> None:
    """Ask for as many trials as there is room for, or see that the search has ended."""
    with transaction.atomic():
        search = (
            Search.objects.select_for_update(of=("self",))
            .select_related("group__dataset", "version")
            .filter(pk=search_id, group__dataset__deleted_at__isnull=True)
            .first()
        )
        if search is None:
            return
        trials = list(trials_of(search))
        records = _records(trials)
        search.importance = find_importance(_plan(search), records)
        if search.state == SearchState.RUNNING:
            _step(search, trials, records)
        search.save(update_fields=["importance", "state", "error"])
    announce_search(search)


def _step(search: Search, trials: list[Trial], records: list[TrialRecord]) -> None:
    if reason := _give_up(trials):
        search.state, search.error = SearchState.FAILED, reason
        return
    running = sum(record.result == "running" for record in records)
    while running < search.parallel and len(records) < search.trial_count:
        try:
            with transaction.atomic():
                records.append(_start_trial(search, records))
        except ServiceError as error:
            search.state = SearchState.FAILED
            search.error = f"Trial {len(records) + 1} could not be started: {error}"
            return
        running += 1
    if not running:
        search.state = SearchState.FINISHED


def _give_up(trials: list[Trial]) -> str:
    """Return why no further trial makes sense, or ""."""
    ended = [trial.run for trial in trials if trial.run is not None and not trial.run.is_active]
    last = ended[-FAILURES_IN_A_ROW:]
    if len(last) < FAILURES_IN_A_ROW or any(run.state != JobState.FAILED for run in last):
        return ""
    return f"{FAILURES_IN_A_ROW} trials in a row failed. The last one: {last[-1].error}"


def _start_trial(search: Search, records: list[TrialRecord]) -> TrialRecord:
    request = search.request
    parameters = None
    if not records:
        parameters = baseline(
            search.space,
            request,
            class_count=len(search.version.classes) or search.group.dataset.classes.count(),
        )
    if parameters is None:
        parameters = ask(_plan(search), records)
    number = len(records)
    run = start_run(
        search.group.dataset,
        _trial_request(search, parameters, name=f"{search.group.name} trial {number + 1}"),
        created_by=search.created_by,
    )
    Run.objects.filter(pk=run.pk).update(group=search.group_id)
    Trial.objects.create(search=search, number=number, parameters=parameters, run=run)
    return TrialRecord(parameters, "running", None, {})


def _trial_request(search: Search, parameters: dict[str, float], *, name: str) -> RunRequest:
    request = dict(search.request)
    searched = dict(parameters)
    if "lr0" in searched:
        request["learning_rate"] = searched.pop("lr0")
    request["arguments"] = {**request.get("arguments", {}), **searched}
    if "checkpoint" in request:
        request["checkpoint"] = _find_checkpoint(request["checkpoint"])
    return cast(RunRequest, {**request, "version": search.version, "name": name})


def _find_checkpoint(checkpoint_id: int) -> Checkpoint:
    checkpoint = Checkpoint.objects.select_related("run").filter(pk=checkpoint_id).first()
    if checkpoint is None:
        raise ServiceError("the checkpoint that it starts from was deleted.")
    return checkpoint


def prune_if_hopeless(run: Run) -> None:
    """Stop and keep the run of a trial that has fallen behind; called after each of its epochs."""
    trial = Trial.objects.select_related("search").filter(run=run, pruned_at__isnull=True).first()
    if trial is None or trial.search.pruner == Pruner.NONE:
        return
    if run.epoch >= run.parameters["epochs"]:
        return
    search = trial.search
    records = _records(list(trials_of(search)))
    if is_hopeless(_plan(search), records, trial.number):
        logger.info("%s: pruned after epoch %s", trial, run.epoch)
        Trial.objects.filter(pk=trial.pk).update(pruned_at=run.epoch)
        cancel_run(run, StopMode.KEEP)


def _plan(search: Search) -> Plan:
    return Plan(
        name=str(search),
        space=search.space,
        trial_count=search.trial_count,
        seed=search.seed,
        pruner=search.pruner,
        epochs=search.request["epochs"],
    )


def _records(trials: list[Trial]) -> list[TrialRecord]:
    """What the study is to know of each trial, in their order."""
    scores: dict[int, dict[int, float]] = {}
    rows = Epoch.objects.filter(run__in=[trial.run_id for trial in trials if trial.run_id])
    for run_id, number, mask in rows.order_by().values_list("run_id", "number", "mask"):
        scores.setdefault(run_id, {})[number] = mask[OBJECTIVE]
    return [_record(trial, scores.get(trial.run_id or 0, {})) for trial in trials]


def _record(trial: Trial, scores: dict[int, float]) -> TrialRecord:
    result = _RESULTS[trial_state(trial)]
    value = None
    if result == "finished":
        mask = trial.run.best_mask if trial.run else None
        value = mask[OBJECTIVE] if mask else None
        result = "failed" if value is None else "finished"
    return TrialRecord(trial.parameters, result, value, scores)
