"""The background pass over a dataset: pixels, objects, then the whole.

It is lazy and can be stopped anywhere: what waits is in the rows of the images, and
``DatasetFigures.signature`` says whether the whole is to be judged again. A task works for
``TASK_SECONDS`` and asks for the next one, so that other jobs get the worker in between.
"""

import time
from datetime import timedelta

from django.utils import timezone

from annotator.images.likeness import hash_images, waiting_images
from annotator.kernel.events import publish_event
from annotator.kernel.files import file_lock, try_file_lock
from annotator.kernel.nudges import nudge_worker
from annotator.models import Dataset, DatasetFigures, Image

from .judging import judge_dataset, sign
from .measuring import IS_UNMEASURED, measure_images, unmeasured_images

TASK = "annotator.tasks.look_over"
TASK_SECONDS = 20.0
_REST_FACTOR = 10
"""The whole is judged again for at most a tenth of the time, however many people save."""


def look_over(dataset: Dataset, *, seconds: float = float("inf"), rests: bool = False) -> bool:
    """Look at what changed in a dataset. Returns whether all is done.

    Someone else who does so already is not waited for. ``rests``: the whole is not judged again
    so soon that little else would be done.
    """
    until = time.monotonic() + seconds

    def goes_on() -> bool:
        return time.monotonic() < until

    with try_file_lock(str(dataset.pk), kind="findings") as is_held:
        if not is_held:
            return True
        measure_images(dataset, goes_on=goes_on)
        hash_images(dataset, goes_on=goes_on)
        if _is_due(dataset, rests=rests):
            judge_dataset(dataset)
            publish_event("insights.changed", dataset=dataset)
    return not (unmeasured_images(dataset).exists() or waiting_images(dataset).exists())


def refresh(dataset: Dataset) -> None:
    """Bring figures and findings up to what the objects are now, whatever it costs; pixels that
    nobody has looked at wait."""
    with file_lock(str(dataset.pk), kind="findings"):
        measure_images(dataset)
        judge_dataset(dataset)
    publish_event("insights.changed", dataset=dataset)


def _is_due(dataset: Dataset, *, rests: bool) -> bool:
    """Whether the figures are those of an earlier state, and it is time to compute them again."""
    kept = DatasetFigures.objects.filter(dataset=dataset).defer("data").first()
    if kept is None:
        return True
    if kept.signature == sign(dataset):
        return False
    rest = timedelta(seconds=_REST_FACTOR * kept.took_seconds)
    if not rests or timezone.now() - kept.computed_at > rest:
        return True
    # Later: without a signature it is found by nudge_unlooked.
    DatasetFigures.objects.filter(pk=kept.pk).update(signature="")
    return False


def look_over_dataset(dataset_id: int) -> None:
    """What the task does: some of it, and another task for the rest."""
    dataset = Dataset.objects.filter(pk=dataset_id, deleted_at__isnull=True).first()
    if dataset is not None and not look_over(dataset, seconds=TASK_SECONDS, rests=True):
        nudge_looking(dataset_id)


def nudge_looking(dataset_id: int) -> None:
    nudge_worker(TASK, dataset_id)


def nudge_unlooked() -> None:
    """Ask for a pass over the datasets in which images changed since the last."""
    living = Image.objects.filter(dataset__deleted_at__isnull=True).order_by()
    waiting = DatasetFigures.objects.filter(signature="", dataset__deleted_at__isnull=True)
    for rows in (living.filter(IS_UNMEASURED), living.filter(brightness__isnull=True), waiting):
        for dataset_id in rows.values_list("dataset_id", flat=True).distinct():
            nudge_looking(dataset_id)
