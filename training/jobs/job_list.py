"""Jobs of all kinds in one list: the tray of a person, and the queue of the workers."""

from datetime import datetime, timedelta
from typing import Any, Literal, TypedDict

from django.contrib.auth.models import User
from django.db.models import Q, QuerySet
from django.utils import timezone

from annotator.bulk.words import describe_change
from annotator.kernel.jobs import Progress, progress_of
from annotator.labels.formats import FORMATS
from annotator.models import (
    BulkChange,
    Dataset,
    DatasetExport,
    FolderAction,
    FolderJob,
    Import,
)
from annotator.models.jobs import ACTIVE_STATES, Job, JobState
from annotator.permissions import datasets_of
from training.models import (
    BatchPreview,
    Evaluation,
    Export,
    Prediction,
    Run,
    RunCheck,
    RunImport,
    SyntheticPreview,
    Version,
    VersionCheck,
    Weights,
    Worker,
    WorkerMode,
)

from .engine_setup import EngineSetup, engine_setup
from .payloads import JobItem
from .queue_pause import why_paused
from .run_pace import progress_of_run
from .waiting import Waiting
from .workers import Device, Software, devices_of, is_online

RECENTLY = timedelta(minutes=10)
MOST_ITEMS = 200
JobKind = Literal[
    "import",
    "dataset_export",
    "bulk_change",
    "folder",
    "version",
    "run",
    "evaluation",
    "prediction",
    "export",
    "check",
    "run_import",
    "version_check",
    "synthetic_preview",
    "batch_preview",
    "weights",
]


class CurrentJob(TypedDict):
    kind: JobKind
    id: int
    title: str
    url: str


class WorkerPayload(TypedDict):
    """``pid`` tells workers of one host apart."""

    id: int
    hostname: str
    pid: int
    queue: Literal["gpu", "cpu"]
    state: Literal["online", "offline"]
    mode: WorkerMode
    heartbeat_at: datetime
    devices: list[Device]
    software: Software
    current: list[CurrentJob]
    cpu_percent: float
    memory_used_mb: int
    memory_total_mb: int


class WorkerOverview(TypedDict):
    """``paused``: why nothing is taken from the gpu queue (a restored copy), or "".
    ``engine``: how far its installation is, None where it is there.
    """

    paused: str
    workers: list[WorkerPayload]
    engine: EngineSetup | None
    queue: list[JobItem]


_SOURCES: dict[JobKind, tuple[type[Job], str]] = {
    "import": (Import, "dataset"),
    "dataset_export": (DatasetExport, "dataset"),
    "bulk_change": (BulkChange, "dataset"),
    "folder": (FolderJob, "dataset"),
    "version": (Version, "dataset"),
    "run": (Run, "dataset"),
    "evaluation": (Evaluation, "run__dataset"),
    "prediction": (Prediction, "dataset"),
    "export": (Export, "checkpoint__run__dataset"),
    "check": (RunCheck, "dataset"),
    "run_import": (RunImport, "dataset"),
    "version_check": (VersionCheck, "version__dataset"),
    "synthetic_preview": (SyntheticPreview, "version__dataset"),
    "batch_preview": (BatchPreview, "version__dataset"),
    "weights": (Weights, "dataset"),
}
"""Each kind of job and the way to its dataset."""

_RELATED: dict[JobKind, tuple[str, ...]] = {
    "import": ("dataset",),
    "dataset_export": ("dataset",),
    "bulk_change": ("dataset",),
    "folder": ("dataset",),
    "version": ("dataset",),
    "run": ("dataset",),
    "evaluation": ("run__dataset", "version", "export"),
    "prediction": ("dataset",),
    "export": ("checkpoint__run__dataset",),
    "check": ("dataset",),
    "run_import": ("dataset",),
    "version_check": ("version__dataset",),
    "synthetic_preview": ("version__dataset",),
    "batch_preview": ("version__dataset",),
    "weights": ("dataset",),
}


def list_tray(user: User) -> list[JobItem]:
    """Return the jobs of the user's datasets that are active or ended a moment ago."""
    recent = Q(finished_at__gte=timezone.now() - RECENTLY)
    items: list[JobItem] = []
    waiting = Waiting.for_list()
    for kind, (_, to_dataset) in _SOURCES.items():
        if kind in {
            "check",
            "version_check",
            "synthetic_preview",
            "batch_preview",
        }:  # its page shows it, and nobody else waits for it
            continue
        rows = _rows(kind).filter(Q(state__in=ACTIVE_STATES) | recent)
        if kind == "folder":  # looks come by the clock, and nobody waits for them
            rows = rows.exclude(action=FolderAction.LOOK)
        seen = Q(**{f"{to_dataset}__in": datasets_of(user)})
        if kind in {"prediction", "weights"}:  # of no dataset: its own person's
            seen |= Q(dataset__isnull=True, created_by=user)
        rows = rows.filter(seen)
        items += [make_item(kind, job, waiting, user) for job in rows.order_by("-id")[:MOST_ITEMS]]
    return sorted(items, key=lambda item: item["created_at"], reverse=True)[:MOST_ITEMS]


def _rows(kind: JobKind) -> QuerySet[Any]:
    return _SOURCES[kind][0]._default_manager.select_related(*_RELATED[kind])


def make_item(kind: JobKind, job: Any, waiting: Waiting, user: User) -> JobItem:
    title, url = _describe(kind, job)
    dataset = _dataset_of(kind, job)
    return {
        "kind": kind,
        "id": job.pk,
        "dataset": "" if dataset is None else dataset.slug,
        "title": title,
        "state": JobState(job.state),
        "ending": job.ending if isinstance(job, Import) else "",
        "progress": _progress(kind, job, waiting),
        "url": url,
        "is_mine": job.created_by_id == user.pk,
        "created_at": job.created_at,
    }


