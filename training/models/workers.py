"""Workers: the processes that do the long work, as they told us last."""

from django.db import models


class WorkerQueue(models.TextChoices):
    GPU = "gpu"
    CPU = "cpu"


class WorkerMode(models.TextChoices):
    """What an administrator wants of a worker."""

    WORK = "work"
    PAUSE = "pause"  # takes nothing new, also after it was started again
    DRAIN = "drain"  # finishes what it does and takes nothing new until it is started again


class Worker(models.Model):
    """One Celery worker process; it renews ``heartbeat_at`` while it lives.

    ``name``: host, queue and process. ``devices``: what the engine found (id, kind, name,
    memory_total_mb, memory_free_mb); only gpu workers ask. GPUs also carry what the driver says
    of them now (utilisation_percent, memory_free_mb). ``export_formats``: format, and the reason
    where this host can't write or run it. ``software``: segloop, torch, ultralytics,
    python.
    """

    name = models.CharField(max_length=200, unique=True)
    hostname = models.CharField(max_length=200)
    pid = models.PositiveIntegerField()
    queue = models.CharField(max_length=3, choices=WorkerQueue.choices)
    heartbeat_at = models.DateTimeField()
    mode = models.CharField(max_length=5, choices=WorkerMode.choices, default=WorkerMode.WORK)
    devices = models.JSONField(default=list)
    export_formats = models.JSONField(default=list)
    software = models.JSONField(default=dict)
    cpu_count = models.PositiveIntegerField(default=0)
    cpu_percent = models.FloatField(default=0.0)
    memory_used_mb = models.PositiveIntegerField(default=0)
    memory_total_mb = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["hostname", "queue", "name"]

    def __str__(self) -> str:
        return self.name


class DeviceHold(models.Model):
    """A GPU of a host, given to one job: never to two at once, which the database sees to.

    A hold whose job has ended, or is held by somebody else by now, counts for nothing.
    """

    hostname = models.CharField(max_length=200)
    device = models.CharField(max_length=20)
    job_kind = models.CharField(max_length=20)
    job_id = models.BigIntegerField()
    lease_owner = models.CharField(max_length=120)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["hostname", "device"], name="device_held_once"),
        ]

    def __str__(self) -> str:
        return f"{self.device} of {self.hostname}"
