"""Live events of jobs: hints that one of them changed."""

from annotator.kernel.events import publish_event
from annotator.models import Dataset
from annotator.models.jobs import Job
from training.models import Evaluation, Prediction, Run, RunImport, Version

_KINDS: dict[type[Job], str] = {
    Version: "version.changed",
    Run: "run.changed",
    Evaluation: "evaluation.changed",
    Prediction: "prediction.changed",
    RunImport: "run_import.changed",
}


def announce(job: Job) -> None:
    """Publish ``<kind>.changed`` of a job."""
    publish_event(_KINDS[type(job)], dataset=_dataset_of(job), id=job.pk)


def _dataset_of(job: Job) -> Dataset:
    if isinstance(job, Evaluation):
        return job.run.dataset
    if isinstance(job, Prediction):
        return job.checkpoint.run.dataset
    assert isinstance(job, Version | Run | RunImport)  # noqa: S101 - narrows the type
    return job.dataset
