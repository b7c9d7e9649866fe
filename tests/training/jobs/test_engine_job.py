"""The state machine of a job of the engine: each kind, each thing that may happen to it.

The engine is a scripted child process; everything else is real.
"""

import errno
import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import psutil
import pytest
from django.contrib.auth.models import User
from django.db import OperationalError, connection
from django.utils import timezone

from annotator.datasets.datasets import create_dataset
from annotator.kernel.jobs import cancel_job, claim_job, make_owner
from annotator.models.jobs import Job, JobState
from tests.services import command_of
from training import paths
from training.evaluations.evaluations import queue_evaluation
from training.jobs import engine_process, supervising
from training.jobs.device_holds import hold_devices
from training.jobs.engine_job import ENGINE_JOBS, EngineJob, work_off
from training.jobs.waiting import Waiting
from training.models import (
    Checkpoint,
    DeviceHold,
    Evaluation,
    Export,
    PredictedImage,
    Prediction,
    Run,
    RunCheck,
    RunImport,
    StopMode,
    Version,
)
from training.runs import queue as run_queue
from training.runs.queue import list_queue
from training.runs.runs import cancel_run
from training.versions.freezing import hash_file

from ..conftest import Engine, Step
from ..runs.test_queue import add_this_worker

PARAMETERS = {
    **{"epochs": 2, "image_size": 64, "batch": 4, "device": "cpu", "seed": 0, "patience": 9},
    **{"learning_rate": None, "arguments": {}, "fold": None},
}


@dataclass
class Shop:
    """A frozen version and a trained run, in rows and the few files that engines are given."""

    lead: User
    version: Version
    trained: Run
    best: Checkpoint

    def make(self, kind: type[Job], device: str = "cpu") -> Job:
        """Queue one job of a kind."""
        dataset, parameters = self.version.dataset, {**PARAMETERS, "device": device}
        common = {"dataset": dataset, "version": self.version}
        if kind is Run:
            return Run.objects.create(
                **common, name="one", base_model="yolov8n-seg.yaml", parameters=parameters
            )
        if kind is Evaluation:
            Run.objects.filter(pk=self.trained.pk).update(parameters=parameters)
            return queue_evaluation(self.best, "val", created_by_id=None)
        if kind is Prediction:
            prediction = Prediction.objects.create(
                checkpoint=self.best,
                dataset=dataset,
                confidence=0.5,
                device=device,
                image_count=1,
            )
            PredictedImage.objects.create(
                prediction=prediction, position=0, file_name="a.png", extension="png", sha256="0"
            )
            return prediction
        if kind is Export:
            format = "onnx" if device == "cpu" else "engine"
            return Export.objects.create(checkpoint=self.best, format=format, image_size=64)
        if kind is RunCheck:
            return RunCheck.objects.create(
                **common, base_model="yolov8n-seg.yaml", parameters=parameters
            )
        job = RunImport.objects.create(**common, source_name="theirs.pt")
        told = {"class_names": [item["name"] for item in self.version.classes]}
        paths.run_import_path(job).parent.mkdir(exist_ok=True)
        paths.run_import_path(job).write_text(json.dumps(told))
        return job

    @contextmanager
    def hold_the_gpu(self) -> Iterator[None]:
        """This host's only GPU is taken by another short job."""
        add_this_worker("0")
        other = queue_evaluation(self.best, "test", created_by_id=None)
        claimed = claim_job(Evaluation, other.pk, make_owner())
        assert claimed is not None
        with hold_devices(claimed, "auto"):
            yield


def engines() -> list[psutil.Process]:
    children = psutil.Process().children()
    return [child for child in children if "training.engine" in command_of(child)]


