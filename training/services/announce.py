"""Live events of the training room."""

from collections.abc import Callable, Mapping
from typing import Any

from annotator.kernel.events import publish_event
from annotator.models import Dataset
from annotator.models.jobs import Job
from training.models import Evaluation, Prediction, Run, RunImport, Version

from . import evaluation_payloads, payloads, run_import_payloads

_Entry = tuple[str, Callable[[], Any], Callable[[Any], Mapping[str, Any]]]

_EVENTS: dict[type[Job], _Entry] = {
    Version: ("version.changed", payloads.versions_for_payload, payloads.version_payload),
    Run: ("run.changed", payloads.runs_for_payload, payloads.run_payload),
    Evaluation: (
        "evaluation.changed",
        evaluation_payloads.evaluations_for_payload,
        evaluation_payloads.evaluation_payload,
    ),
    Prediction: (
        "prediction.changed",
        payloads.predictions_for_payload,
        payloads.prediction_payload,
    ),
    RunImport: (
        "run_import.changed",
        run_import_payloads.run_imports_for_payload,
        run_import_payloads.run_import_payload,
    ),
}


def announce(job: Job) -> None:
    """Publish ``<kind>.changed`` with the job as it is in the database now."""
    kind, queryset, make_payload = _EVENTS[type(job)]
    row = queryset().filter(pk=job.pk).first()
    if row is not None:
        payload = make_payload(row)
        publish_event(kind, dataset=_dataset_of(row), id=job.pk, data=payload)


def _dataset_of(job: Job) -> Dataset:
    if isinstance(job, Evaluation):
        return job.run.dataset
    if isinstance(job, Prediction):
        return job.checkpoint.run.dataset
    assert isinstance(job, Version | Run | RunImport)  # noqa: S101 - narrows the type
    return job.dataset
