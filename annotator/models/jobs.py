"""Work that outlives a request, kept as a row: a Celery message is only a nudge to look at it.

States and who moves them (always by compare-and-set, see :mod:`annotator.kernel.jobs`)::

    queued ──claim──▶ running ──▶ finished
      │                 │  └────▶ failed
      │                 ├─cancel─▶ cancelling ──▶ cancelled
      └──cancel──▶ cancelled
    running, lease over ──claim──▶ running (taken up again by another worker)
"""

from django.conf import settings
from django.db import models


class JobState(models.TextChoices):
    QUEUED = "queued"
    RUNNING = "running"
    CANCELLING = "cancelling"
    CANCELLED = "cancelled"
    FAILED = "failed"
    FINISHED = "finished"


ACTIVE_STATES = (JobState.QUEUED, JobState.RUNNING, JobState.CANCELLING)
ENDED_STATES = (JobState.CANCELLED, JobState.FAILED, JobState.FINISHED)


class Job(models.Model):
    """Abstract: state, lease and progress of one piece of work."""

    state = models.CharField(max_length=12, choices=JobState.choices, default=JobState.QUEUED)
    lease_owner = models.CharField(max_length=120, blank=True, default="")
    lease_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    progress_done = models.BigIntegerField(default=0)
    progress_total = models.BigIntegerField(null=True, blank=True)
    progress_unit = models.CharField(max_length=20, blank=True, default="")
    progress_message = models.CharField(max_length=300, blank=True, default="")
    error = models.TextField(blank=True, default="")
    error_hint = models.TextField(blank=True, default="")
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True

    @classmethod
    def may_be_claimed(cls) -> models.Q:
        """Which rows a worker may take up, as far as their kind says more than their state."""
        return models.Q()

    @property
    def is_active(self) -> bool:
        return self.state in ACTIVE_STATES
