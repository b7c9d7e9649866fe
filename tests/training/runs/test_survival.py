"""What becomes of a run whose engine misbehaves: its attempts, its message, its end.

The engine is a scripted child process (scripted_engine.py); tests/faults does it to the real one.
"""

import threading
import time
from collections.abc import Callable

import pytest
from django.db import connection
from pytest_django import Settings

from annotator.kernel.errors import ConflictError
from training import paths
from training.jobs import disk
from training.models import Run, RunAttempt, StopMode
from training.runs.attempts import open_attempt
from training.runs.payloads import run_payload, runs_for_payload
from training.runs.runs import cancel_run, resume_run
from training.runs.training import train_next_run

from ..conftest import Engine, Pond, Step, freeze, start

# Less than the pause of the scripted engine. Only for tests of silence: the others must not depend
# on how soon a busy machine notices what they wait for.
SOON_MINUTES = 0.04


@pytest.fixture
def run(pond: Pond) -> Run:
    return start(pond, version=freeze(pond), epochs=4, batch=8)


def trained(run: Run) -> Run:
    train_next_run()
    return runs_for_payload().get(pk=run.pk)


def outcomes(run: Run) -> list[str]:
    return [row.outcome for row in run.attempt_rows.all()]


def while_it_trains(run: Run, action: Callable[[Run], object]) -> threading.Thread:
    """Do something once the run has begun its second epoch."""

    def act() -> None:
        try:
            deadline = time.monotonic() + 60
            while Run.objects.get(pk=run.pk).epoch < 2 and time.monotonic() < deadline:
                time.sleep(0.05)
            action(Run.objects.get(pk=run.pk))
        finally:
            connection.close()

    thread = threading.Thread(target=act)
    thread.start()
    return thread


def test_what_the_engine_lowers_is_noted_at_its_attempt(run: Run, engine: Engine) -> None:
    lowered = "Images are loaded by 2 workers instead of 8: this host has 2 processors."
    many = [f"WARNING ⚠️ {number}" for number in range(30)]
    engine.follow({"warnings": [lowered, *many]})
    (attempt,) = run_payload(trained(run))["attempts"]
    assert attempt["notes"][:2] == [lowered, "0"]
    assert len(attempt["notes"]) == 20


def test_an_attempt_that_trains_tells_how_far_it_is(run: Run) -> None:
    open_attempt(run, device="cpu", from_epoch=0, batch=8, loader_workers=0)
    Run.objects.filter(pk=run.pk).update(epoch=2)
    (attempt,) = run_payload(runs_for_payload().get(pk=run.pk))["attempts"]
    assert (attempt["to_epoch"], attempt["sentence"]) == (
        2,
        "Training: 2 of 4 epochs are finished.",
    )


def test_the_time_left_is_kept_as_the_engine_tells_it(run: Run, engine: Engine) -> None:
    engine.follow({"epochs": 2, "then": "kill"}, {"epochs": 2, "then": "kill"})
    failed = trained(run)
    assert (failed.state, failed.eta_seconds) == ("failed", 1.0)
    assert run_payload(failed)["progress"]["eta_seconds"] is None


def test_runs_are_logged_to_the_mlflow_server_of_the_settings(
    run: Run, engine: Engine, settings: Settings
) -> None:
    settings.MLFLOW_URI = "http://tracking:5000"
    engine.follow({})
    trained(run)
    assert engine.requests[0]["mlflow_uri"] == "http://tracking:5000"


