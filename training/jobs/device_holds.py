"""Which job has which GPU of a host: one job a GPU, several GPUs for a job that asks for them."""

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.apps import apps
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from annotator.models.jobs import ACTIVE_STATES, Job, JobState
from training.models import DeviceHold, Worker

from .supervising import with_database_patience

AUTO = "auto"

DEVICE_FOLLOWERS: list[Callable[[Job, str], None]] = []
"""Called with a job and the devices that it has just been given, before its engine starts: a model
that is kept warm there makes room. Filled when the applications are set up."""


class DeviceBusyError(Exception):
    """The devices that a job asks for are in use, or not here; another worker, or later, may do.

    The message is a sentence for a person.
    """


def are_devices_free(wanted: str) -> bool:
    """Whether a job that asks for these devices could have them on this host now."""
    host = socket.gethostname()
    gpus = _gpus_of(host)
    if not (gpus and (wanted == AUTO or wanted[0].isdigit())):
        return True
    _forget_stale_holds(host)
    free = set(gpus) - set(
        DeviceHold.objects.filter(hostname=host).values_list("device", flat=True)
    )
    return bool(free) if wanted == AUTO else set(wanted.split(",")) <= free


def _take_devices(job: Job, wanted: str) -> str:
    """Give ``job``, whose lease we hold, its devices on this host; "auto": the first free GPU.

    Returns what it got: "cpu", "mps", or ids of GPUs such as "0" or "0,1". Raises DeviceBusyError.
    """
    host = socket.gethostname()
    gpus = _gpus_of(host)
    if wanted == AUTO and not gpus:
        return "cpu"
    if wanted != AUTO and not wanted[0].isdigit():
        return wanted
    busy = f"It waits for {'a GPU' if wanted == AUTO else f'GPU {wanted}'} of {host}."
    with transaction.atomic():
        _forget_stale_holds(host)
        held = set(DeviceHold.objects.filter(hostname=host).values_list("device", flat=True))
        free = [gpu for gpu in gpus if gpu not in held]
        # A worker that has not looked for its GPUs yet takes the asked-for ones on trust.
        asked = free[:1] if wanted == AUTO else wanted.split(",")
        if not asked or held & set(asked) or (gpus and not set(asked) <= set(gpus)):
            raise DeviceBusyError(busy)
        try:
            for device in asked:
                DeviceHold.objects.create(
                    hostname=host,
                    device=device,
                    job_kind=type(job).__name__.lower(),
                    job_id=job.pk,
                    lease_owner=job.lease_owner,
                )
        except IntegrityError as error:
            raise DeviceBusyError(busy) from error
    return ",".join(asked)


@contextmanager
def hold_devices(job: Job, wanted: str) -> Iterator[str]:
    """Hold the devices of ``job`` for the block. Raises DeviceBusyError."""
    try:
        devices = _take_devices(job, wanted)
        for follow in DEVICE_FOLLOWERS:
            follow(job, devices)
        yield devices
    finally:
        rows = DeviceHold.objects.filter(lease_owner=job.lease_owner)
        with_database_patience(rows.delete)


def give_back_job(job: Job, reason: str = "") -> bool:
    """Let go of a job that could not be begun: it waits in its queue as before.

    ``reason``: what for; True where it is another than the last time.
    """
    rows = type(job)._default_manager.filter(pk=job.pk, lease_owner=job.lease_owner)
    # It was no attempt: a job that waits for long must not be failed for it.
    rows.update(progress_message=reason[:300], attempts=F("attempts") - 1)
    waits = rows.filter(state=JobState.RUNNING, attempts=0)
    waits.update(state=JobState.QUEUED, lease_until=None, started_at=None)
    rows.filter(state__in=(JobState.RUNNING, JobState.CANCELLING)).update(
        lease_until=timezone.now()
    )
    return job.progress_message != reason[:300]


def engine_device(devices: str) -> tuple[str, dict[str, str]]:
    """Return what an engine that sees only ``devices`` calls them, and the environment for it."""
    if not devices[0].isdigit():
        return devices, {}
    ids = devices.split(",")
    visible = [item for item in os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",") if item]
    names = [visible[int(i)] if int(i) < len(visible) else i for i in ids]
    inside = ",".join(str(position) for position in range(len(ids)))
    return inside, {"CUDA_VISIBLE_DEVICES": ",".join(names)}


def _gpus_of(host: str) -> list[str]:
    gpus: list[str] = []
    for worker in Worker.objects.filter(hostname=host, queue="gpu").order_by("heartbeat_at"):
        found = [item["id"] for item in worker.devices if item["kind"] == "gpu"]
        gpus = [str(item) for item in found if str(item).isdigit()] or gpus
    return gpus


def _forget_stale_holds(host: str) -> None:
    now = timezone.now()
    for hold in DeviceHold.objects.filter(hostname=host):
        model = apps.get_model("training", hold.job_kind)
        is_held = model._default_manager.filter(
            pk=hold.job_id,
            lease_owner=hold.lease_owner,
            state__in=ACTIVE_STATES,
            lease_until__gt=now,
        )
        if not is_held.exists():
            hold.delete()
