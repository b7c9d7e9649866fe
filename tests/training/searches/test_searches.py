"""Searches: what is asked next, what is stopped early, and that nothing is asked twice.

The runs are those of a scripted engine; Optuna is the real one.
"""

import base64
import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, cast

import pytest
from celery import current_app

from annotator.kernel.errors import ConflictError, ServiceError
from annotator.models import Dataset
from annotator.models.jobs import JobState
from training.jobs.nudges import sweep_searches
from training.models import Run, Search, SearchState, Trial, Version
from training.runs.runs import delete_run
from training.runs.training import train_next_run
from training.searches import searching
from training.searches.searches import SearchPlan, search_payload, start_search, stop_search
from training.searches.searching import advance_search
from training.searches.space import Dimension, check_space, list_proposals
from training.searches.study import Plan, TrialRecord, ask, find_importance, is_hopeless

from ..conftest import TINY, Engine, Pond, freeze

SPACE: list[Dimension] = [
    {"name": "lr0", "low": 1e-4, "high": 1e-2, "log": True, "kind": "float"},
    {"name": "mosaic", "low": 0.0, "high": 1.0, "log": False, "kind": "float"},
]
METRICS = ("precision", "recall", "map50", "map50_95")
PLAN = Plan("search 1", SPACE, trial_count=20, seed=3, pruner="median", epochs=10)


def record(number: int, value: float | None = None, **changes: Any) -> TrialRecord:
    parameters = {"lr0": 1e-3 + number * 1e-4, "mosaic": number / 20}
    values = {"result": "finished", "value": value, "scores": {}, **changes}
    return TrialRecord(parameters, **values)


# --- the study: a pure function of the trials ---------------------------------------------------


def test_the_same_trials_ask_for_the_same_and_others_for_something_else() -> None:
    trials = [record(number, number / 10) for number in range(8)]
    assert ask(PLAN, trials) == ask(PLAN, trials)
    asked = [ask(PLAN, trials[:count]) for count in range(5)]
    assert len({item["mosaic"] for item in asked}) == 5  # a fresh sampler does not draw the same
    for item in asked:
        assert 1e-4 <= item["lr0"] <= 1e-2
        assert 0 <= item["mosaic"] <= 1


def test_it_comes_closer_to_the_best() -> None:
    """On a hill whose top is at mosaic = 0.3, later trials lie nearer to it than the first ones."""
    trials: list[TrialRecord] = []
    for _ in range(30):
        parameters = ask(PLAN, trials)
        value = 1 - abs(parameters["mosaic"] - 0.3)
        trials.append(TrialRecord(parameters, "finished", value, {}))
    distances = [abs(trial.parameters["mosaic"] - 0.3) for trial in trials]
    assert sum(distances[-10:]) < sum(distances[:10]) / 2
    importance = find_importance(PLAN, trials)
    assert next(iter(importance)) == "mosaic"
    assert sum(importance.values()) == pytest.approx(1, abs=1e-3)


def test_who_falls_behind_the_median_is_hopeless() -> None:
    good = [
        record(number, 0.5, scores={epoch: epoch / 20 for epoch in range(1, 11)})
        for number in range(5)
    ]
    slow = record(5, result="running", scores=dict.fromkeys(range(1, 6), 0.01))
    fast = record(5, result="running", scores={epoch: epoch / 10 for epoch in range(1, 6)})
    assert is_hopeless(PLAN, [*good, slow], 5)
    assert not is_hopeless(PLAN, [*good, fast], 5)
    assert not is_hopeless(PLAN, [*good[:2], slow], 2)  # too few to judge by
    assert not is_hopeless(PLAN, [slow, *good], 0)  # the others are measured by the first


def test_hyperband_stops_at_a_rung_who_is_not_among_the_best_there() -> None:
    """Its rungs: a fifth of the epochs, and three times that."""
    plan = replace(PLAN, pruner="hyperband", epochs=27)

    def climb(value: float, epochs: int = 27) -> dict[int, float]:
        return {epoch: value * epoch / 27 for epoch in range(1, epochs + 1)}

    ended = [record(i, i / 10, scores=climb(i / 10)) for i in range(1, 9)]

    def stops(value: float) -> list[int]:
        return [
            epochs
            for epochs in range(1, 27)
            if is_hopeless(
                plan, [*ended, record(8, result="running", scores=climb(value, epochs))], 8
            )
        ]

    assert stops(0.05)
    assert set(stops(0.05)) <= {5, 15}
    assert stops(0.9) == []


def test_importance_waits_for_results() -> None:
    assert find_importance(PLAN, [record(0, 0.5), record(1, result="failed")]) == {}
    assert find_importance(PLAN, [record(number, 0.5) for number in range(6)]) == {}


# --- the space ----------------------------------------------------------------------------------


