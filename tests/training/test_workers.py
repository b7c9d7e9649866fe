"""Real Celery workers on a real Redis: killed, cancelled, nudged twice."""

import os
import re
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import timedelta
from pathlib import Path

import psutil
import pytest
from celery import current_app
from django.db import connection
from django.utils import timezone

from tests import services
from training import paths
from training.evaluations.evaluations import start_evaluation
from training.jobs.nudges import count_messages
from training.models import Evaluation, Run, Worker
from training.runs.runs import cancel_run

from .conftest import Pond, freeze, start

pytestmark = pytest.mark.slow


class GpuWorker:
    """A gpu worker process that a test may kill."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self._stack = ExitStack()

    def start(self) -> None:
        name = connection.settings_dict["NAME"]
        url = f"sqlite:///{name}" if connection.vendor == "sqlite" else os.environ["DATABASE_URL"]
        self._log.write_bytes(b"")
        worker = services.celery_worker("gpu", environment={"DATABASE_URL": url}, log=self._log)
        self._stack.enter_context(worker)

    @property
    def pid(self) -> int:
        return Worker.objects.filter(queue="gpu").latest("heartbeat_at").pid

    def kill(self) -> None:
        """kill -9, as the kernel does when the memory runs out."""
        os.kill(self.pid, signal.SIGKILL)

    def stop(self) -> None:
        self._stack.close()


@pytest.fixture
def gpu_worker(pond: Pond, tmp_path: Path) -> Iterator[GpuWorker]:
    paths.train_arguments_path().unlink(missing_ok=True)  # what an earlier worker told
    worker = GpuWorker(tmp_path / "gpu.log")
    worker.start()
    yield worker
    worker.stop()


def wait_for(condition: Callable[[], bool], *, seconds: float = 200) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)


def suspend_between_writes(worker: psutil.Process) -> None:
    """Stop a process that does not hold the write lock of SQLite in that moment.

    A stopped process keeps its lock, and nobody else could write: not what is tested here.
    """
    for _ in range(100):
        worker.suspend()
        if connection.vendor != "sqlite" or can_write():
            return
        worker.resume()
        time.sleep(0.05)
    pytest.fail("the worker held the write lock each time it was stopped")


def can_write() -> bool:
    other = sqlite3.connect(connection.settings_dict["NAME"], timeout=0.5, isolation_level=None)
    with closing(other):
        try:
            other.execute("BEGIN IMMEDIATE")
            other.execute("ROLLBACK")
        except sqlite3.OperationalError:
            return False
    return True


def engines_of(run: Run) -> list[psutil.Process]:
    """Engine processes that have this run's log open."""
    log = str(paths.run_log_path(run))
    found = []
    for process in psutil.process_iter(["cmdline"]):
        if "training.engine" in (process.info["cmdline"] or []):
            try:
                if Path(f"/proc/{process.pid}/fd/2").readlink() == Path(log):
                    found.append(process)
            except OSError:
                continue
    return found


def state_of(run: Run) -> str:
    run.refresh_from_db()
    return run.state


def test_a_killed_worker_costs_no_epoch(pond: Pond, gpu_worker: GpuWorker) -> None:
    run = start(pond, version=freeze(pond), epochs=6)
    wait_for(lambda: state_of(run) == "running" and run.epoch >= 2)
    (engine,) = engines_of(run)
    gpu_worker.kill()
    engine.wait(timeout=60)  # the engine goes with its worker
    run.refresh_from_db()
    reached = run.epoch
    assert run.state == "running"  # nobody was left to say anything
    assert paths.weights_path(run, "last").is_file()
    first_log = paths.run_log_path(run).read_text(errors="replace")

    gpu_worker.start()  # it sees that the holder of the lease is dead, and goes on at once
    wait_for(lambda: state_of(run) == "finished")
    assert run.attempts == 2
    assert [row.number for row in run.epoch_rows.all()] == [1, 2, 3, 4, 5, 6]
    log = paths.run_log_path(run).read_text(errors="replace")
    assert log.startswith(first_log)
    (resumed_at,) = re.findall(r"Resuming training .*last\.pt from epoch (\d+) to 6", log)
    assert int(resumed_at) > reached  # and not from the beginning
    wait_for(lambda: run.evaluations.filter(state="finished").exists())


def test_cancel_keeps_the_checkpoint_and_a_second_message_does_nothing(
    pond: Pond, gpu_worker: GpuWorker
) -> None:
    run = start(pond, version=freeze(pond), epochs=500)
    for _ in range(3):
        current_app.send_task("training.tasks.run_training", args=[run.pk], queue="gpu")
    wait_for(lambda: state_of(run) == "running" and run.epoch >= 1)
    assert len(engines_of(run)) == 1
    # What a second worker would see: the message again, while the lease is held.
    from training.runs.training import train_next_run

    train_next_run()
    assert len(engines_of(run)) == 1
    cancel_run(run)
    assert state_of(run) == "cancelling"
    wait_for(lambda: state_of(run) == "cancelled", seconds=40)
    assert run.attempts == 1
    assert engines_of(run) == []
    assert run.checkpoints.filter(kind="last").exists()
    assert run.finished_at is not None


