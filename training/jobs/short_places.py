"""Where an evaluation, a prediction, a check or an export is worked off while a run trains.

In this order::

    a free GPU                      held by the job as by a run
    the GPU of a training           where its memory suffices, after the first epoch, when the
                                    training has taken what it needs; on OUT OF MEMORY: next line
    the processor                   where the memory of the host suffices
    later                           the job waits in its queue and says for what, and how long

A GPU that another short job holds is waited for: that takes less than going elsewhere.
"""

import socket
from collections.abc import Callable
from dataclasses import dataclass

import psutil
from django.utils import timezone

from annotator.models.jobs import ACTIVE_STATES, Job
from training.models import DeviceHold, Run, Worker, WorkerQueue

from .device_holds import AUTO, DeviceBusyError, hold_devices
from .gpu_load import measure_gpus
from .run_pace import progress_of_run
from .supervising import Outcome

MARGIN_MB = 2048
"""What stays free of the memory that a training shares: its own need varies with the images."""
_MB = 1 << 20


@dataclass(frozen=True)
class Need:
    """What a short job takes. ``may_move``: whether its result is the same on another device."""

    image_size: int
    batch: int
    may_move: bool = True

    def gpu_mb(self) -> int:
        """Memory of CUDA itself, and of a batch in the largest models."""
        return round(1500 + 250 * self._images())

    def host_mb(self) -> int:
        return round(1000 + 60 * self._images())

    def _images(self) -> float:
        return self.batch * (self.image_size / 640) ** 2


THIS_DEVICE = Need(image_size=640, batch=1, may_move=False)
"""Of a job whose result is true of the device that it was asked for only."""


def work_in_place(job: Job, wanted: str, need: Need, work: Callable[[str], Outcome]) -> Outcome:
    """Do ``work`` with the devices that ``job`` gets. Raises DeviceBusyError with the reason."""
    try:
        with hold_devices(job, wanted) as devices:
            shortage = find_shortage(need) if devices == "cpu" else ""
            if not shortage:
                return _begin(job, devices, work)
    except DeviceBusyError:
        return _work_beside(job, wanted, need, work)
    raise DeviceBusyError(shortage)


def _work_beside(job: Job, wanted: str, need: Need, work: Callable[[str], Outcome]) -> Outcome:
    """Do ``work`` although its device is held."""
    if not need.may_move or not _is_held_by_runs(wanted):
        raise DeviceBusyError(_explain_held(wanted))
    shared = _find_shared_gpu(wanted, need)
    if shared:
        outcome = _begin(job, shared, work)
        if outcome.state != "failed" or outcome.event.get("code") != "out_of_memory":
            return outcome
    if shortage := find_shortage(need):
        raise DeviceBusyError(shortage)
    return _begin(job, "cpu", work)


def _begin(job: Job, devices: str, work: Callable[[str], Outcome]) -> Outcome:
    if job.progress_message:  # what it waited for
        held = type(job)._default_manager.filter(pk=job.pk, lease_owner=job.lease_owner)
        held.update(progress_message="")
    return work(devices)


def find_shortage(need: Need) -> str:
    """Return why a training leaves too little memory of this host for another engine, or ""."""
    runs = trainings_here()
    free_mb = psutil.virtual_memory().available // _MB
    if not runs or free_mb >= need.host_mb():
        return ""
    return (
        f"{_name_training(runs)} leaves too little memory ({free_mb} MB free, {need.host_mb()} MB "
        "needed): it waits for its end."
    )


def trainings_here() -> list[Run]:
    """Return the runs that a worker of this host trains now."""
    prefix = f"{socket.gethostname()}:"
    rows = Run.objects.filter(state__in=ACTIVE_STATES, lease_until__gt=timezone.now())
    return list(rows.filter(lease_owner__startswith=prefix).order_by("pk"))


def _holds(wanted: str) -> list[DeviceHold]:
    rows = DeviceHold.objects.filter(hostname=socket.gethostname())
    return list(rows if wanted == AUTO else rows.filter(device__in=wanted.split(",")))


def _is_held_by_runs(wanted: str) -> bool:
    """Whether runs hold what the job wants, all of it: a short job is over soon."""
    holds = _holds(wanted)
    return bool(holds) and all(hold.job_kind == "run" for hold in holds)


def _find_shared_gpu(wanted: str, need: Need) -> str:
    """Return a GPU beside whose training the job fits, or ""."""
    free = _free_memory_mb()
    for hold in _holds(wanted):
        has_grown = Run.objects.filter(pk=hold.job_id, epoch__gte=1).exists()
        if has_grown and free.get(hold.device, 0) >= need.gpu_mb() + MARGIN_MB:
            return hold.device
    return ""


def _free_memory_mb() -> dict[str, int]:
    """Free memory of this host's GPUs: as the driver says now, else as a worker told last."""
    told = {
        str(item["id"]): int(item.get("memory_free_mb") or 0)
        for worker in Worker.objects.filter(
            hostname=socket.gethostname(), queue=WorkerQueue.GPU
        ).order_by("heartbeat_at")
        for item in worker.devices
        if item["kind"] == "gpu"
    }
    return told | {gpu: load["memory_free_mb"] for gpu, load in measure_gpus().items()}


def _explain_held(wanted: str) -> str:
    device = "the GPU" if wanted == AUTO else f"GPU {wanted}"
    runs = trainings_here()
    holder = _name_training(runs) if runs and _is_held_by_runs(wanted) else "Other work"
    return f"{holder} has {device}: it waits for its end."


def _name_training(runs: list[Run]) -> str:
    """Name the training that ends first, and when."""
    left = {run.pk: progress_of_run(run)["eta_seconds"] for run in runs}
    first = min(runs, key=lambda run: left[run.pk] or float("inf"))
    seconds = left[first.pk]
    more = "" if seconds is None else f" (about {_in_words(seconds)} more)"
    return f"The training of “{first.name}”{more}"


def _in_words(seconds: float) -> str:
    minutes = max(1, round(seconds / 60))
    return f"{minutes} min" if minutes < 90 else f"{minutes / 60:.1f} h"
