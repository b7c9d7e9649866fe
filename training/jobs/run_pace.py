"""How far a run is, and how long it still takes: as its engine tells it."""

from annotator.kernel.jobs import Progress, progress_of
from annotator.models.jobs import JobState
from training.models import Run


def progress_of_run(run: Run) -> Progress:
    """Return the progress; the time left is null while nobody can tell, as on a full disk.

    The mean pace of other jobs would count the hours in which nobody trained it.
    """
    can_tell = run.state == JobState.RUNNING and not run.is_paused
    return {**progress_of(run), "eta_seconds": run.eta_seconds if can_tell else None}