def test_a_lease_that_ran_out_never_gives_two_engines(pond: Pond, gpu_worker: GpuWorker) -> None:
    """The worker is stopped, not dead: another takes the run over, the old engine must go."""
    run = start(pond, version=freeze(pond), epochs=500)
    wait_for(lambda: state_of(run) == "running" and run.epoch >= 1)
    (engine,) = engines_of(run)
    worker = psutil.Process(gpu_worker.pid)
    suspend_between_writes(worker)
    try:
        Run.objects.filter(pk=run.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
        cancel_run(run)  # so that the take-over ends quickly
        from training.runs.training import train_next_run

        train_next_run()
        assert state_of(run) == "cancelled"
        assert not services.is_alive(engine)
    finally:
        worker.resume()


@pytest.mark.parametrize(
    "left",
    [
        {"state": "queued"},
        {"state": "running", "lease_owner": "another-host:1:x", "attempts": 1},
    ],
    ids=["its message was lost", "its host went away"],
)
def test_a_forgotten_run_is_found(
    pond: Pond, gpu_worker: GpuWorker, left: dict[str, object]
) -> None:
    run = start(pond, version=freeze(pond), epochs=1)
    cancel_run(run)  # the message finds nothing to do, nobody else knows of the run
    wait_for(lambda: count_messages("gpu") == 0)
    Run.objects.filter(pk=run.pk).update(lease_until=timezone.now() + timedelta(seconds=2), **left)
    wait_for(lambda: state_of(run) == "finished")
    assert run.epoch_rows.count() == 1


def test_stopping_the_worker_hands_the_run_on(pond: Pond, gpu_worker: GpuWorker) -> None:
    """Ctrl-C on the server: the engine stops at a batch and the run waits for the next worker."""
    run = start(pond, version=freeze(pond), epochs=4)
    wait_for(lambda: state_of(run) == "running" and run.epoch >= 1)
    gpu_worker.stop()
    run.refresh_from_db()
    assert engines_of(run) == []
    assert run.state == "running"
    assert run.lease_until is not None
    assert run.lease_until <= timezone.now()
    assert not Worker.objects.exists()
    gpu_worker.start()
    wait_for(lambda: state_of(run) == "finished")
    assert [row.number for row in run.epoch_rows.all()] == [1, 2, 3, 4]


def test_workers_tell_their_devices(gpu_worker: GpuWorker) -> None:
    wait_for(lambda: any(worker.devices for worker in Worker.objects.all()))
    worker = Worker.objects.get()
    assert worker.queue == "gpu"
    assert {"id": "cpu", "kind": "cpu"}.items() <= worker.devices[0].items()
    assert worker.software["torch"].startswith("2.")
    wait_for(lambda: paths.train_arguments_path().is_file(), seconds=20)
    gpu_worker.stop()
    assert not Worker.objects.exists()


def test_short_work_goes_beside_a_training(pond: Pond, gpu_worker: GpuWorker) -> None:
    """One gpu worker: an evaluation does not wait for a long run, a second run does."""
    version = freeze(pond)
    first = start(pond, version=version, epochs=1)
    wait_for(lambda: state_of(first) == "finished")
    best = first.checkpoints.get(kind="best")
    night = start(pond, version=version, epochs=5000)
    wait_for(lambda: state_of(night) == "running" and night.epoch >= 1)
    next_night = start(pond, version=version, epochs=5000)
    evaluation = start_evaluation(best, "test", created_by_id=None)
    wait_for(lambda: Evaluation.objects.get(pk=evaluation.pk).state == "finished")
    assert state_of(night) == "running"
    assert state_of(next_night) == "queued"

    # The worker is killed while both are at work: each is taken up again, once.
    start_evaluation(best, "test", created_by_id=None, again=True)
    wait_for(lambda: Evaluation.objects.get(pk=evaluation.pk).state == "running")
    reached = night.epoch
    gpu_worker.kill()
    gpu_worker.start()
    wait_for(lambda: Evaluation.objects.get(pk=evaluation.pk).state == "finished")
    wait_for(lambda: state_of(night) == "running" and night.epoch > reached)
    assert night.attempts == 2
    assert len(engines_of(night)) == 1
    assert Evaluation.objects.filter(checkpoint=best, split="test").count() == 1
    for run in (next_night, night):
        cancel_run(run)
    wait_for(lambda: state_of(night) == "cancelled", seconds=40)
