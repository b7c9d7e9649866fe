"""Versions, runs and predictions follow their dataset into the trash, back, and out of the world.

Set up as one of annotator.kernel.followers.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

from annotator.kernel.errors import ConflictError
from annotator.kernel.files import fsync_dir
from annotator.kernel.followers import ClassHolders
from annotator.kernel.jobs import cancel_job
from annotator.models import Dataset, DatasetClass, Image, Split
from annotator.models.jobs import ENDED_STATES, Job, JobState
from training import paths
from training.jobs.announce import announce
from training.jobs.deleting import delete_all_of, predictions_of
from training.jobs.served_use import refuse_served_of
from training.models import Evaluation, Run, RunImport, Version, VideoFile, Weights


def _unended_jobs(dataset: Dataset) -> Iterator[Job]:
    for jobs in (
        Version.objects.filter(dataset=dataset),
        Run.objects.filter(dataset=dataset),
        Evaluation.objects.filter(run__dataset=dataset),
        predictions_of(dataset),
        RunImport.objects.filter(dataset=dataset),
        Weights.objects.filter(dataset=dataset),
        VideoFile.objects.filter(prediction__in=predictions_of(dataset)),
    ):
        yield from jobs.exclude(state__in=ENDED_STATES)


def find_frozen(image: Image) -> Iterator[Path]:
    """Where versions may have the file of an image, the newest first."""
    versions = Version.objects.filter(
        dataset=image.dataset_id, deleted_at__isnull=True, state=JobState.FINISHED
    )
    for version in versions.select_related("dataset").order_by("-number").iterator():
        folder = paths.version_dir(version) / "images"
        yield from (folder / split / image.file_name for split in Split.values)


def count_holders(item: DatasetClass) -> ClassHolders:
    """Count the versions that hold a class, and the runs on them: they keep it as it was."""
    frozen = Version.objects.filter(dataset=item.dataset_id, deleted_at__isnull=True)
    holding = [
        pk
        for pk, classes in frozen.values_list("pk", "classes")
        if any(each["class_id"] == item.pk for each in classes)
    ]
    return ClassHolders(len(holding), Run.objects.filter(version_id__in=holding).count())


def prepare_deletion(dataset: Dataset) -> None:
    """Cancel what waits. Raises ConflictError while a worker is at something of the dataset, or a
    name is answered by a model of it."""
    refuse_served_of(dataset)
    waiting = list(_unended_jobs(dataset))
    for job in waiting:
        if job.state != JobState.QUEUED:
            raise ConflictError(
                f"The {type(job).__name__.lower()} {job.pk} of this dataset is running. Cancel it "
                "first, or wait for its end.",
                code="dataset_busy",
            )
    for job in waiting:
        cancel_job(job)
        announce(job)


def move_files(*, old_slug: str, new_slug: str) -> None:
    """Move the folder of the versions, which stands under the slug of the dataset."""
    source, target = paths.versions_dir(old_slug), paths.versions_dir(new_slug)
    if source.exists() and not target.exists():
        source.rename(target)
        fsync_dir(target.parent)


def check_purge(dataset: Dataset) -> None:
    """Raise ConflictError while a run of another dataset has begun with a checkpoint of this."""
    derived = Run.objects.filter(source_checkpoint__run__dataset=dataset).exclude(dataset=dataset)
    first = derived.select_related("dataset").first()
    if first is not None:
        raise ConflictError(
            f"The run “{first.name}” of “{first.dataset.name}” began with a checkpoint of "
            f"“{dataset.name}”: delete that run first.",
            code="checkpoint_in_use",
        )


def purge(dataset: Dataset) -> None:
    """Delete predictions, runs and versions, files first. Raises like :func:`check_purge`."""
    check_purge(dataset)
    predictions = predictions_of(dataset)
    runs = Run.objects.filter(dataset=dataset)
    folders = [paths.prediction_dir(prediction) for prediction in predictions]
    folders += [paths.run_dir(run) for run in runs]
    for job in RunImport.objects.filter(dataset=dataset):
        paths.run_import_path(job).unlink(missing_ok=True)
    weights = Weights.objects.filter(dataset=dataset)
    folders += [paths.uploaded_weights_path(item).parent for item in weights]
    for folder in [*folders, paths.versions_dir(dataset.slug)]:
        shutil.rmtree(folder, ignore_errors=True)
    delete_all_of(dataset)