@pytest.fixture
def shop(transactional_db: None, redis: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    monkeypatch.setattr(engine_process, "TICK_SECONDS", 0.05)
    monkeypatch.setattr(supervising, "LOOK_EVERY_SECONDS", 0.05)
    lead = User.objects.create_user("lead")
    dataset = create_dataset(owner=lead, name="Shop", classes=[{"name": "disc"}])
    classes = [{"class_id": 1, "index": 0, "name": "disc", "color": "#dc503c"}]
    version = Version.objects.create(
        dataset=dataset, number=1, classes=classes, state=JobState.FINISHED, val_count=1
    )
    paths.version_dir(version).mkdir(parents=True, exist_ok=True)
    manifest = {"content_sha256": "0", "files": [], "images": []}
    paths.manifest_path(version).write_text(json.dumps(manifest))
    trained = Run.objects.create(
        **{"dataset": dataset, "version": version, "name": "trained", "parameters": PARAMETERS},
        **{"base_model": "yolov8n-seg.yaml", "state": JobState.FINISHED},
    )
    path = paths.weights_path(trained, "best")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("2")
    best = Checkpoint.objects.create(
        **{"run": trained, "kind": "best", "epoch": 2, "size_bytes": 1, "sha256": hash_file(path)}
    )
    yield Shop(lead, version, trained, best)
    supervising.shutting_down.clear()
    assert not engines(), "an engine was left behind"
    assert not DeviceHold.objects.exists()


# --- what may happen ---------------------------------------------------------------------------

Rows = Any
Patch = pytest.MonkeyPatch


def rows_of(job: Job) -> Rows:
    return type(job)._default_manager.filter(pk=job.pk)


def lose_the_lease(job: Job) -> None:
    rows_of(job).update(lease_owner="another-host:1:x")


def ask_to_go(job: Job) -> None:
    supervising.shutting_down.set()


def stop_and_keep(job: Job) -> None:
    assert isinstance(job, Run)
    cancel_run(job, StopMode.KEEP)


def died_with_its_worker(job: Job, attempts: int = 1) -> None:
    past = timezone.now() - timedelta(seconds=1)
    rows_of(job).update(
        **{"state": "running", "lease_owner": "another-host:1:x", "lease_until": past},
        **{"attempts": attempts, "started_at": past},
    )


def died_six_times(job: Job) -> None:
    died_with_its_worker(job, attempts=6)


def cancelled_and_died(job: Job) -> None:
    died_with_its_worker(job)
    rows_of(job).update(state="cancelling")


def never_locked(monkeypatch: Patch, kind: type[EngineJob[Any]]) -> None:
    monkeypatch.setattr(engine_process.EngineLock, "take", lambda *_: False)
    add_this_worker()


def gpu_looks_free(monkeypatch: Patch, kind: type[EngineJob[Any]]) -> None:
    monkeypatch.setattr(run_queue, "are_devices_free", lambda _: True)


def full_disk(monkeypatch: Patch, kind: type[EngineJob[Any]]) -> None:
    def fail(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(kind, "log", fail)


def own_fault(monkeypatch: Patch, kind: type[EngineJob[Any]]) -> None:
    def fail(*_: object) -> None:
        raise ValueError("a fault of ours")

    monkeypatch.setattr(kind, "log", fail)


def database_away(monkeypatch: Patch, kind: type[EngineJob[Any]]) -> None:
    def fail(*_: object) -> None:
        raise OperationalError("the server closed the connection")

    monkeypatch.setattr(supervising, "DATABASE_PATIENCE_SECONDS", 0)
    monkeypatch.setattr(kind, "judge", fail)


End = tuple[str, str]
"""The state in the end, and a pattern of what a person reads."""


@dataclass
class Case:
    """``before`` changes the waiting row, ``patch`` what surrounds it, ``engine`` misbehaves,
    ``meanwhile`` is done while the engine hangs. ``end``: of every kind that ``ends`` does not
    name."""

    end: End
    ends: dict[type[Job], End] = field(default_factory=dict)
    engine: str = ""
    before: Callable[[Job], None] | None = None
    patch: Callable[[Patch, type[EngineJob[Any]]], None] | None = None
    meanwhile: Callable[[Job], object] | None = None
    kinds: tuple[type[Job], ...] = (Run, Evaluation, Prediction, Export, RunCheck, RunImport)
    device: str = "cpu"


CASES = {
    "all is well": Case(("finished", "^$")),
    "lease lost": Case(("running", "^$"), engine="hang", meanwhile=lose_the_lease),
    "worker died": Case(("finished", "^$"), before=died_with_its_worker),
    "worker died six times": Case(
        ("failed", r"^The (run )?\w+ was interrupted 6 times\.$"),
        {Run: ("finished", "^$")},  # its attempts are judged, not counted
        before=died_six_times,
    ),
    "engine dies": Case(
        ("failed", r"^The engine stopped unexpectedly \(signal SIGSEGV\).* The end of the log"),
        {Run: ("failed", r"^Crashed at epoch 1: .* 2 times at this epoch, so it was given up\.")},
        engine="crash",
    ),
    "engine is killed": Case(
        ("failed", r"^The engine was killed: "),
        {Run: ("failed", r"^Killed at epoch 1: ")},
        engine="kill",
    ),
    "out of memory": Case(
        ("failed", r"^The memory of the GPU 0 was not enough\. Start again with a smaller batch"),
        {Run: ("failed", r"^Out of memory at epoch 1 with batch 1: .* Start again with a smaller")},
        engine="oom",
    ),
    "device busy": Case(
        ("queued", r"^Other work has GPU 0: it waits for its end\.$"),
        {Run: ("queued", r"^It is next: a worker takes it up")},  # not even claimed
        kinds=(Run, Evaluation, Prediction, RunCheck),
        device="0",
    ),
    "device busy, found when it is claimed": Case(
        ("queued", r"^It waits for GPU 0 of "),
        patch=gpu_looks_free,
        kinds=(Run,),
        device="0",
    ),
    "device busy, of a TensorRT export": Case(
        ("queued", r"^Other work has the GPU: it waits for its end\.$"),
        kinds=(Export,),
        device="0",
    ),
    "device busy, of an import, which needs none": Case(
        ("finished", "^$"), kinds=(RunImport,), device="0"
    ),
    "lock held": Case(
        ("queued", r"^An earlier engine still works on it: it waits for its end\.$"),
        patch=never_locked,
    ),
    "cancel now": Case(("cancelled", "^$"), engine="hang", meanwhile=cancel_job),
    "cancelled, and its worker died": Case(("cancelled", "^$"), before=cancelled_and_died),
    "stop and keep": Case(("finished", "^$"), engine="hang", meanwhile=stop_and_keep, kinds=(Run,)),
    "shutdown": Case(("running", "^$"), engine="hang", meanwhile=ask_to_go),
    "full disk, says the engine": Case(
        ("failed", r"^The disk of the server is full\. Free some space"),
        {Run: ("failed", r"^The disk was full at epoch 1\. That happened 2 times .* Free some")},
        engine="disk",
    ),
    "full disk, at a write of ours": Case(
        ("failed", r"^The disk of the server is full: .* Free some space"),
        {Run: ("failed", r"^The disk was full while it was starting\. .* Free some space")},
        patch=full_disk,
    ),
    "a fault of ours": Case(
        (
            "failed",
            r"^Segloop could not go on with the (run )?\w+: a fault of ours The worker's log",
        ),
        patch=own_fault,
    ),
    "database away": Case(("running", "^$"), patch=database_away),
}


@pytest.mark.parametrize(
    ("name", "kind"), [(name, kind) for name, case in CASES.items() for kind in case.kinds]
)
def test_what_becomes_of_a_job(
    shop: Shop, engine: Engine, monkeypatch: Patch, name: str, kind: type[Job]
) -> None:
    case = CASES[name]
    held = ExitStack()
    if case.device != "cpu":
        held.enter_context(shop.hold_the_gpu())
    job = shop.make(kind, case.device)
    step: Step = {"epochs": 0, "then": case.engine} if case.engine else {}
    engine.follow(*[step] * 9)
    if case.before:
        case.before(job)
    if case.patch:
        case.patch(monkeypatch, ENGINE_JOBS[kind])
    thread = while_it_works(job, case.meanwhile)
    with held:
        work_off(job)
    thread.join()
    job.refresh_from_db()
    state, pattern = case.ends.get(kind, case.end)
    assert (job.state, bool(re.search(pattern, read(job, shop)))) == (state, True), read(job, shop)
    check_leftovers(job, name)


def read(job: Job, shop: Shop) -> str:
    """What a person reads of it."""
    if isinstance(job, Run) and job.state == JobState.QUEUED:
        (reason,) = (row["reason"] for row in list_queue(shop.lead) if row["run"] == job.pk)
        return job.progress_message or reason
    return f"{job.error} {job.error_hint}".strip() or Waiting().reason(job)


def check_leftovers(job: Job, name: str) -> None:
    """Whoever goes on finds the lease over; an attempt has one end; files of no use are gone."""
    if name in ("shutdown", "lock held"):
        assert job.lease_until is None or job.lease_until <= timezone.now()
    if isinstance(job, Run):
        open_rows = job.attempt_rows.filter(outcome="running").count()
        assert open_rows == (name in ("lease lost", "database away"))
    if isinstance(job, RunImport):
        upload = paths.run_import_path(job)
        assert upload.exists() == job.is_active
        assert not list(upload.parent.glob(f"{upload.stem}-*"))
        assert (job.run is not None) == (job.state == JobState.FINISHED)
    if isinstance(job, RunCheck):
        assert not paths.run_check_dir(job).exists()


def while_it_works(job: Job, action: Callable[[Job], object] | None) -> threading.Thread:
    """Do something once an engine works on the job."""

    def act() -> None:
        try:
            deadline = time.monotonic() + 60
            while time.monotonic() < deadline:
                row = rows_of(job).get()
                if row.state == JobState.RUNNING and engines():
                    assert action is not None
                    action(row)
                    return
                time.sleep(0.02)
        finally:
            connection.close()

    thread = threading.Thread(target=act if action else lambda: None)
    thread.start()
    return thread


def test_a_job_that_waits_for_a_device_is_not_counted_as_interrupted(
    shop: Shop, engine: Engine
) -> None:
    with shop.hold_the_gpu():
        job = shop.make(Prediction, "0")
        died_with_its_worker(job)
        for _ in range(9):
            time.sleep(0.001)
            work_off(job)
            job.refresh_from_db()
            assert (job.state, job.attempts) == ("running", 1)
    work_off(job)
    job.refresh_from_db()
    assert job.state == "finished"


def test_a_run_does_not_begin_with_a_checkpoint_that_somebody_swapped(
    shop: Shop, engine: Engine
) -> None:
    engine.follow({})
    run = shop.make(Run)
    Run.objects.filter(pk=run.pk).update(source_checkpoint=shop.best)
    paths.checkpoint_path(shop.best).write_text("something else")
    work_off(run)
    run.refresh_from_db()
    assert run.state == "failed"
    assert "not the one that the run wrote" in run.error
    assert not (engine.folder / "requests.jsonl").exists()
