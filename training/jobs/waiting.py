"""Why a job of the gpu queue waits, other than a run (run_queue.py)."""

from functools import cached_property
from typing import Self

from annotator.kernel.jobs import Progress, progress_of
from annotator.models.jobs import Job, JobState

from .workers import describe_workers


class Waiting:
    """The reasons of one answer's jobs: what concerns all of them is looked up once, if at all.

    ``for_list`` looks it up at once, so that a list costs the same whatever is in it.
    """

    @classmethod
    def for_list(cls) -> Self:
        waiting = cls()
        _ = waiting._workers
        return waiting

    @cached_property
    def _workers(self) -> str:
        return describe_workers()

    def reason(self, job: Job) -> str:
        """Return what a job waits for; "" for one that does not wait."""
        if job.state != JobState.QUEUED:
            return ""
        reason = self._workers or job.progress_message
        return reason or "It waits for a worker, which takes it up in a moment."

    def progress(self, job: Job) -> Progress:
        """Return the progress; while the job waits its message says for what."""
        progress = progress_of(job)
        return {**progress, "message": self.reason(job) or progress["message"]}
