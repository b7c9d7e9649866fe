"""Short work goes before long: a worker that is about to train looks first at what takes a moment.

Messages come in the order in which they were sent. With several runs in the queue, the evaluation
of the first would come after the last, and whoever checks a form or predicts an image would wait
for all of them.
"""

from collections.abc import Callable

from annotator.kernel.jobs import find_abandoned
from annotator.models.jobs import Job
from training.checkpoints.exporting import export_checkpoint
from training.evaluations.evaluations import evaluate_checkpoint
from training.jobs.supervising import shutting_down
from training.models import Evaluation, Export, Prediction, RunCheck
from training.predictions.predicting import predict_images
from training.runs.checks import check_run

_WORK: dict[type[Job], Callable[[int], None]] = {
    RunCheck: check_run,
    Prediction: predict_images,
    Evaluation: evaluate_checkpoint,
    Export: export_checkpoint,
}
"""Those first for which somebody sits before the screen."""


def work_off_short_jobs() -> None:
    """Work off every short job that waits now; their own messages will find nothing to do."""
    for model, work_off in _WORK.items():
        for job_id in find_abandoned(model):
            if shutting_down.is_set():
                return
            work_off(job_id)
