"""Live events of jobs: hints that one of them changed."""

from annotator.kernel.event_types import ObjectKind
from annotator.kernel.events import publish_event
from annotator.models import Dataset
from annotator.models.jobs import Job
from training.models import (
    BatchPreview,
    Evaluation,
    Export,
    Prediction,
    Preview,
    Run,
    RunCheck,
    RunImport,
    SyntheticPreview,
    Version,
    VersionCheck,
    VideoFile,
    Weights,
)

_KINDS: dict[type[Job], ObjectKind] = {
    Version: "version.changed",
    Run: "run.changed",
    Evaluation: "evaluation.changed",
    Export: "export.changed",
    RunCheck: "run_check.changed",
    RunImport: "run_import.changed",
    VersionCheck: "version_check.changed",
    SyntheticPreview: "synthetic_preview.changed",
    BatchPreview: "batch_preview.changed",
}


def announce(job: Job) -> None:
    """Publish ``<kind>.changed`` of a job."""
    if isinstance(job, Weights):  # may be everybody's
        publish_event("weights.changed", dataset=job.dataset, id=job.pk)
    elif isinstance(job, VideoFile):
        announce(job.prediction)
    elif isinstance(job, Prediction):  # may concern no dataset
        publish_event("prediction.changed", dataset=job.dataset, id=job.pk)
    else:
        publish_event(_KINDS[type(job)], dataset=_dataset_of(job), id=job.pk)


def _dataset_of(job: Job) -> Dataset:
    match job:
        case Evaluation():
            return job.run.dataset
        case Export():
            return job.checkpoint.run.dataset
        case VersionCheck() | Preview():
            return job.version.dataset
        case Version() | Run() | RunCheck() | RunImport():
            return job.dataset
    raise TypeError(f"{job} has no events")
