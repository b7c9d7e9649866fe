"""Where short work goes while a run trains."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace

import psutil
import pytest

from annotator.kernel.jobs import claim_job, make_owner
from annotator.models.jobs import JobState
from training.evaluations.evaluations import queue_evaluation
from training.evaluations.payloads import evaluation_payload
from training.jobs import short_places
from training.jobs.device_holds import DeviceBusyError, give_back_job, hold_devices
from training.jobs.nudges import TASKS
from training.jobs.short_places import Need, work_in_place
from training.jobs.supervising import Outcome
from training.models import DeviceHold, Evaluation, Run, Worker
from training.runs.queue import claim_next_run

from ..conftest import Pond, Trained, freeze, start
from ..runs.test_queue import add_this_worker

NEED = Need(image_size=640, batch=16)
FINISHED = Outcome("finished", {})
OUT_OF_MEMORY = Outcome("failed", {"type": "failed", "code": "out_of_memory"}, "Too little memory.")


@pytest.fixture
def evaluation(trained: Trained) -> Evaluation:
    """One that a worker has just claimed."""
    evaluation = queue_evaluation(trained.best, "test", created_by_id=None)
    claimed = claim_job(Evaluation, evaluation.pk, make_owner())
    assert claimed is not None
    return claimed


@pytest.fixture
def night(trained: Trained) -> Iterator[Run]:
    """A run that trains on the only GPU of this host, past its first epoch."""
    add_this_worker("0")
    run = start(trained.pond, version=trained.version, name="night", device="auto")
    claimed = claim_job(Run, run.pk, make_owner())
    assert claimed is not None
    Run.objects.filter(pk=run.pk).update(epoch=3, eta_seconds=7800.0)
    with hold_devices(claimed, "auto"):
        yield claimed


@pytest.fixture
def memory(monkeypatch: pytest.MonkeyPatch) -> Callable[[int, int], None]:
    """Say how much memory is free: of the GPU, of the host."""

    def say(gpu_mb: int, host_mb: int) -> None:
        monkeypatch.setattr(short_places, "measure_gpus", lambda: {"0": {"memory_free_mb": gpu_mb}})
        free = SimpleNamespace(available=host_mb << 20, total=64 << 30)
        monkeypatch.setattr(psutil, "virtual_memory", lambda: free)

    say(80_000, 60_000)
    return say


class Work:
    """An engine in name: notes on what it was put, and ends as it is told."""

    def __init__(self, *outcomes: Outcome) -> None:
        self.outcomes = list(outcomes)
        self.devices: list[str] = []

    def __call__(self, devices: str) -> Outcome:
        self.devices.append(devices)
        return self.outcomes.pop(0) if self.outcomes else FINISHED


Memory = Callable[[int, int], None]


def test_a_free_gpu_is_held(evaluation: Evaluation) -> None:
    add_this_worker("0")

    def work(devices: str) -> Outcome:
        assert DeviceHold.objects.get().job_kind == "evaluation"
        assert devices == "0"
        return FINISHED

    assert work_in_place(evaluation, "auto", NEED, work) is FINISHED
    assert not DeviceHold.objects.exists()


def test_it_shares_the_gpu_of_a_training_where_the_memory_suffices(
    evaluation: Evaluation, night: Run, memory: Memory
) -> None:
    work = Work()
    work_in_place(evaluation, "auto", NEED, work)
    assert work.devices == ["0"]
    assert DeviceHold.objects.get().job_id == night.pk  # the training's, as before


def test_it_goes_to_the_processor_where_the_gpu_is_full(
    evaluation: Evaluation, night: Run, memory: Memory
) -> None:
    memory(1_000, 60_000)
    work = Work()
    work_in_place(evaluation, "0", NEED, work)
    assert work.devices == ["cpu"]


def test_before_its_first_epoch_nobody_knows_what_a_training_will_take(
    evaluation: Evaluation, night: Run, memory: Memory
) -> None:
    Run.objects.filter(pk=night.pk).update(epoch=0)
    work = Work()
    work_in_place(evaluation, "auto", NEED, work)
    assert work.devices == ["cpu"]


def test_out_of_memory_beside_a_training_is_tried_on_the_processor(
    evaluation: Evaluation, night: Run, memory: Memory
) -> None:
    work = Work(OUT_OF_MEMORY)
    assert work_in_place(evaluation, "auto", NEED, work) is FINISHED
    assert work.devices == ["0", "cpu"]


def test_where_nothing_suffices_it_says_for_what_it_waits_and_how_long(
    evaluation: Evaluation, night: Run, memory: Memory
) -> None:
    memory(1_000, 500)
    work = Work()
    with pytest.raises(DeviceBusyError) as busy:
        work_in_place(evaluation, "auto", NEED, work)
    assert work.devices == []
    assert give_back_job(evaluation, str(busy.value))
    evaluation.refresh_from_db()
    assert evaluation.state == JobState.QUEUED
    message = evaluation_payload(evaluation)["progress"]["message"]
    assert message.startswith("The training of “night” (about 2.2 h more) leaves too little memory")
    # It is said once, and no longer when the work begins.
    again = claim_job(Evaluation, evaluation.pk, make_owner())
    assert again is not None
    assert not give_back_job(again, str(busy.value))
    begun = claim_job(Evaluation, evaluation.pk, make_owner())
    assert begun is not None
    memory(1_000, 60_000)
    work_in_place(begun, "auto", NEED, work)
    begun.refresh_from_db()
    assert begun.progress_message == ""


def test_a_check_of_the_gpu_waits_for_the_gpu(
    evaluation: Evaluation, night: Run, memory: Memory
) -> None:
    need = Need(image_size=640, batch=16, may_move=False)
    with pytest.raises(DeviceBusyError, match=r"training of “night”.* has the GPU"):
        work_in_place(evaluation, "auto", need, Work())


def test_a_gpu_that_short_work_holds_is_waited_for(
    trained: Trained, evaluation: Evaluation, memory: Memory
) -> None:
    add_this_worker("0")
    other = queue_evaluation(trained.best, "train", created_by_id=None)
    held = claim_job(Evaluation, other.pk, make_owner())
    assert held is not None
    with hold_devices(held, "auto"), pytest.raises(DeviceBusyError, match="Other work has the GPU"):
        work_in_place(evaluation, "auto", NEED, Work())


def test_on_the_processor_it_goes_beside_a_training_that_leaves_memory(
    trained: Trained, evaluation: Evaluation, memory: Memory
) -> None:
    run = start(trained.pond, version=trained.version, name="night", device="cpu")
    claim_job(Run, run.pk, make_owner())
    work = Work()
    work_in_place(evaluation, "cpu", NEED, work)
    assert work.devices == ["cpu"]
    memory(0, 500)
    with pytest.raises(DeviceBusyError, match="training of “night” leaves too little memory"):
        work_in_place(evaluation, "cpu", NEED, work)


@pytest.mark.parametrize(("gpus", "most"), [((), 1), (("0", "1"), 2)])
def test_a_worker_trains_one_run_a_gpu(pond: Pond, gpus: tuple[str, ...], most: int) -> None:
    add_this_worker(*gpus)
    version = freeze(pond)
    for number in range(3):
        start(pond, version=version, name=str(number), device="cpu")
    taken = [claim_next_run() for _ in range(3)]
    assert sum(item is not None for item in taken) == most


@contextmanager
def no_messages(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[object]]:
    from training.jobs import nudges

    sent: list[object] = []
    monkeypatch.setattr(nudges, "_send", lambda model, job_id: sent.append(model))
    monkeypatch.setattr(nudges, "count_messages", lambda _: 0)
    yield sent


def test_a_sweep_sends_one_message_for_all_waiting_runs(
    pond: Pond, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker with a thread to spare would be nudged for each of them every few seconds."""
    from training.jobs.nudges import sweep_jobs

    add_this_worker()
    version = freeze(pond)
    for _ in range(3):
        start(pond, version=version)
    with no_messages(monkeypatch) as sent:
        sweep_jobs("gpu")
        assert sent == [Run]
        claim_next_run()
        sent.clear()
        sweep_jobs("gpu")
        assert sent == []  # no slot is free
    assert TASKS[Run][1] == "gpu"
    assert Worker.objects.get().hostname == socket.gethostname()
