"""Celery tasks of the training room: each takes an id and calls one service.

A message is only a nudge: a task that finds its job taken or ended does nothing.
"""

from collections.abc import Callable
from typing import Any, cast

from celery import shared_task
from celery.signals import worker_shutdown, worker_shutting_down

from annotator.models.jobs import Job
from training.jobs import supervising
from training.jobs.engine_job import ENGINE_JOBS
from training.jobs.nudges import TASKS
from training.jobs.workers import sign_off
from training.models import (
    BatchPreview,
    Evaluation,
    Export,
    Prediction,
    Run,
    RunCheck,
    RunImport,
    SyntheticPreview,
    VersionCheck,
    VideoFile,
    Weights,
)


@shared_task(name="training.tasks.run_version")
def run_version(version_id: int) -> None:
    from training.versions.freezing import freeze_version

    freeze_version(version_id)


def _task_of(model: type[Job]) -> Callable[[int], None]:
    """Return the task that works off what a message names."""

    @shared_task(name=TASKS[model][0])
    def take_up(job_id: int) -> None:
        ENGINE_JOBS[model].take_up(job_id)

    return cast(Callable[[int], None], take_up)


run_training = _task_of(Run)
run_evaluation = _task_of(Evaluation)
run_prediction = _task_of(Prediction)
run_export = _task_of(Export)
run_check = _task_of(RunCheck)
import_run = _task_of(RunImport)
run_version_check = _task_of(VersionCheck)
run_synthetic_preview = _task_of(SyntheticPreview)
run_batch_preview = _task_of(BatchPreview)
look_into_weights = _task_of(Weights)
make_video_file = _task_of(VideoFile)


@shared_task(name="training.tasks.advance_search")
def advance_search(search_id: int) -> None:
    from training.searches import searching

    searching.advance_search(search_id)


@worker_shutting_down.connect
def stop_engines(**_: Any) -> None:
    """Ctrl-C or SIGTERM: engines stop at the next batch, the next worker goes on from last.pt."""
    supervising.shutting_down.set()


@worker_shutdown.connect
def say_goodbye(**_: Any) -> None:
    sign_off()
