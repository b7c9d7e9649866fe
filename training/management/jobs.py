"""What the commands of the training room have in common: following a job to its end."""

import time
from collections.abc import Callable

from django.core.management.base import CommandError

from annotator.kernel.jobs import cancel_job, mark_cancelled
from annotator.management.base import find_dataset
from annotator.models import Dataset
from annotator.models.jobs import ENDED_STATES, Job, JobState
from training.jobs.engine_job import work_off
from training.jobs.nudges import TASKS
from training.jobs.workers import online_workers

LOOK_EVERY_SECONDS = 0.3


def need_dataset(name: str) -> Dataset:
    """Return the dataset of this slug or name. Raises CommandError."""
    dataset = find_dataset(name)
    if dataset is None:
        slugs = Dataset.objects.filter(deleted_at__isnull=True).values_list("slug", flat=True)
        raise CommandError(
            f"There is no dataset “{name}” (known: {', '.join(slugs[:10]) or 'none yet'})."
        )
    return dataset


def follow_job(
    job: Job, say: Callable[[str], None], *, work_here: Callable[[int], object] | None = None
) -> None:
    """Return when ``job`` has ended; where no worker is running, work it off in this process, by
    ``work_here`` where it is no job of the engine.

    Raises CommandError when it failed or was cancelled.
    """
    queue = TASKS[type(job)][1]
    said = ""
    try:
        while job.state not in ENDED_STATES:
            if online_workers(queue).exists():
                time.sleep(LOOK_EVERY_SECONDS)
            else:
                say(f"No {queue} worker is running: doing it in this process.")
                work_off(job) if work_here is None else work_here(job.pk)
            job.refresh_from_db()
            headline = job.progress_message.partition(",")[0]
            if headline and headline != said:
                said = headline
                say(f"  {headline}")
    except KeyboardInterrupt:
        job.refresh_from_db()
        if cancel_job(job):
            mark_cancelled(job)
        raise CommandError("Stopped.") from None
    if job.state != JobState.FINISHED:
        reason = f"{job.error} {job.error_hint}".strip() or "It was cancelled."
        raise CommandError(f"{str(job).capitalize()}: {reason}")
