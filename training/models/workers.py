"""Workers: the processes that do the long work, as they told us last."""

from django.db import models


class WorkerQueue(models.TextChoices):
    GPU = "gpu"
    CPU = "cpu"


class Worker(models.Model):
    """One Celery worker process; it renews ``heartbeat_at`` while it lives.

    ``name``: host, queue and process. ``devices``: what the engine found (id, kind, name,
    memory_total_mb, memory_free_mb); only gpu workers ask. ``software``: segloop, torch,
    ultralytics, python.
    """

    name = models.CharField(max_length=200, unique=True)
    hostname = models.CharField(max_length=200)
    pid = models.PositiveIntegerField()
    queue = models.CharField(max_length=3, choices=WorkerQueue.choices)
    heartbeat_at = models.DateTimeField()
    devices = models.JSONField(default=list)
    software = models.JSONField(default=dict)
    cpu_count = models.PositiveIntegerField(default=0)
    cpu_percent = models.FloatField(default=0.0)
    memory_used_mb = models.PositiveIntegerField(default=0)
    memory_total_mb = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["hostname", "queue", "name"]

    def __str__(self) -> str:
        return self.name
