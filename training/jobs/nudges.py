"""Nudging workers: a message says only "look at this row"; the row says what is to be done.

A message that is lost, or that Redis would not take, is made up for by :func:`sweep_jobs`, which
every worker calls when it starts and at each heartbeat.
"""

import logging
import socket
from typing import Any, cast

import psutil
from celery import current_app
from django.db import models, transaction
from django.utils import timezone
from kombu.exceptions import OperationalError
from redis import Redis, RedisError

from annotator.kernel.jobs import find_abandoned
from annotator.models import BulkChange, DatasetExport, FolderJob, Import
from annotator.models.jobs import ACTIVE_STATES, Job
from training.models import (
    BatchPreview,
    Evaluation,
    Export,
    Prediction,
    Run,
    RunCheck,
    RunImport,
    Search,
    SearchState,
    SyntheticPreview,
    Trial,
    Version,
    VersionCheck,
    VideoFile,
    Weights,
)

from .training_slots import has_training_slot

logger = logging.getLogger(__name__)

TASKS: dict[type[Job], tuple[str, str]] = {
    BulkChange: ("annotator.tasks.run_bulk_change", "cpu"),
    FolderJob: ("annotator.tasks.run_folder_job", "cpu"),
    Import: ("annotator.tasks.run_import", "cpu"),
    DatasetExport: ("annotator.tasks.run_export", "cpu"),
    Version: ("training.tasks.run_version", "cpu"),
    Run: ("training.tasks.run_training", "gpu"),
    Evaluation: ("training.tasks.run_evaluation", "gpu"),
    Prediction: ("training.tasks.run_prediction", "gpu"),
    Export: ("training.tasks.run_export", "gpu"),
    RunCheck: ("training.tasks.run_check", "gpu"),
    RunImport: ("training.tasks.import_run", "cpu"),
    VideoFile: ("training.tasks.make_video_file", "cpu"),
    VersionCheck: ("training.tasks.run_version_check", "cpu"),
    SyntheticPreview: ("training.tasks.run_synthetic_preview", "cpu"),
    BatchPreview: ("training.tasks.run_batch_preview", "cpu"),
    Weights: ("training.tasks.look_into_weights", "cpu"),
}
"""The task that works a job off, and its queue."""


def nudge_worker(job: Job) -> None:
    """Tell a worker to look at ``job`` once the transaction commits."""
    model, job_id = type(job), job.pk
    transaction.on_commit(lambda: _send(model, job_id))


def nudge_search(search_id: int) -> None:
    """Tell a worker to see, once the transaction commits, whether a search goes on."""
    transaction.on_commit(lambda: _send_task("training.tasks.advance_search", "cpu", search_id))


def nudge_search_of(run: Run) -> None:
    """Let the search go on that ``run`` is a trial of, if any: something became of it."""
    trial = Trial.objects.filter(run_id=run.pk).first()
    if trial is not None:
        nudge_search(trial.search_id)


def _send(model: type[Job], job_id: int) -> None:
    _send_task(*TASKS[model], job_id)


def _send_task(task: str, queue: str, row_id: int) -> None:
    try:
        current_app.send_task(task, args=[row_id], queue=queue, retry=False)
    except (OperationalError, RedisError, OSError) as error:
        logger.warning("%s %s waits for the next sweep: %s", task, row_id, error)


def sweep_jobs(queue: str) -> int:
    """Nudge for every job of ``queue`` that waits without a worker. Returns how many.

    Only when no message waits in the queue: the worker is then idle or on its last message, and
    sweeping again and again cannot pile messages up.
    """
    if count_messages(queue):
        return 0
    count = 0
    for model, (_, its_queue) in TASKS.items():
        if its_queue != queue:
            continue
        waiting = find_abandoned(model)
        if model is Run:  # one message a time: whoever gets it asks the queue who is next
            waiting = waiting[:1] if has_training_slot() else []
        for job_id in waiting:
            _send(model, job_id)
            count += 1
    return count


def sweep_searches() -> None:
    """Nudge for every search that should have gone on; like :func:`sweep_jobs`, for cpu workers."""
    if count_messages("cpu"):
        return
    active = models.Count("trials", filter=models.Q(trials__run__state__in=ACTIVE_STATES))
    rows = Search.objects.filter(
        state=SearchState.RUNNING, group__dataset__deleted_at__isnull=True
    ).annotate(asked=models.Count("trials"), active=active)
    has_room = models.Q(active__lt=models.F("parallel"), asked__lt=models.F("trial_count"))
    for search_id in rows.filter(has_room | models.Q(active=0)).values_list("pk", flat=True):
        _send_task("training.tasks.advance_search", "cpu", search_id)


def count_messages(queue: str) -> int:
    with current_app.connection_for_read() as connection:
        client = cast(Any, connection.default_channel).client
        return int(cast("Redis", client).llen(queue))


def release_leases_of_the_dead() -> None:
    """End leases that processes of this host hold which are no more, so nobody waits for them.

    Called when a worker starts: after a crash its jobs go on at once instead of a lease later.
    """
    prefix = f"{socket.gethostname()}:"
    now = timezone.now()
    for model in TASKS:
        held = model._default_manager.filter(
            state__in=ACTIVE_STATES, lease_until__gt=now, lease_owner__startswith=prefix
        )
        for job_id, owner in held.values_list("pk", "lease_owner"):
            pid = owner.removeprefix(prefix).partition(":")[0]
            if not (pid.isdigit() and is_alive(int(pid))):
                rows = model._default_manager.filter(pk=job_id, lease_owner=owner)
                rows.update(lease_until=now)


def is_alive(pid: int) -> bool:
    """Whether a process of this host lives; one that only waits to be reaped does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
