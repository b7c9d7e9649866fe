"""Workers tell the database that they are there; the web reads it. Nobody here imports torch."""

import logging
import math
import os
import platform
import socket
import tempfile
import threading
import time
from datetime import timedelta
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal, TypedDict, cast

import psutil
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.models import QuerySet
from django.utils import timezone

from annotator.kernel.errors import ConflictError
from annotator.kernel.events import publish_event
from annotator.kernel.jobs import LEASE_SECONDS
from training import paths
from training.models import Worker, WorkerMode, WorkerQueue

from .engine_process import EngineProcess
from .engine_setup import describe_setup
from .gpu_load import measure_gpus
from .nudges import is_alive, release_leases_of_the_dead, sweep_jobs, sweep_searches
from .queue_pause import why_paused
from .train_arguments import keep_arguments
from .weights import look_for_weights_host, weights_host_is_asked_for

logger = logging.getLogger(__name__)

OFFLINE_AFTER_SECONDS = 30.0
FORGET_AFTER = timedelta(days=1)
LOOK_FOR_WEIGHTS_SECONDS = 600.0
_MB = 1 << 20


class Device(TypedDict):
    id: str
    kind: Literal["cpu", "gpu"]
    name: str
    memory_total_mb: int | None
    memory_free_mb: int | None
    utilisation_percent: float | None
    worker: str


class Software(TypedDict):
    segloop: str
    torch: str
    ultralytics: str
    python: str


class _FormatReport(TypedDict):
    """``reason``: why this host cannot make it, or ""."""

    format: str
    reason: str


class _HostReport(TypedDict):
    devices: list[Device]
    export_formats: list[_FormatReport]


_NO_ENGINE: _HostReport = {"devices": [], "export_formats": []}


class DeviceList(TypedDict):
    devices: list[Device]
    gpu_count: int
    message: str
    worker_online: bool


# --- what the web asks -----------------------------------------------------------------------


def online_workers(queue: str | None = None) -> QuerySet[Worker]:
    since = timezone.now() - timedelta(seconds=OFFLINE_AFTER_SECONDS)
    rows = Worker.objects.filter(heartbeat_at__gte=since)
    return rows if queue is None else rows.filter(queue=queue)


def is_online(worker: Worker) -> bool:
    return worker.heartbeat_at >= timezone.now() - timedelta(seconds=OFFLINE_AFTER_SECONDS)


def devices_of(worker: Worker) -> list[Device]:
    more = {"worker": worker.hostname}
    return [cast(Device, {"utilisation_percent": None, **item, **more}) for item in worker.devices]


def list_devices() -> DeviceList:
    """Return the devices of all gpu workers that are online, and what that means in a sentence.

    Each of a host once, however many of its workers tell of it: as the last of them told.
    """
    workers = list(online_workers(WorkerQueue.GPU))
    found: dict[tuple[str, str], Device] = {}
    for worker in sorted(workers, key=lambda worker: worker.heartbeat_at):
        found |= {(worker.hostname, item["id"]): item for item in devices_of(worker)}
    devices = [found[place] for place in sorted(found)]
    gpus = [item for item in devices if item["kind"] == "gpu"]
    return {
        "devices": devices,
        "gpu_count": len(gpus),
        "message": _describe(workers, gpus),
        "worker_online": bool(workers),
    }


def _describe(workers: list[Worker], gpus: list[Device]) -> str:
    if not workers and (reason := describe_setup()):
        return reason
    if not workers:
        return "No worker is running: runs wait until one is started."
    if not any(worker.devices for worker in workers):
        return "A worker has just started and is looking for GPUs."
    if not gpus:
        cores = max(worker.cpu_count for worker in workers)
        return f"No GPU found: runs train on the processor ({cores} cores)."
    names = sorted({item["name"] for item in gpus})
    count = "One GPU" if len(gpus) == 1 else f"{len(gpus)} GPUs"
    return f"{count} found: {', '.join(names)}."


def describe_workers() -> str:
    """Return why no gpu worker takes up anything, or ""."""
    if paused := why_paused():
        return paused
    workers = list(online_workers(WorkerQueue.GPU))
    if not workers and (reason := describe_setup()):
        return reason
    if not workers:
        return "No worker is running: it waits until one is started."
    if all(worker.mode != WorkerMode.WORK for worker in workers):
        return "All workers are paused or being drained."
    return ""


def describe_cpu_workers() -> str:
    """Return why no cpu worker takes up anything, or ""."""
    if online_workers(WorkerQueue.CPU).exists():
        return ""
    return describe_setup() or "No worker is running: it waits until one is started."


# --- what a worker does ----------------------------------------------------------------------


def worker_mode() -> WorkerMode:
    """Return what an administrator wants of this worker; a process that is none works."""
    this = Worker.objects.filter(hostname=socket.gethostname(), pid=os.getpid()).first()
    return WorkerMode.WORK if this is None else WorkerMode(this.mode)


def takes_work() -> bool:
    return worker_mode() == WorkerMode.WORK and not why_paused()


def set_worker_mode(worker: Worker, mode: WorkerMode) -> None:
    """Let a worker work, take nothing new, or finish and take nothing new."""
    Worker.objects.filter(pk=worker.pk).update(mode=mode)
    publish_event("worker.changed", dataset=None)


def remove_worker(worker: Worker) -> None:
    """Forget a worker that is gone. Raises ConflictError for one that lives: it would come back."""
    if is_online(worker):
        raise ConflictError(
            f"The worker on {worker.hostname} is running: drain it, stop it on its machine, then "
            "remove it.",
            code="worker_online",
        )
    worker.delete()
    publish_event("worker.changed", dataset=None)


