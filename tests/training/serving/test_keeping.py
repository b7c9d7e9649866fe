"""A worker keeps its warm engine: on first use, again when it dies, away from a run's GPU."""

import json
import os
import shutil
import signal
import socket
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import psutil
import pytest
import redis as redis_client
from django.conf import settings as django_settings
from django.utils import timezone
from pytest_django import Settings

from tests.training.conftest import Trained
from training.checkpoints.usable import UsableModel, as_usable
from training.jobs.device_holds import DEVICE_FOLLOWERS
from training.models import DeviceHold, Run, ServedModel, Worker
from training.serving import asking, keeping
from training.serving.asking import ask
from training.serving.errors import NoEngineError
from training.serving.keepers import read_keepers
from training.serving.keeping import Keeper, find_place, follow_devices
from training.serving.model_files import sha256_of_model

from . import scripted_serving
from .conftest import jpeg, wait_for

REPOSITORY = django_settings.REPOSITORY


class Script:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        package = folder / "training" / "engine"
        package.mkdir(parents=True)
        for init in (folder / "training" / "__init__.py", package / "__init__.py"):
            init.touch()
        shutil.copy(scripted_serving.__file__, package / "__main__.py")
        (folder / "repository").write_text(str(REPOSITORY))

    @property
    def starts(self) -> list[Any]:
        path = self.folder / "starts.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


@pytest.fixture
def script(tmp_path: Path, settings: Settings) -> Script:
    settings.REPOSITORY = tmp_path
    return Script(tmp_path)


@pytest.fixture
def keeper(
    client: "redis_client.Redis", script: Script, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Keeper]:
    monkeypatch.setattr(keeping, "LOOK_SECONDS", 0.0)
    # A worker's keeper has a thread and connections of its own; here it steps in the test's.
    monkeypatch.setattr(keeping, "close_old_connections", lambda: None)
    monkeypatch.setattr(asking, "LOOK_SECONDS", 0.1)
    keeper = Keeper(client, name="this", idle_seconds=60)
    yield keeper
    keeper.stop()


@pytest.fixture
def model(trained: Trained) -> UsableModel:
    found = as_usable(trained.best)
    sha256_of_model(found)
    return found


def ask_beside(keeper: Keeper, model: UsableModel, timeout: float = 15.0) -> Any:
    """Ask in a thread while the keeper steps in this one, which has the test's database."""
    result: list[Any] = []

    def asked() -> None:
        try:
            result.append(ask(model, jpeg(), timeout=timeout))
        except Exception as error:
            result.append(error)

    keeper.step()
    thread = threading.Thread(target=asked)
    thread.start()
    while thread.is_alive():
        keeper.step()
    if isinstance(result[0], Exception):
        raise result[0]
    return result[0]


@pytest.mark.django_db
def test_nothing_runs_until_somebody_asks(keeper: Keeper, script: Script) -> None:
    keeper.step()
    assert script.starts == []
    (state,) = read_keepers(keeper.client)
    assert (state["device_class"], state["refuses"], state["engine"]) == ("cpu", "", "")


@pytest.mark.django_db
def test_a_served_model_is_not_waited_for_from_the_start(
    keeper: Keeper, script: Script, trained: Trained
) -> None:
    """The engine's imports are done before the first request; once it was idle it stays away."""
    ServedModel.objects.create(name="ponds", dataset=trained.pond.dataset, checkpoint=trained.best)
    keeper.step()
    wait_for(lambda: script.starts, 15)
    keeper.end_engine()
    keeper.step()
    assert keeper.engine is None
    assert len(script.starts) == 1


def test_the_first_request_starts_it_and_others_find_it(
    keeper: Keeper, script: Script, model: UsableModel
) -> None:
    assert ask_beside(keeper, model).device == "cpu"
    assert ask_beside(keeper, model).device == "cpu"
    (start,) = script.starts
    assert start["data_root"] == str(django_settings.DATA_ROOT)


def test_one_that_was_killed_is_started_again(
    keeper: Keeper, script: Script, model: UsableModel
) -> None:
    ask_beside(keeper, model)
    os.kill(script.starts[0]["pid"], signal.SIGKILL)
    assert ask_beside(keeper, model).device == "cpu"
    assert len(script.starts) == 2


