"""Celery tasks of the training room: each takes an id and calls one service.

A message is only a nudge: a task that finds its job taken or ended does nothing.
"""

from typing import Any

from celery import shared_task
from celery.signals import worker_shutdown, worker_shutting_down

from training.jobs import supervising
from training.jobs.workers import sign_off


@shared_task(name="training.tasks.run_version")
def run_version(version_id: int) -> None:
    from training.versions.freezing import freeze_version

    freeze_version(version_id)


@shared_task(name="training.tasks.run_training")
def run_training(run_id: int) -> None:
    from training.runs.training import train_run
    from training.short_jobs import work_off_short_jobs

    work_off_short_jobs()
    train_run(run_id)


@shared_task(name="training.tasks.run_evaluation")
def run_evaluation(evaluation_id: int) -> None:
    from training.evaluations.evaluations import evaluate_checkpoint

    evaluate_checkpoint(evaluation_id)


@shared_task(name="training.tasks.run_prediction")
def run_prediction(prediction_id: int) -> None:
    from training.predictions.predicting import predict_images

    predict_images(prediction_id)


@shared_task(name="training.tasks.run_export")
def run_export(export_id: int) -> None:
    from training.checkpoints.exporting import export_checkpoint

    export_checkpoint(export_id)


@shared_task(name="training.tasks.run_check")
def run_check(check_id: int) -> None:
    from training.runs.checks import check_run

    check_run(check_id)


@shared_task(name="training.tasks.import_run")
def import_run(import_id: int) -> None:
    from training.checkpoints import run_importing

    run_importing.import_run(import_id)


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