def _progress(kind: JobKind, job: Any, waiting: Waiting) -> Progress:
    if kind == "run":
        return progress_of_run(job)
    is_of_gpu = kind in {"evaluation", "prediction", "export", "check"}
    return waiting.progress(job) if is_of_gpu else progress_of(job)


def _dataset_of(kind: JobKind, job: Any) -> Dataset | None:
    for name in _SOURCES[kind][1].split("__"):
        job = getattr(job, name)
    dataset: Dataset | None = job
    return dataset


def _describe(  # noqa: PLR0911, PLR0912 - a table of cases
    kind: JobKind, job: Any
) -> tuple[str, str]:
    """Return the title of a job and the page of the front end that shows it."""
    if kind == "prediction":
        images = "1 image" if job.image_count == 1 else f"{job.image_count} images"
        return f"Predict {job.source_name or images}", f"/predict/{job.pk}"
    if kind == "weights":
        return f"Look into {job.name}", "/models"
    dataset = _dataset_of(kind, job)
    assert dataset is not None  # noqa: S101 - every other kind has one
    match kind:
        case "import":
            return f"Import {job.source_name}", f"/datasets/{dataset.slug}/imports/{job.pk}"
        case "dataset_export":
            title = f"Export {dataset.name} as {FORMATS[job.format].title}"
            return title, f"/datasets/{dataset.slug}/export"
        case "bulk_change":
            return describe_change(job), f"/datasets/{dataset.slug}/changes/{job.pk}"
        case "folder":
            verb = "Take in" if job.action == FolderAction.TAKE else "Put back"
            title = f"{verb} changes in the folder of {dataset.name}"
            return title, f"/datasets/{dataset.slug}/folder"
        case "version":
            title = f"Freeze version {job.number} of {dataset.name}"
            return title, f"/datasets/{dataset.slug}/versions"
        case "run":
            return f"Train {job.name}", f"/runs/{job.pk}"
        case "evaluation":
            format = f" as {job.export.get_format_display()}" if job.export else ""
            title = (
                f"Evaluate {job.run.name}{format} on {job.split} of version {job.version.number}"
            )
            return title, f"/runs/{job.run_id}/results"
        case "export":
            title = f"Export {job.checkpoint.run.name} to {job.get_format_display()}"
            return title, f"/models?checkpoint={job.checkpoint_id}"
        case "check":
            return f"Check a run on {dataset.name}", f"/runs/new?dataset={dataset.slug}"
        case "version_check":
            title = f"Check version {job.version.number} at {job.image_size}"
            return title, f"/datasets/{dataset.slug}/versions/{job.version.number}"
        case "batch_preview":
            title = f"Show train batches of version {job.version.number}"
            return title, f"/runs/new?dataset={dataset.slug}"
        case "synthetic_preview":
            title = f"Preview synthetic examples of version {job.version.number}"
            return title, f"/datasets/{dataset.slug}/versions/{job.version.number}/synthetic"
        case _:
            url = f"/runs/{job.run_id}" if job.run_id else f"/datasets/{dataset.slug}/versions"
            return f"Bring back {job.source_name}", url


# --- the workers page ------------------------------------------------------------------------


def overview_workers(user: User) -> WorkerOverview:
    """Return the workers and the queue. What belongs to other datasets is shown without a name."""
    mine = set(datasets_of(user).values_list("pk", flat=True))
    held: dict[str, list[CurrentJob]] = {}
    queue: list[JobItem] = []
    waiting = Waiting.for_list()
    for kind in _SOURCES:
        for job in _rows(kind).filter(state__in=ACTIVE_STATES).order_by("id")[:MOST_ITEMS]:
            item = make_item(kind, job, waiting, user)
            dataset = _dataset_of(kind, job)
            is_seen = job.created_by_id == user.pk if dataset is None else dataset.pk in mine
            if not is_seen:
                item = _without_names(item)
            if job.state == JobState.QUEUED:
                queue.append(item)
            else:
                current: CurrentJob = {
                    "kind": kind,
                    "id": job.pk,
                    "title": item["title"],
                    "url": item["url"],
                }
                held.setdefault(_process_of(job), []).append(current)
    return {
        "paused": why_paused(),
        "workers": [_worker_payload(worker, held) for worker in Worker.objects.all()],
        "engine": engine_setup(),
        "queue": sorted(queue, key=lambda item: item["created_at"]),
    }


def _without_names(item: JobItem) -> JobItem:
    progress = {**item["progress"], "message": ""}
    title = f"{item['kind'].replace('_', ' ').capitalize()} of another dataset"
    return {**item, "dataset": "", "title": title, "url": "", "progress": progress}  # type: ignore[typeddict-item]


def _process_of(job: Job) -> str:
    return job.lease_owner.rpartition(":")[0]


def _worker_payload(worker: Worker, held: dict[str, list[CurrentJob]]) -> WorkerPayload:
    online = is_online(worker)
    software: Software = {"segloop": "", "torch": "", "ultralytics": "", "python": ""}
    return {
        "id": worker.pk,
        "hostname": worker.hostname,
        "pid": worker.pid,
        "queue": "gpu" if worker.queue == "gpu" else "cpu",
        "state": "online" if online else "offline",
        "mode": WorkerMode(worker.mode),
        "heartbeat_at": worker.heartbeat_at,
        "devices": devices_of(worker),
        "software": {**software, **worker.software},
        "current": held.get(f"{worker.hostname}:{worker.pid}", []) if online else [],
        "cpu_percent": worker.cpu_percent,
        "memory_used_mb": worker.memory_used_mb,
        "memory_total_mb": worker.memory_total_mb,
    }
