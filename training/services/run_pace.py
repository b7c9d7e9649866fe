"""How far a run is, and how long it still takes: by the pace of the attempt that trains now.

What was trained before it, and the hours in which nobody did, tell nothing of that.
"""

from django.utils import timezone

from annotator.services.jobs import Progress, progress_of
from training.models import Run


def progress_of_run(run: Run) -> Progress:
    """Return the progress; the time left is null while nobody can tell, as on a full disk.

    Reads ``attempt_rows``: prefetch them for many runs.
    """
    progress = progress_of(run)
    if progress["eta_seconds"] is not None:
        progress["eta_seconds"] = None if run.is_paused else _seconds_left(run)
    return progress


def _seconds_left(run: Run) -> float | None:
    attempts = list(run.attempt_rows.all())
    if not attempts or not run.progress_total:
        return None
    attempt = attempts[-1]
    done = run.progress_done / run.progress_total
    epochs: int = run.parameters["epochs"]
    done_before = attempt.from_epoch / epochs
    if done <= done_before:
        return None
    elapsed = (timezone.now() - attempt.started_at).total_seconds()
    return round(elapsed * (1 - done) / (done - done_before), 1)
