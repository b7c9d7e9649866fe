"""Celery tasks of the annotator room: each takes an id and calls one service."""

from celery import shared_task

from annotator.services.imports import run_import as work_off_import


@shared_task(name="annotator.tasks.run_import")
def run_import(import_id: int) -> None:
    work_off_import(import_id)