def test_one_that_keeps_dying_is_left_alone_for_a_while_and_says_so(
    keeper: Keeper, script: Script, model: UsableModel
) -> None:
    for _ in range(5):
        (script.folder / "die").write_text("7")
        keeper._start()
        wait_for(lambda: keeper.engine is None or keeper.engine.exit_code is not None)
        keeper.step()
    with pytest.raises(NoEngineError, match=r"keeps ending \(The script says so"):
        ask_beside(keeper, model)


def test_it_ends_with_its_worker(keeper: Keeper, script: Script, model: UsableModel) -> None:
    ask_beside(keeper, model)
    pid = script.starts[0]["pid"]
    keeper.stop()
    assert not psutil.pid_exists(pid)
    assert read_keepers(keeper.client) == []


# --- a run and the GPU ---------------------------------------------------------------------------


@pytest.fixture
def gpu_worker(trained: Trained) -> Worker:
    return Worker.objects.create(
        name="this", hostname=socket.gethostname(), pid=os.getpid(), queue="gpu",
        heartbeat_at=timezone.now(),
        devices=[{"id": "0", "kind": "gpu", "name": "A GPU", "memory_total_mb": 8000,
                  "memory_free_mb": 8000}],
    )  # fmt: skip


def hold(run: Run) -> DeviceHold:
    run.lease_owner = f"{socket.gethostname()}:{os.getpid()}:x"
    run.state, run.lease_until = "running", timezone.now() + timedelta(minutes=1)
    run.save()
    return DeviceHold.objects.create(
        hostname=socket.gethostname(), device="0", job_kind="run", job_id=run.pk,
        lease_owner=run.lease_owner,
    )  # fmt: skip


def test_a_run_that_takes_the_gpu_finds_it_empty(
    keeper: Keeper,
    script: Script,
    model: UsableModel,
    trained: Trained,
    gpu_worker: Worker,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(keeping, "_keeper", keeper)
    assert follow_devices in DEVICE_FOLLOWERS
    assert ask_beside(keeper, model).device == "0"
    pid = script.starts[0]["pid"]
    held = hold(trained.run)
    follow_devices(trained.run, "0")  # as hold_devices does, before the run's engine starts
    assert not psutil.pid_exists(pid), "the models have left the GPU"
    answer = ask_beside(keeper, model)
    assert answer.device == "cpu"
    assert f"“{trained.run.name}” has the GPU" in answer.notice
    held.delete()
    assert ask_beside(keeper, model).device == "0", "after the run, the GPU again"


def test_a_run_of_another_worker_on_this_host_counts_too(
    keeper: Keeper, script: Script, model: UsableModel, trained: Trained, gpu_worker: Worker
) -> None:
    ask_beside(keeper, model)
    hold(trained.run)
    keeper.step()
    assert not psutil.pid_exists(script.starts[0]["pid"])
    assert keeper.place.device == "cpu"


def test_an_evaluation_beside_it_does_not_move_it(
    keeper: Keeper, model: UsableModel, trained: Trained, gpu_worker: Worker
) -> None:
    ask_beside(keeper, model)
    DeviceHold.objects.create(
        hostname=socket.gethostname(), device="0", job_kind="evaluation",
        job_id=trained.evaluation.pk, lease_owner="x",
    )  # fmt: skip
    follow_devices(trained.evaluation, "0")
    assert ask_beside(keeper, model).device == "0"


def test_too_little_memory_beside_a_training_is_said(
    trained: Trained, gpu_worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold(trained.run)
    monkeypatch.setattr(keeping, "find_shortage", lambda need: "It leaves too little memory.")
    assert find_place().refuses == "It leaves too little memory."


def test_a_paused_worker_offers_nothing(
    keeper: Keeper, model: UsableModel, gpu_worker: Worker
) -> None:
    gpu_worker.mode = "pause"
    gpu_worker.save()
    with pytest.raises(NoEngineError, match="paused"):
        ask_beside(keeper, model)
