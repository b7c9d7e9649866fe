"""Classes merged into others, and deleted with their objects.

The objects change image by image, each image by a revision of the person who asked: its history
shows and undoes it. The class itself is retired: its index never moves, versions and checkpoints
keep it, and objects that are put back from the trash find it.
"""

from collections.abc import Callable, Iterator
from typing import TypedDict
from uuid import UUID

from django.contrib.auth.models import User
from django.db.models import Count

from annotator.annotations.data import InstanceData
from annotator.datasets.datasets import update_class
from annotator.folder.saving import save_annotation
from annotator.kernel.errors import ConflictError, ServiceError, StaleRevisionError
from annotator.kernel.followers import CLASS_FOLLOWERS
from annotator.models import FINISHED, BulkAction, BulkChange, Dataset, DatasetClass, Image
from annotator.models.jobs import ACTIVE_STATES

_TRIES = 3


class ClassUses(TypedDict):
    """What a class is used by: objects of living images, those of images in the trash apart.

    ``label_files``: of finished images, which are written anew when the objects change.
    ``versions`` and ``runs`` hold the class and keep it, whatever becomes of it here.
    """

    objects: int
    images: int
    label_files: int
    objects_in_trash: int
    versions: int
    runs: int


def measure_uses(item: DatasetClass) -> ClassUses:
    """Count what a change of all objects of a class would touch."""
    living = item.instances.filter(image__deleted_at__isnull=True)
    counts = living.aggregate(objects=Count("pk"), images=Count("image", distinct=True))
    finished = living.filter(image__status__in=FINISHED).order_by()
    uses: ClassUses = {
        "objects": counts["objects"],
        "images": counts["images"],
        "label_files": finished.values("image").distinct().count(),
        "objects_in_trash": item.instances.filter(image__deleted_at__isnull=False).count(),
        "versions": 0,
        "runs": 0,
    }
    for follower in CLASS_FOLLOWERS:
        held = follower(item)
        uses["versions"] += held.versions
        uses["runs"] += held.runs
    return uses


def check_merge(item: DatasetClass, into: DatasetClass) -> None:
    """Raise ConflictError where objects of one class cannot become objects of the other."""
    if item.pk == into.pk:
        raise ConflictError("A class cannot be merged into itself.", code="same_class")
    if into.is_retired:
        raise ConflictError(
            f"“{into.name}” is retired: use it again first, or merge into another class.",
            code="class_retired",
        )
    check_free(item)
    check_free(into)


def check_free(item: DatasetClass) -> None:
    """Raise ConflictError while another change of the objects of a class is under way."""
    rows = BulkChange.objects.filter(
        dataset=item.dataset_id,
        state__in=ACTIVE_STATES,
        action__in=(BulkAction.MERGE_CLASS, BulkAction.DELETE_CLASS, BulkAction.SPLIT_CLASS),
    )
    for options in rows.values_list("options", flat=True):
        if item.pk in (options.get("class_id"), options.get("into")):
            raise ConflictError(
                f"The objects of “{item.name}” are being changed already: wait until that is done.",
                code="class_busy",
            )


def list_images_of_class(dataset: Dataset, class_id: int) -> Iterator[UUID]:
    """Yield the living images that have an object of the class."""
    rows = dataset.images.filter(instances__dataset_class_id=class_id).order_by("stem").distinct()
    yield from rows.values_list("pk", flat=True).iterator(chunk_size=2_000)


def retried(image: Image, save: Callable[[Image], Image]) -> Image:
    """Save, again where somebody saved the same image in between."""
    for _ in range(_TRIES):
        try:
            return save(image)
        except StaleRevisionError:
            image = Image.objects.get(pk=image.pk)
    return save(image)


def change_class(image: Image, *, from_id: int, into_id: int, author: User) -> Image:
    """Make the objects of one class in an image objects of another, by one revision.

    Raises ServiceError where the image has none.
    """

    def save(image: Image) -> Image:
        rows = image.instances.filter(dataset_class_id=from_id)
        upsert: list[InstanceData] = [
            {"id": str(pk), "class_id": into_id, "polygons": polygons}
            for pk, polygons in rows.values_list("pk", "polygons")
        ]
        if not upsert:
            raise ServiceError("It has no object of this class.")
        return save_annotation(image.pk, base_revision=image.revision, upsert=upsert, author=author)

    return retried(image, save)


def delete_objects_of(image: Image, class_id: int, *, author: User) -> Image:
    """Put the objects of a class in an image into the trash of objects, by one revision."""

    def save(image: Image) -> Image:
        rows = image.instances.filter(dataset_class_id=class_id)
        ids = [str(pk) for pk in rows.values_list("pk", flat=True)]
        return save_annotation(image.pk, base_revision=image.revision, delete=ids, author=author)

    return retried(image, save)


def retire_class(dataset: Dataset, class_id: int) -> None:
    """Offer a class no longer, once no living object uses it."""
    item = dataset.classes.filter(pk=class_id).first()
    if item is None or item.is_retired:
        return
    if not item.instances.filter(image__deleted_at__isnull=True).exists():
        update_class(item, is_retired=True)