def test_out_of_memory_halves_the_batch_until_it_fits(run: Run, engine: Engine) -> None:
    engine.follow({"epochs": 0, "then": "oom"}, {"epochs": 2, "then": "oom"}, {})
    done = trained(run)
    assert done.state == "finished"
    assert [request["batch"] for request in engine.requests] == [8, 4, 2]
    assert [request["resume"] for request in engine.requests] == [False, False, True]
    assert [row.number for row in done.epoch_rows.all()] == [1, 2, 3, 4]
    told = run_payload(done)
    assert (told["batch"], told["parameters"]["batch"]) == (2, 8)
    first, second, third = (item["sentence"] for item in told["attempts"])
    assert first.startswith("Out of memory at epoch 1 with batch 8: ")
    assert first.endswith("; started again with batch 4.")
    assert second.startswith("Out of memory at epoch 3 with batch 4: ")
    assert second.endswith("; resumed after epoch 2 with batch 2.")
    assert third == "Finished: 4 epochs."


def test_where_a_smaller_batch_is_not_allowed_the_run_says_so(run: Run, engine: Engine) -> None:
    Run.objects.filter(pk=run.pk).update(allow_smaller_batch=False)
    engine.follow({"epochs": 1, "then": "oom"})
    done = trained(run)
    assert done.state == "failed"
    assert "A smaller batch was not allowed." in done.error
    assert done.error_hint.startswith("Start again with a smaller batch")


def test_too_little_shared_memory_takes_fewer_loaders(run: Run, engine: Engine) -> None:
    Run.objects.filter(pk=run.pk).update(loader_workers=4)
    engine.follow({"epochs": 1, "then": "no_shared_memory"}, {})
    done = trained(run)
    assert done.state == "finished"
    assert [(item["batch"], item["workers"]) for item in engine.requests] == [(8, 4), (8, 2)]
    assert "2 processes that load images" in run_payload(done)["attempts"][0]["sentence"]


def test_killed_twice_at_one_epoch_it_is_given_up(run: Run, engine: Engine) -> None:
    Run.objects.filter(pk=run.pk).update(allow_smaller_batch=False)
    engine.follow(*[{"epochs": 1, "then": "kill"}, {"epochs": 2, "then": "kill"}])
    engine.follow({"epochs": 1, "then": "kill"}, *[{"epochs": 2, "then": "kill"}] * 3)
    done = trained(run)
    assert done.state == "failed"
    assert len(engine.requests) == 3
    assert done.error.startswith("Killed at epoch 3: ")
    assert done.error.endswith("That happened 2 times at this epoch, so it was given up.")
    assert {item.kind for item in done.checkpoints.all()} == {"best", "last"}


def test_resumed_by_hand_it_starts_counting_anew(pond: Pond, run: Run, engine: Engine) -> None:
    crash: Step = {"epochs": 1, "then": "crash"}
    engine.follow(crash, crash, crash, {})
    assert trained(run).state == "failed"
    resume_run(run, resumed_by=pond.lead)
    assert Run.objects.get(pk=run.pk).state == "queued"
    done = trained(run)
    assert done.state == "finished"
    assert outcomes(done) == ["crashed", "crashed", "crashed", "finished"]
    told = run_payload(done)["attempts"]
    assert told[1]["sentence"].endswith(f"; resumed after epoch 1 by {pond.lead.username}.")
    with pytest.raises(ConflictError, match="has finished"):
        resume_run(done, resumed_by=pond.lead)


def test_a_hang_is_noted_with_its_stacks_and_resumed_once(
    run: Run, engine: Engine, settings: Settings
) -> None:
    settings.HANG_MINUTES = SOON_MINUTES
    engine.follow({"epochs": 1, "then": "hang"}, {"epochs": 2, "then": "hang"}, {})
    done = trained(run)
    assert outcomes(done) == ["hung", "hung"]
    assert done.state == "failed"
    assert done.error.startswith("Hung at epoch 3: nothing came from it for ")
    assert done.error.endswith("It had hung before, so it was given up.")
    log = paths.run_log_path(run).read_text()
    assert log.count("most recent call first") == 2
    assert "in misbehave" in log


