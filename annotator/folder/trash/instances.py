"""Instances that were deleted: finding them, putting them back."""

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import QuerySet

from annotator.folder.saving import save_annotation
from annotator.kernel.errors import ServiceError, StaleRevisionError
from annotator.kernel.trash_time import Skipped, kept_since
from annotator.kernel.turns import delete_in_turns
from annotator.models import Dataset, DeletedInstance, Image

MOST_LISTED = 500
_GONE = "It is not in the trash any more."
_PURGE_SECONDS = 1.0


def list_deleted_instances(image: Image) -> list[DeletedInstance]:
    """Return what was deleted from ``image`` lately and is not there now, the newest first."""
    rows = image.deleted_instances.filter(deleted_at__gte=kept_since())
    return list(rows.select_related("deleted_by").order_by("-id")[:MOST_LISTED])


def list_trashed_instances(dataset: Dataset) -> QuerySet[DeletedInstance]:
    """Return the same of all images that are not in the trash themselves; no polygon is read."""
    return _trashed_of(dataset).select_related("image", "deleted_by").defer("data")


def _trashed_of(dataset: Dataset) -> QuerySet[DeletedInstance]:
    return DeletedInstance.objects.filter(
        image__dataset=dataset, image__deleted_at__isnull=True, deleted_at__gte=kept_since()
    )


def restore_instances(
    dataset: Dataset, ids: Sequence[UUID], *, author: User
) -> tuple[int, list[Skipped]]:
    """Put instances back, one saved revision an image; what cannot be is skipped with a reason."""
    wanted = list(dict.fromkeys(ids))
    found = _trashed_of(dataset).filter(instance_id__in=wanted)
    classes = set(dataset.classes.values_list("pk", flat=True))
    by_image: dict[UUID, list[UUID]] = defaultdict(list)
    reasons = dict.fromkeys(wanted, _GONE)
    for pk, image_id, class_id in found.values_list("instance_id", "image_id", "class_id"):
        if class_id is None or class_id in classes:
            by_image[image_id].append(pk)
        else:
            reasons[pk] = "Its class was deleted."
    changed = 0
    for image_id, instance_ids in by_image.items():
        try:
            restored = _restore_in(image_id, instance_ids, author=author)
        except ServiceError as error:
            reasons |= dict.fromkeys(instance_ids, str(error))
            continue
        changed += len(restored)
        for pk in restored:
            del reasons[pk]
    return changed, [{"id": str(pk), "reason": reason} for pk, reason in reasons.items()]


def _restore_in(image_id: UUID, ids: Sequence[UUID], *, author: User) -> list[UUID]:
    """Put back those of ``ids`` that still are in the trash; return them."""
    for _ in range(3):  # somebody may be drawing in it at this very moment
        image = Image.objects.filter(pk=image_id).first()
        if image is None:
            raise ServiceError("Its image is in the trash: restore that first.")
        rows = list(image.deleted_instances.filter(instance_id__in=list(ids)).order_by("id"))
        try:
            save_annotation(
                image.pk,
                base_revision=image.revision,
                upsert=[row.data for row in rows],
                author=author,
            )
        except StaleRevisionError:
            continue
        return [row.instance_id for row in rows]
    raise ServiceError("Its image is being changed at this very moment: try again.")


def purge_expired_instances() -> int:
    """Forget instances that were deleted too long ago, for a while. Returns how many."""
    expired = DeletedInstance.objects.filter(deleted_at__lt=kept_since())
    return delete_in_turns(expired, budget_seconds=_PURGE_SECONDS)
