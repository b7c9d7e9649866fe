"""Attempts: a run may take several, as workers, machines and memory come and go."""

from django.conf import settings
from django.db import models

from .runs import Run


class AttemptOutcome(models.TextChoices):
    """How an attempt ended. What follows from it: training/runs/attempts.py."""

    RUNNING = "running"
    FINISHED = "finished"
    STOPPED = "stopped"  # by a person, who kept what there was
    CANCELLED = "cancelled"
    HANDED_ON = "handed_on"  # the worker was asked to go
    LOST = "lost"  # the worker or its machine went down without a word
    KILLED = "killed"  # the engine, and not for memory
    KILLED_FOR_MEMORY = "killed_for_memory"
    OUT_OF_MEMORY = "out_of_memory"
    OUT_OF_SHARED_MEMORY = "out_of_shared_memory"  # the processes that load images
    CRASHED = "crashed"  # without a word
    BROKEN = "broken"  # by an error that nobody foresaw
    HUNG = "hung"
    DISK_FULL = "disk_full"
    FAILED = "failed"  # for a reason that another attempt would meet again


class RunAttempt(models.Model):
    """One engine that trained a run.

    It went on after ``from_epoch`` finished epochs (0: from the beginning) and left ``to_epoch``.
    ``worker``: host and process. ``loader_workers``: processes that loaded images. ``started_by``:
    who asked for it by hand. ``torch_version`` and ``ultralytics_version``: what the engine ran
    with, "" until it has started. ``has_begun``: a first batch is done. ``notes``: what the engine
    lowered or warned of. ``sentence`` says how it ended, "" while it trains.
    """

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="attempt_rows")
    number = models.PositiveIntegerField()
    worker = models.CharField(max_length=120)
    device = models.CharField(max_length=40)
    device_name = models.CharField(max_length=120, blank=True, default="")
    torch_version = models.CharField(max_length=40, blank=True, default="")
    ultralytics_version = models.CharField(max_length=40, blank=True, default="")
    started_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    from_epoch = models.PositiveIntegerField(default=0)
    to_epoch = models.PositiveIntegerField(default=0)
    batch = models.PositiveIntegerField()
    loader_workers = models.PositiveIntegerField(default=0)
    has_begun = models.BooleanField(default=False)
    outcome = models.CharField(
        max_length=20, choices=AttemptOutcome.choices, default=AttemptOutcome.RUNNING
    )
    sentence = models.TextField(blank=True, default="")
    notes = models.JSONField(default=list)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["run", "number"], name="attempt_number_unique"),
        ]

    def __str__(self) -> str:
        return f"attempt {self.number} at run {self.run_id}"