def test_each_proposal_can_be_searched() -> None:
    space = [item["dimension"] for item in list_proposals()]
    check_space(space, {})
    assert any(item["is_usual"] for item in list_proposals())


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"name": "epochs"}, "cannot be searched"),
        ({"low": 0.5, "high": 0.5}, "has to rise"),
        ({"low": 0.0, "log": True}, "above 0"),
        ({"low": -0.1}, "begin at 0"),
        ({"kind": "int"}, "kind float"),
        ({"name": "momentum", "low": 0.8, "high": 0.9}, "has no effect"),
    ],
)
def test_what_cannot_be_searched_is_refused(change: dict[str, Any], problem: str) -> None:
    item: Dimension = {**SPACE[1], **change}  # type: ignore[typeddict-item]
    with pytest.raises(ServiceError, match=problem):
        check_space([item], {})


def test_no_argument_and_one_twice_are_refused() -> None:
    with pytest.raises(ServiceError, match="at least one"):
        check_space([], {})
    with pytest.raises(ServiceError, match="twice"):
        check_space([SPACE[0], SPACE[0]], {})


# --- trials as runs -----------------------------------------------------------------------------


@pytest.fixture
def version(pond: Pond) -> Version:
    return freeze(pond)


def begin(pond: Pond, version: Version, **plan: Any) -> Search:
    plan = {"space": SPACE, "trials": 4, "parallel": 1, "pruner": "none", **plan}
    search = start_search(
        pond.dataset,
        {**TINY, "epochs": 6, "version": version},
        SearchPlan(**plan),  # type: ignore[typeddict-item]
        created_by=pond.lead,
    )
    advance_search(search.pk)
    search.refresh_from_db()
    return search


def runs_of(search: Search) -> list[Run]:
    return [trial.run for trial in search.trials.select_related("run") if trial.run]


def end(run: Run, score: float | None = None, *, state: JobState = JobState.FINISHED) -> None:
    mask = None if score is None else dict.fromkeys(METRICS, score)
    Run.objects.filter(pk=run.pk).update(state=state, best_mask=mask, best_box=mask)


def test_a_trial_that_found_nothing_says_so(pond: Pond, version: Version) -> None:
    search = begin(pond, version, parallel=2)
    for _ in range(2):
        advance_search(search.pk)
    nothing, something = runs_of(search)
    end(nothing, 0.0)
    end(something, 0.2)
    told = [(trial["value"], trial["reason"]) for trial in search_payload(search)["trials"]]
    assert told == [(None, "nothing_found"), (0.2, "")]
    assert search_payload(search)["best"] == 1


def states(search: Search) -> list[str]:
    return [trial["state"] for trial in search_payload(search)["trials"]]


def test_a_search_from_the_first_trial_to_the_last(
    pond: Pond, version: Version, engine: Engine
) -> None:
    engine.follow({}, {}, {"epochs": 1, "then": "crash"}, {"epochs": 1, "then": "crash"}, {}, {})
    search = begin(pond, version, trials=3)
    while search.state == SearchState.RUNNING:
        assert sum(run.is_active for run in runs_of(search)) == 1
        train_next_run()
        advance_search(search.pk)
        search.refresh_from_db()
    assert search.state == SearchState.FINISHED
    assert len(states(search)) == 3
    assert states(search)[0] == "finished"
    payload = search_payload(search)
    assert payload["best"] is not None
    first = engine.requests[0]
    assert first["lr0"] == payload["trials"][0]["parameters"]["lr0"]
    searched = {"mosaic": payload["trials"][0]["parameters"]["mosaic"]}
    assert first["arguments"] == TINY["arguments"] | searched


def test_no_trial_is_asked_for_twice(pond: Pond, version: Version) -> None:
    search = begin(pond, version, parallel=2)
    for _ in range(3):
        advance_search(search.pk)
    first, second = runs_of(search)
    end(first, 0.4)
    for _ in range(3):
        advance_search(search.pk)
    assert states(search) == ["finished", "queued", "queued"]
    end(second, 0.2)
    end(runs_of(search)[2], 0.6)
    advance_search(search.pk)
    assert states(search).count("queued") == 1  # the fourth is the last
    end(runs_of(search)[3], 0.5)
    advance_search(search.pk)
    search.refresh_from_db()
    assert search.state == SearchState.FINISHED
    assert search_payload(search)["best"] == 2
    assert set(search.importance) == {"lr0", "mosaic"}


def test_failed_and_deleted_trials_count_and_the_search_goes_on(
    pond: Pond, version: Version
) -> None:
    search = begin(pond, version)
    end(runs_of(search)[0], state=JobState.FAILED)
    advance_search(search.pk)
    end(runs_of(search)[1], 0.3)
    delete_run(Run.objects.get(pk=runs_of(search)[1].pk))
    advance_search(search.pk)
    assert states(search) == ["failed", "deleted", "queued"]


