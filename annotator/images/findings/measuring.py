"""Figures and findings of each image, from its objects: measured once for each revision.

A batch of images is measured and stored in one transaction, with the revision that was read
(``Image.measured_revision``): whoever is killed leaves whole images behind, and an image that was
saved meanwhile is measured again. No page reads polygons for this.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from uuid import UUID

from django.db.models import F, Q, QuerySet

from annotator.kernel.turns import job_turn
from annotator.labels.figures import bins
from annotator.labels.figures.objects import Examined, Shape, examine_objects
from annotator.models import Dataset, FindingKind, Image, ImageFinding, Instance, ObjectFigures

BATCH = 50
MOST_OBJECTS_SHOWN = 200
"""Ids that one finding keeps: what a page frames. Repairs look at the objects themselves."""

OF_OBJECTS = (
    FindingKind.TINY,
    FindingKind.CROSSING,
    FindingKind.OUTSIDE,
    FindingKind.OVERLAPPING,
)
"""Kinds that follow from the objects of one image alone."""

IS_UNMEASURED = ~Q(measured_revision=F("revision"))


def unmeasured_images(dataset: Dataset) -> QuerySet[Image]:
    """Images whose annotation changed since it was measured, or that never were."""
    return Image.objects.filter(IS_UNMEASURED, dataset=dataset)


def measure_images(dataset: Dataset, *, goes_on: Callable[[], bool] = lambda: True) -> int:
    """Measure images that changed, a batch a transaction, while ``goes_on`` says so.

    Returns how many. The caller holds the dataset's lock (see ``looking``).
    """
    count = 0
    fields = ("pk", "revision", "width", "height")
    while goes_on() and (
        images := list(unmeasured_images(dataset).order_by().only(*fields)[:BATCH])
    ):
        examined = examine_images(images)
        figures = [row for image in images for row in _rows_of(image, examined[image.pk])]
        findings = [
            make_finding(dataset.pk, image.pk, kind, ids)
            for image in images
            for kind, ids in problems_of(examined[image.pk]).items()
            if ids
        ]
        with job_turn():
            _store(images, figures, findings)
        count += len(images)
    return count


def examine_images(images: Sequence[Image]) -> dict[UUID, Examined]:
    """Measure the objects of images, which are read at once."""
    shapes: dict[UUID, list[Shape]] = defaultdict(list)
    rows = Instance.objects.filter(image__in=images).order_by("image_id", "order", "id")
    columns = ("image_id", "pk", "dataset_class_id", "polygons", "area_px")
    for image_id, pk, class_id, polygons, area_px in rows.values_list(*columns):
        shapes[image_id].append(Shape(pk.bytes, class_id, polygons, area_px))
    return {
        image.pk: examine_objects(shapes[image.pk], size_wh=(image.width, image.height))
        for image in images
    }


def problems_of(examined: Examined) -> dict[FindingKind, list[bytes]]:
    """The ids of the objects in which something of each kind is wrong."""
    found = (examined.tiny, examined.crossing, examined.outside, examined.duplicates)
    return dict(zip(OF_OBJECTS, found, strict=True))


def make_finding(
    dataset_id: int, image_id: UUID, kind: str, ids: Sequence[bytes] = ()
) -> ImageFinding:
    """Return the row of a finding, not yet stored."""
    shown = [str(UUID(bytes=pk)) for pk in ids[:MOST_OBJECTS_SHOWN]]
    return ImageFinding(
        dataset_id=dataset_id,
        image_id=image_id,
        kind=kind,
        objects_count=len(ids),
        object_ids=shown,
    )


def _rows_of(image: Image, examined: Examined) -> Iterable[ObjectFigures]:
    for class_id, records in examined.figures.items():
        yield ObjectFigures(
            image_id=image.pk,
            dataset_class_id=class_id,
            objects_count=len(records),
            sizes=bins.mask_of(bins.SIZES.places(records["share"])),
            points=bins.mask_of(bins.POINTS.places(records["points"])),
            aspects=bins.mask_of(bins.ASPECTS.places(records["aspect"])),
            cells=bins.mask_of(bins.cells_of(records["x"], records["y"])),
            numbers=records.tobytes(),
        )


def _store(
    images: Sequence[Image], figures: Sequence[ObjectFigures], findings: Sequence[ImageFinding]
) -> None:
    ids = [image.pk for image in images]
    ObjectFigures.objects.filter(image__in=ids).delete()
    ImageFinding.objects.filter(image__in=ids, kind__in=OF_OBJECTS).delete()
    ObjectFigures.objects.bulk_create(figures)
    ImageFinding.objects.bulk_create(findings)
    for image in images:
        # If somebody saved it meanwhile, its revision is another: then it waits again.
        Image.all_objects.filter(pk=image.pk).update(measured_revision=image.revision)
