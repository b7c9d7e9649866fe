"""Taking a change of many labels back: each image becomes what it was before, by one revision.

An image that somebody has edited since stays as it is, and says so.
"""

from collections.abc import Iterator
from uuid import UUID

from django.contrib.auth.models import User

from annotator.annotations.difference import Save
from annotator.annotations.history import read_revision
from annotator.folder.saving import carry_out
from annotator.kernel.errors import ConflictError, ServiceError
from annotator.models import (
    AnnotationRevision,
    BulkAction,
    BulkChange,
    Dataset,
    FindingKind,
    Image,
    RevisionSource,
)
from annotator.models.jobs import ENDED_STATES

UNDOABLE = frozenset(
    (
        *(BulkAction.CHANGE_CLASS, BulkAction.SPLIT_CLASS, BulkAction.SIMPLIFY),
        *(BulkAction.REPAIR, BulkAction.REPAIR_LABELS),
    )
)
"""Changes of labels alone. Merging and deleting a class also retire the class."""


def is_undoable(job: BulkChange) -> bool:
    """Whether a change has ended and left images with other labels than before."""
    return (
        job.action in UNDOABLE
        and job.state in ENDED_STATES
        and job.changed > 0
        and not _is_of_trash(job)
    )


def _is_of_trash(job: BulkChange) -> bool:
    """Whether a repair moves images to the trash instead of changing their labels."""
    is_of_files: bool = job.options.get("finding") == FindingKind.DUPLICATE
    return is_of_files or job.options.get("repair") == "delete_images"


def check_undoable(job: BulkChange) -> None:
    """Raise ConflictError where a change cannot be taken back."""
    if job.action not in UNDOABLE:
        raise ConflictError("Only changes of labels can be taken back here.", code="no_undo")
    if _is_of_trash(job):
        raise ConflictError("Bring the images back from the trash.", code="in_trash")
    if job.state not in ENDED_STATES:
        raise ConflictError("The change has not ended yet: cancel it first.", code="not_ended")


def list_to_undo(dataset: Dataset, change_id: int) -> Iterator[tuple[UUID, str]]:
    """Yield the images that a change gave a revision, and the number of that revision."""
    rows = AnnotationRevision.objects.filter(image__dataset=dataset, bulk_change=change_id)
    for image_id, number in (
        rows.order_by("id").values_list("image_id", "number").iterator(chunk_size=2_000)
    ):
        yield image_id, str(number)


def undo_image(image: Image, number: int, *, author: User) -> Image:
    """Give an image the labels that it had before its revision ``number``.

    Raises ServiceError where somebody has edited it since.
    """
    if image.revision != number:
        raise ServiceError("Somebody has edited it since: it stays as it is.", code="edited")
    save = Save(
        base_revision=number,
        author=author,
        upsert=read_revision(image, number - 1)["instances"],
        source=RevisionSource.REPAIR,
        is_whole=True,
    )
    return carry_out(image.pk, save)
