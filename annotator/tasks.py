"""Celery tasks of the annotator room: each takes an id and calls one service."""

from uuid import UUID

from celery import shared_task

from annotator.bulk.changes import run_change
from annotator.exports.jobs import run_export as work_off_export
from annotator.folder.outside.folders import run_folder_job as work_off_folder_job
from annotator.images.findings.looking import look_over_dataset
from annotator.images.likeness import hash_dataset
from annotator.images.tiles import make_tiles as make_tiles_of
from annotator.images.windows import render_dataset
from annotator.imports.imports import run_import as work_off_import
from annotator.imports.undoing import work_off_undo


@shared_task(name="annotator.tasks.run_import")
def run_import(import_id: int) -> None:
    work_off_import(import_id)


@shared_task(name="annotator.tasks.undo_import")
def undo_import(import_id: int) -> None:
    work_off_undo(import_id)


@shared_task(name="annotator.tasks.run_export")
def run_export(export_id: int) -> None:
    work_off_export(export_id)


@shared_task(name="annotator.tasks.make_tiles")
def make_tiles(image_id: str) -> None:
    make_tiles_of(UUID(image_id))


@shared_task(name="annotator.tasks.render_windows")
def render_windows(dataset_id: int) -> None:
    render_dataset(dataset_id)


@shared_task(name="annotator.tasks.hash_images")
def hash_images(dataset_id: int) -> None:
    hash_dataset(dataset_id)


@shared_task(name="annotator.tasks.look_over")
def look_over(dataset_id: int) -> None:
    look_over_dataset(dataset_id)


@shared_task(name="annotator.tasks.run_bulk_change")
def run_bulk_change(change_id: int) -> None:
    run_change(change_id)


@shared_task(name="annotator.tasks.run_folder_job")
def run_folder_job(job_id: int) -> None:
    work_off_folder_job(job_id)
