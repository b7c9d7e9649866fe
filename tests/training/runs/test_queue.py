"""Who is next, why each waits, and that no GPU is given twice."""

import os
import socket

import pytest
from django.utils import timezone
from pytest_django import Settings

from annotator.kernel.errors import ConflictError
from annotator.kernel.jobs import claim_job, make_owner
from annotator.models.jobs import JobState
from training.jobs.device_holds import DeviceBusyError, engine_device, hold_devices
from training.models import DeviceHold, Run, Worker
from training.runs.queue import change_priority, claim_next_run, list_queue

from ..conftest import Pond, freeze, make_pond, start


def claimed() -> str:
    taken = claim_next_run()
    return "" if taken is None else taken[1].name


def add_this_worker(*gpus: str, **values: object) -> Worker:
    return Worker.objects.create(
        name=f"{socket.gethostname()}:gpu:{os.getpid()}",
        hostname=socket.gethostname(),
        pid=os.getpid(),
        queue="gpu",
        heartbeat_at=timezone.now(),
        devices=[{"id": gpu, "kind": "gpu", "name": "H100"} for gpu in gpus],
        **values,
    )


def test_priority_first_then_who_asked_first(pond: Pond) -> None:
    version = freeze(pond)
    for name, priority in (("a", "low"), ("b", "normal"), ("c", "normal"), ("d", "high")):
        start(pond, version=version, name=name, priority=priority)
    change_priority(Run.objects.get(name="c"), "high")
    assert [item["name"] for item in list_queue(pond.lead)] == ["c", "d", "b", "a"]
    assert all(item["can_move"] for item in list_queue(pond.lead))
    assert not any(item["can_move"] for item in list_queue(pond.annotator))
    assert [claimed() for _ in range(5)] == ["c", "d", "b", "a", ""]
    with pytest.raises(ConflictError, match="not wait"):
        change_priority(Run.objects.get(name="c"), "low")


def test_the_limit_of_a_dataset_lets_others_pass(pond: Pond, settings: Settings) -> None:
    other = make_pond()
    other.fill()
    settings.RUNS_PER_DATASET = 1
    version = freeze(pond)
    for name in ("a", "b"):
        start(pond, version=version, name=name)
    start(other, version=freeze(other), name="other")
    add_this_worker("0", "1")
    assert claimed() == "a"
    reasons = {item["name"]: item["reason"] for item in list_queue(pond.lead)}
    assert reasons["b"] == "Another run of its dataset must end first: that is the limit."
    assert "Run of another dataset" in reasons
    assert [claimed(), claimed()] == ["other", ""]


@pytest.mark.parametrize("mode", ["pause", "drain"])
def test_a_worker_that_is_paused_takes_nothing(pond: Pond, mode: str) -> None:
    start(pond, version=freeze(pond), name="a")
    worker = add_this_worker(mode=mode)
    assert claimed() == ""
    assert list_queue(pond.lead)[0]["reason"] == "All workers are paused or being drained."
    worker.mode = "work"
    worker.save()
    assert claimed() == "a"


def test_a_run_waits_for_its_gpu_and_lets_others_pass(pond: Pond) -> None:
    add_this_worker("0", "1")
    version = freeze(pond)
    for name, device in (("a", "0"), ("b", "0"), ("c", "auto"), ("d", "7")):
        start(pond, version=version, name=name, device=device)
    first = claim_next_run()
    assert first is not None
    with hold_devices(first[1], "0") as devices:
        assert devices == "0"
        second = claim_next_run()
        assert second is not None
        assert second[1].name == "c"
        with hold_devices(second[1], "auto") as its_devices:
            assert its_devices == "1"
            assert claim_next_run() is None
        reasons = {item["name"]: item["reason"] for item in list_queue(pond.lead)}
        assert reasons["d"] == "No worker that is running has GPU 7."
    ended = Run.objects.filter(pk__in=[first[1].pk, second[1].pk])
    ended.update(state=JobState.FINISHED, lease_until=None)
    assert claimed() == "b"
    assert not DeviceHold.objects.exists()


def test_a_gpu_is_never_given_twice(pond: Pond) -> None:
    add_this_worker("0")
    version = freeze(pond)
    a, b = (claim_job(Run, start(pond, version=version).pk, make_owner()) for _ in range(2))
    assert a is not None
    assert b is not None
    with hold_devices(a, "auto"), pytest.raises(DeviceBusyError), hold_devices(b, "auto"):
        pass
    # What a worker held that was killed is free again once its lease is over.
    DeviceHold.objects.create(
        hostname=socket.gethostname(), device="0", job_kind="run", job_id=a.pk, lease_owner="gone"
    )
    with hold_devices(b, "auto") as devices:
        assert devices == "0"


@pytest.mark.parametrize(
    ("given", "visible", "device", "inside"),
    [
        ("cpu", None, "cpu", None),
        ("1", None, "0", "1"),
        ("1,3", None, "0,1", "1,3"),
        ("1", "4,5", "0", "5"),
        ("0,1", "GPU-aa,GPU-bb", "0,1", "GPU-aa,GPU-bb"),
    ],
)
def test_an_engine_sees_only_its_gpus(
    monkeypatch: pytest.MonkeyPatch,
    given: str,
    visible: str | None,
    device: str,
    inside: str | None,
) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    if visible:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    expected = {} if inside is None else {"CUDA_VISIBLE_DEVICES": inside}
    assert engine_device(given) == (device, expected)