def test_three_failures_in_a_row_end_it_with_their_reason(pond: Pond, version: Version) -> None:
    search = begin(pond, version, trials=9)
    for _ in range(3):
        run = runs_of(search)[-1]
        end(run, state=JobState.FAILED)
        Run.objects.filter(pk=run.pk).update(error="There is no more memory.")
        advance_search(search.pk)
    search.refresh_from_db()
    assert search.state == SearchState.FAILED
    assert "no more memory" in search.error
    assert len(states(search)) == 3


def test_stopping_cancels_what_waits_and_asks_for_no_more(pond: Pond, version: Version) -> None:
    search = begin(pond, version, parallel=2)
    first = runs_of(search)[0]
    Run.objects.filter(pk=first.pk).update(state=JobState.RUNNING)
    stop_search(search, cancel_runs=False)
    assert states(search) == ["running", "cancelled"]
    end(first, 0.4)
    advance_search(search.pk)
    search.refresh_from_db()
    assert (search.state, len(states(search))) == (SearchState.STOPPED, 2)
    with pytest.raises(ConflictError):
        stop_search(search, cancel_runs=True)


def test_a_checkpoint_that_was_deleted_ends_it_with_a_sentence(
    pond: Pond, version: Version
) -> None:
    search = begin(pond, version)
    Search.objects.filter(pk=search.pk).update(request={**search.request, "checkpoint": 999})
    end(runs_of(search)[0], 0.4)
    advance_search(search.pk)
    search.refresh_from_db()
    assert search.state == SearchState.FAILED
    assert "checkpoint" in search.error


def test_a_hopeless_trial_is_stopped_and_kept(
    pond: Pond, version: Version, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rule is Optuna's, tested above; here, what follows from it."""

    def from_the_third_epoch_on(_: Plan, trials: Sequence[TrialRecord], number: int) -> bool:
        return len(trials[number].scores) >= 3

    monkeypatch.setattr(searching, "is_hopeless", from_the_third_epoch_on)
    engine.follow({"epochs": 3, "then": "hang"})
    search = begin(pond, version, pruner="median")
    train_next_run()
    run = runs_of(search)[0]
    assert (run.state, run.stopped_early, run.epoch) == ("finished", True, 3)
    assert states(search) == ["pruned"]
    assert Trial.objects.get(search=search).pruned_at == 3
    (attempt,) = run.attempt_rows.all()
    assert attempt.sentence.startswith("Stopped by its search, as it fell behind, after epoch 3")


def test_a_search_in_the_trash_rests(pond: Pond, version: Version) -> None:
    search = begin(pond, version)
    end(runs_of(search)[0], 0.4)
    pond.dataset.deleted_at = search.created_at
    pond.dataset.save()
    advance_search(search.pk)
    assert len(states(search)) == 1


# --- those that nobody told to go on ------------------------------------------------------------


@pytest.fixture
def queue() -> Iterator[Any]:
    """A client of the real Redis, whose cpu queue is emptied afterwards."""
    with current_app.connection_for_read() as connection:
        client = cast(Any, connection.default_channel).client
        yield client
        client.delete("cpu")


def sweep_after_loss(queue: Any) -> list[list[int]]:
    """All messages are lost, and what the sweep then sends: the arguments of its tasks."""
    queue.delete("cpu")
    sweep_searches()
    messages = [json.loads(text) for text in queue.lrange("cpu", 0, -1)]
    assert {item["headers"]["task"] for item in messages} <= {"training.tasks.advance_search"}
    return [json.loads(base64.b64decode(item["body"]))[0] for item in messages]


def test_the_sweep_finds_a_search_whose_message_was_lost(
    pond: Pond, version: Version, queue: Any
) -> None:
    search = begin(pond, version)
    assert sweep_after_loss(queue) == []  # its trial is at work
    end(runs_of(search)[0], 0.4)
    assert sweep_after_loss(queue) == [[search.pk]]
    sweep_searches()
    assert queue.llen("cpu") == 1  # the message that waits is enough


def test_the_sweep_leaves_what_has_ended_or_lies_in_the_trash(
    pond: Pond, version: Version, queue: Any
) -> None:
    search = begin(pond, version, trials=2)
    end(runs_of(search)[0], 0.4)
    Dataset.objects.filter(pk=pond.dataset.pk).update(deleted_at=search.created_at)
    assert sweep_after_loss(queue) == []
    Dataset.objects.filter(pk=pond.dataset.pk).update(deleted_at=None)
    advance_search(search.pk)
    end(runs_of(search)[1], 0.3)
    assert sweep_after_loss(queue) == [[search.pk]]  # that it has ended is still to be said
    advance_search(search.pk)
    assert sweep_after_loss(queue) == []