def test_stop_and_keep_ends_it_as_finished(run: Run, engine: Engine) -> None:
    engine.follow({"epochs": 2, "then": "hang"})
    thread = while_it_trains(run, lambda run: cancel_run(run, StopMode.KEEP))
    done = trained(run)
    thread.join()
    assert (done.state, done.epoch, done.stopped_early) == ("finished", 2, True)
    assert outcomes(done) == ["stopped"]
    assert "after epoch 2 of 4" in done.attempt_rows.get().sentence
    assert done.evaluations.get().split == "val"


def test_stop_now_ends_it_as_cancelled_and_it_can_be_resumed(
    pond: Pond, run: Run, engine: Engine
) -> None:
    engine.follow({"epochs": 2, "then": "hang"}, {})
    thread = while_it_trains(run, cancel_run)
    done = trained(run)
    thread.join()
    assert (done.state, outcomes(done)) == ("cancelled", ["cancelled"])
    assert done.checkpoints.filter(kind="last").exists()
    resume_run(done, resumed_by=pond.lead)
    assert trained(run).state == "finished"
    assert engine.requests[1]["resume"] is True


def test_a_paused_engine_is_not_hung_and_says_why(
    run: Run, engine: Engine, settings: Settings
) -> None:
    settings.HANG_MINUTES = SOON_MINUTES
    engine.follow({"epochs": 2, "then": "pause"})
    seen: list[tuple[bool, str]] = []

    def look(run: Run) -> None:
        deadline = time.monotonic() + 60
        while (True, "Paused: The disk is full.") not in seen and time.monotonic() < deadline:
            run.refresh_from_db()
            seen.append((run.is_paused, run.progress_message))
            time.sleep(0.05)

    thread = while_it_trains(run, look)
    done = trained(run)
    thread.join()
    assert (True, "Paused: The disk is full.") in seen
    assert (done.state, done.is_paused, outcomes(done)) == ("finished", False, ["finished"])


def test_a_full_disk_holds_a_run_back(run: Run, engine: Engine, settings: Settings) -> None:
    settings.MIN_FREE_DISK_MEGABYTES = 10**12
    assert disk.find_disk_shortage()
    waiting = trained(run)
    assert (waiting.state, waiting.is_paused) == ("queued", True)
    assert waiting.progress_message.startswith("Paused: The disk of ")
    settings.MIN_FREE_DISK_MEGABYTES = 1
    engine.follow({})
    done = trained(run)
    assert (done.state, done.is_paused) == ("finished", False)


def test_what_a_dead_worker_left_open_is_closed_by_the_next(run: Run, engine: Engine) -> None:
    """As the database looks when the machine went down in the middle of an epoch."""
    engine.follow({"epochs": 2, "then": "oom"}, {})
    Run.objects.filter(pk=run.pk).update(allow_smaller_batch=False)
    trained(run)
    RunAttempt.objects.filter(run=run).update(
        outcome="running", sentence="", ended_at=None, worker="another-host:17"
    )
    Run.objects.filter(pk=run.pk).update(state="running", lease_owner="another-host:17:x")
    Run.objects.filter(pk=run.pk).update(lease_until="2026-01-01T00:00Z", error="")
    done = trained(run)
    assert (done.state, outcomes(done)) == ("finished", ["lost", "finished"])
    assert run_payload(done)["attempts"][0]["sentence"] == (
        "The worker on another-host fell silent at epoch 3; resumed after epoch 2."
    )


def test_what_it_learns_can_be_watched(run: Run, engine: Engine) -> None:
    from training.runs.samples import list_samples

    engine.follow({})
    done = trained(run)
    samples = list_samples(done)
    assert [sample["epoch"] for sample in samples] == [1, 2, 3, 4]
    (image,) = samples[0]["images"]
    (found,) = image["instances"]
    assert (found["class_name"], found["color"]) == (
        done.version.classes[0]["name"],
        done.version.classes[0]["color"],
    )
    assert image["image_url"].startswith(f"/api/versions/{run.version_id}/files/")
    assert image["instances"][0]["polygon"] == [1, 1, 9, 1, 9, 9]
