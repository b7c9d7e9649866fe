"""What is told of a run import."""

from datetime import datetime
from typing import TypedDict

from django.db.models import QuerySet

from annotator.kernel.jobs import Progress, progress_of
from annotator.models.jobs import JobState
from training.jobs.payloads import UserPayload, user_payload
from training.models import RunImport
from training.versions.payloads import RunVersion


class RunImportPayload(TypedDict):
    """``run``: what it became, once finished."""

    id: int
    dataset: str
    version: RunVersion
    source_name: str
    state: JobState
    progress: Progress
    error: str
    error_hint: str
    run: int | None
    created_by: UserPayload | None
    created_at: datetime


def run_imports_for_payload() -> QuerySet[RunImport]:
    return RunImport.objects.select_related("dataset", "version", "created_by")


def run_import_payload(job: RunImport) -> RunImportPayload:
    return {
        "id": job.pk,
        "dataset": job.dataset.slug,
        "version": {"id": job.version_id, "number": job.version.number},
        "source_name": job.source_name,
        "state": JobState(job.state),
        "progress": progress_of(job),
        "error": job.error,
        "error_hint": job.error_hint,
        "run": job.run_id,
        "created_by": user_payload(job.created_by),
        "created_at": job.created_at,
    }