class _ThisWorker:
    """What this process knows of itself."""

    is_registered = False
    last_beat = -math.inf
    may_sweep_at = -math.inf
    looked_for_weights = -math.inf


def keep_training(queues: frozenset[str]) -> None:
    """A housekeeper (config/worker.py): tell that this worker lives, sweep up forgotten jobs.

    The first time it also frees jobs of processes of this host that are no more, and asks the
    engine which devices there are (gpu workers only, in a thread: it takes seconds).
    """
    queue = WorkerQueue.GPU if "gpu" in queues else WorkerQueue.CPU
    _beat(queue)
    now = time.monotonic()
    if now - _ThisWorker.last_beat > LEASE_SECONDS and _ThisWorker.is_registered:
        # The database was away: those who work get the time to renew their leases first.
        _ThisWorker.may_sweep_at = now + LEASE_SECONDS
    _ThisWorker.last_beat = now
    if not _ThisWorker.is_registered:
        _ThisWorker.is_registered = True
        _forget_dead_workers()
        release_leases_of_the_dead()
        threading.Thread(target=_describe_this, args=(queue,), name="devices", daemon=True).start()
    is_due = now - _ThisWorker.looked_for_weights > LOOK_FOR_WEIGHTS_SECONDS
    if queue == WorkerQueue.GPU and is_due and weights_host_is_asked_for():
        _ThisWorker.looked_for_weights = now
        threading.Thread(target=look_for_weights_host, name="weights", daemon=True).start()
    for name in queues if now >= _ThisWorker.may_sweep_at else ():
        sweep_jobs(name)
        if name == WorkerQueue.CPU:
            sweep_searches()


def sign_off() -> None:
    """Say that this worker is gone, so that nobody waits for it."""
    try:
        this = Worker.objects.filter(hostname=socket.gethostname(), pid=os.getpid())
        this.exclude(mode=WorkerMode.PAUSE).delete()
        # A paused one is only put offline: who starts it again finds it paused.
        this.update(heartbeat_at=timezone.now() - timedelta(seconds=OFFLINE_AFTER_SECONDS))
        publish_event("worker.changed", dataset=None)
    except DatabaseError:
        logger.warning("could not sign off", exc_info=True)


def _worker_name(queue: str) -> str:
    return f"{socket.gethostname()}:{queue}:{os.getpid()}"


def _beat(queue: str) -> None:
    memory = psutil.virtual_memory()
    Worker.objects.update_or_create(
        name=_worker_name(queue),
        defaults={
            "hostname": socket.gethostname(),
            "pid": os.getpid(),
            "queue": queue,
            "heartbeat_at": timezone.now(),
            "cpu_count": count_cpus(),
            "cpu_percent": psutil.cpu_percent(),
            "memory_used_mb": (memory.total - memory.available) // _MB,
            "memory_total_mb": memory.total // _MB,
        },
    )
    if queue == WorkerQueue.GPU:
        _note_gpu_load(queue)
    publish_event("worker.changed", dataset=None)


def _note_gpu_load(queue: str) -> None:
    """Put what the driver says now beside each GPU of this worker."""
    worker = Worker.objects.filter(name=_worker_name(queue)).first()
    load = measure_gpus() if worker and any(d["kind"] == "gpu" for d in worker.devices) else {}
    if worker is None or not load:
        return
    worker.devices = [{**item, **load.get(item["id"], {})} for item in worker.devices]
    worker.save(update_fields=["devices"])


def _forget_dead_workers() -> None:
    """Delete the rows of processes of this host that are no more, and of hosts long silent."""
    for worker in Worker.objects.filter(hostname=socket.gethostname()):
        if not is_alive(worker.pid):
            if worker.mode == WorkerMode.PAUSE:  # its successor stays paused
                successors = Worker.objects.filter(hostname=worker.hostname, queue=worker.queue)
                successors.update(mode=WorkerMode.PAUSE)
            worker.delete()
    Worker.objects.filter(heartbeat_at__lt=timezone.now() - FORGET_AFTER).delete()


def _describe_this(queue: str) -> None:
    """Store what this worker can compute with, and the train arguments of its engine."""
    try:
        if queue == WorkerQueue.GPU:
            _ask_engine(queue)
        else:
            _store_description(queue, _NO_ENGINE)
    except Exception:
        logger.warning("the engine could not tell its devices or arguments", exc_info=True)
    finally:
        connection.close()


def _store_description(queue: str, told: _HostReport) -> None:
    Worker.objects.filter(name=_worker_name(queue)).update(
        devices=told["devices"],
        export_formats=told["export_formats"],
        software=software_versions(),
    )
    publish_event("worker.changed", dataset=None)


def _ask_engine(queue: str) -> None:
    """Store which devices and export formats this host has and which arguments a run may set.

    One engine process tells both, as most of its 2 to 4 seconds are the import of torch.
    """
    request = {"config_dir": str(paths.engine_config_dir()), "arguments": True}
    awaited = {"devices", "arguments"}
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "engine.log"
        with EngineProcess("devices", request, log=log) as engine:
            for event in engine.events():
                if event is None:
                    continue
                if event["type"] == "devices":
                    _store_description(queue, cast(_HostReport, event))
                elif event["type"] == "arguments":
                    keep_arguments(event)
                awaited.discard(event["type"])
            if awaited:
                raise RuntimeError(f"the engine told no {sorted(awaited)}: {engine.log_tail()}")


def count_cpus() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def software_versions() -> Software:
    return {
        "segloop": settings.VERSION,
        "torch": _version("torch"),
        "ultralytics": _version("ultralytics"),
        "python": platform.python_version(),
    }


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
