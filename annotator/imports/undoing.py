"""Taking a whole import back: its images go to the trash, changed annotations become as before.

It is asked for once (``Import.undone_at``) and worked off by a ``cpu`` worker, an image at a time,
each in a transaction of its own: what a crash leaves is found by :func:`find_unfinished`. Nothing
is taken back of which somebody has edited an image since; the person is told which.
"""

from typing import NamedTuple
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from annotator.annotations.difference import Save
from annotator.annotations.history import read_revision
from annotator.folder.live_folder import sync_image
from annotator.folder.saving import carry_out
from annotator.kernel.errors import ConflictError, ServiceError
from annotator.kernel.events import publish_event
from annotator.kernel.nudges import nudge_worker
from annotator.kernel.plain_text import list_names
from annotator.kernel.turns import job_turn
from annotator.models import Image, ImageStatus, Import, ImportRow, RevisionSource

_AT_ONCE = 100
_MOST_NAMED = 20
_LATEST = 50
"""So many imports that were taken back are looked at; the others ended long ago."""


class Edited(NamedTuple):
    """Images of an import that somebody has edited since: some by name, and how many."""

    names: list[str]
    total: int


def find_edited(job: Import) -> Edited:
    """Images that the import brought or changed, and that somebody has edited since."""
    rows = _edited_images(job)
    names = [image.file_name for image in rows.order_by("stem")[:_MOST_NAMED]]
    count = rows.count()
    for row in _changes(job).iterator():
        image = Image.objects.filter(pk=_image_of(row)).first()
        if image is not None and image.revision != row.changed_to:
            count += 1
            names += [image.file_name][: max(0, _MOST_NAMED - len(names))]
    return Edited(names, count)


def _edited_images(job: Import) -> QuerySet[Image]:
    """Its images with more than the import's own revision, or with a comment."""
    edited = (
        Q(revision__gt=1)
        | Q(revision=1, status__in=(ImageStatus.ACCEPTED, ImageStatus.SENT_BACK))
        | Q(open_comments__gt=0)
    )
    from_people = Q(revision=1) & ~Q(revisions__source=RevisionSource.IMPORT)
    return Image.objects.filter(edited | from_people, import_job=job).distinct()


def _changes(job: Import) -> QuerySet[ImportRow]:
    return job.rows.filter(changed_image__isnull=False).order_by("-id")


def _unedited(row: ImportRow) -> QuerySet[Image]:
    """The image that a line changed, if nobody has saved it since."""
    return Image.objects.filter(pk=_image_of(row), revision=row.changed_to or 0)


def _image_of(row: ImportRow) -> UUID:
    return row.changed_image or UUID(int=0)


def undo_import(job: Import) -> Import:
    """Ask for an import to be taken back. Raises ConflictError where it cannot be."""
    if job.is_active or job.is_dry_run:
        raise ConflictError("The import has not ended yet: cancel it first.", code="not_ended")
    edited = find_edited(job)
    if edited.total:
        more = edited.total - len(edited.names)
        names = list_names(edited.names + ["…"] * more)
        raise ConflictError(
            f"Somebody has edited {names} since: the import is taken back as a whole, so it stays. "
            "Delete the images that you do not want from the grid.",
            code="edited",
            edited=edited.names,
            edited_count=edited.total,
        )
    if not Import.objects.filter(pk=job.pk, undone_at__isnull=True).update(
        undone_at=timezone.now()
    ):
        raise ConflictError("The import was taken back already.", code="undone")
    job.refresh_from_db()
    nudge_worker("annotator.tasks.undo_import", job.pk)
    publish_event("import.changed", dataset=job.dataset, id=job.pk)
    return job


def find_unfinished() -> list[int]:
    """Imports that are being taken back and have images left."""
    rows = Import.objects.filter(undone_at__isnull=False, dataset__deleted_at__isnull=True)
    return [job.pk for job in rows.order_by("-undone_at")[:_LATEST] if _is_unfinished(job)]


def _is_unfinished(job: Import) -> bool:
    last = _changes(job).last()  # annotations are restored from the newest line to the oldest
    return _left(job).exists() or (last is not None and _unedited(last).exists())


def _left(job: Import) -> QuerySet[Image]:
    """What is still to go: nobody has edited it since it was asked for."""
    return Image.objects.filter(import_job=job).exclude(pk__in=_edited_images(job).values("pk"))


def work_off_undo(import_id: int) -> int:
    """Take back what is left of an import; how many images were changed or went."""
    job = Import.objects.select_related("dataset", "created_by").get(pk=import_id)
    if job.undone_at is None:
        return 0
    count = sum(_restore(job, row) for row in list(_changes(job)))
    while ids := list(_left(job).order_by("pk").values_list("pk", flat=True)[:_AT_ONCE]):
        now = timezone.now()
        with job_turn():
            Image.objects.filter(pk__in=ids, import_job=job).update(
                deleted_at=now, deleted_by=job.created_by, label_pending=True
            )
        for image_id in ids:
            sync_image(image_id)
        count += len(ids)
        publish_event("images.changed", dataset=job.dataset)
    publish_event("dataset.changed", dataset=job.dataset, id=job.dataset_id)
    publish_event("import.changed", dataset=job.dataset, id=job.pk)
    return count


def _restore(job: Import, row: ImportRow) -> int:
    """Make the annotation of an image what it was before the import changed it."""
    image = _unedited(row).first()
    if image is None:
        return 0
    before = read_revision(image, image.revision - 1)
    save = Save(
        base_revision=image.revision,
        author=job.created_by,
        upsert=before["instances"],
        status=before["status"],
        source=RevisionSource.IMPORT,
        is_whole=True,
    )
    try:
        return int(carry_out(image.pk, save).is_changed)
    except ServiceError:  # somebody saved it at this very moment: theirs stays
        return 0
