"""The last best checkpoint, evaluated on each new version.

So the next run's page can say how much of the difference came from better labels and how much from
a better model (progress.py), without somebody having to think of it before.
"""

from annotator.models import Split
from annotator.models.jobs import JobState
from training import paths
from training.models import Checkpoint, CheckpointKind, Version

from .evaluations import queue_evaluation

LOOK_AT = 50


def evaluate_last_checkpoint(version: Version) -> None:
    """Queue the evaluation of the newest best.pt of the dataset on ``version``, if it wants that.

    Called in the transaction that ends the freezing, so a crash cannot come between the two.
    """
    if not version.dataset.evaluate_new_versions:
        return
    best = find_last_best(version)
    if best is not None:
        queue_evaluation(best, Split.VAL, created_by_id=version.created_by_id, version=version)


def find_last_best(version: Version) -> Checkpoint | None:
    """Return best.pt of the newest finished run on an earlier version; one of a fold is passed
    over, as it has seen images that are in val now."""
    rows = Checkpoint.objects.filter(
        kind=CheckpointKind.BEST,
        run__dataset=version.dataset,
        run__state=JobState.FINISHED,
        run__version__number__lt=version.number,
    )
    for checkpoint in rows.select_related("run__dataset").order_by("-run_id")[:LOOK_AT]:
        if (
            not checkpoint.run.parameters.get("fold")
            and paths.checkpoint_path(checkpoint).is_file()
        ):
            return checkpoint
    return None
