"""What an export writes, wherever it comes from: the live dataset, or a version."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol, TypedDict
from uuid import UUID

from django.db.models import Count, Q, QuerySet, Sum

from annotator import paths
from annotator.images.places import find_image_file
from annotator.kernel.errors import ServiceError
from annotator.labels.formats.base import WrittenImage, WrittenObject
from annotator.labels.polygons.geometry import Polygons
from annotator.models import FINISHED, Dataset, Image, Instance, Split

from .selection import Selection, check_selection, choose_images, choose_whatever_status

_BATCH_IMAGES = 200
_BATCH_OBJECTS = 5_000
"""Images whose objects are read in one query; fewer where they have many."""


class ExportCounts(TypedDict):
    """``unfinished_*``: images that nobody finished, and the objects in them; ``left_out_*``: what
    the chosen status leaves out; ``other_class_objects``: what the chosen classes leave out."""

    images: int
    objects: int
    unfinished_images: int
    unfinished_objects: int
    left_out_images: int
    left_out_objects: int
    other_class_objects: int
    with_attributes: int
    ignore_regions: int
    size_bytes: int


class OutgoingImages(Protocol):
    """Images on their way out, read anew each time that they are walked."""

    def __iter__(self) -> Iterator[WrittenImage]: ...

    def after(self, cursor: str) -> Iterator[tuple[str, WrittenImage]]:
        """From behind ``cursor`` on ("" for all), each with its own cursor."""


@dataclass(frozen=True, slots=True)
class Material:
    """``classes``: index → name, all of the dataset, whichever are chosen: their order is kept."""

    classes: Mapping[int, str]
    images: OutgoingImages
    count: Callable[[], ExportCounts]


VERSION_READERS: list[Callable[[Dataset, Selection], Material]] = []
"""Where versions come from: filled by the room that has them."""


def gather_material(dataset: Dataset, selection: Selection) -> Material:
    """What ``selection`` chooses of ``dataset``. Raises ServiceError."""
    check_selection(dataset, selection)
    if selection.version is not None:
        if not VERSION_READERS:
            raise ServiceError("There are no versions here.", code="no_versions")
        return VERSION_READERS[0](dataset, selection)
    rows = choose_images(dataset, selection)
    indices = chosen_indices(dataset, selection)
    return Material(
        classes=dict(dataset.classes.order_by("index").values_list("index", "name")),
        images=_LiveImages(dataset, rows, indices),
        count=lambda: _count(dataset, selection, rows),
    )


def chosen_indices(dataset: Dataset, selection: Selection) -> frozenset[int] | None:
    """The indices of the chosen classes, None for all."""
    if not selection.class_ids:
        return None
    rows = dataset.classes.filter(pk__in=selection.class_ids)
    return frozenset(rows.values_list("index", flat=True))


def _count(dataset: Dataset, selection: Selection, rows: QuerySet[Image]) -> ExportCounts:
    is_open = ~Q(status__in=FINISHED)
    found = rows.aggregate(
        images=Count("pk"),
        objects=Sum("instance_count", default=0),
        unfinished_images=Count("pk", filter=is_open & Q(instance_count__gt=0)),
        unfinished_objects=Sum("instance_count", filter=is_open, default=0),
        ignore_regions=Sum(
            "ignore_region_count",
            filter=Q(instance_count__gt=0) | Q(status__in=FINISHED),
            default=0,
        ),
        size_bytes=Sum("size_bytes", default=0),
    )
    whole = choose_whatever_status(dataset, selection).aggregate(
        images=Count("pk", filter=Q(instance_count__gt=0) | Q(status__in=FINISHED)),
        objects=Sum("instance_count", default=0),
    )
    finished = rows.filter(Q(instance_count__gt=0) | Q(status__in=FINISHED)).count()
    objects = Instance.objects.filter(image__in=rows)
    others = 0
    if selection.class_ids:
        others = objects.exclude(dataset_class_id__in=selection.class_ids).count()
        objects = objects.filter(dataset_class_id__in=selection.class_ids)
    attributes = Q(occluded=True) | Q(truncated=True) | Q(is_box=True) | ~Q(note="")
    return {
        "images": found["images"],
        "objects": found["objects"] - others,
        "unfinished_images": found["unfinished_images"],
        "unfinished_objects": found["unfinished_objects"],
        "left_out_images": whole["images"] - finished,
        "left_out_objects": whole["objects"] - found["objects"],
        "other_class_objects": others,
        "with_attributes": objects.filter(attributes).count(),
        "ignore_regions": found["ignore_regions"],
        "size_bytes": found["size_bytes"],
    }


@dataclass(frozen=True, slots=True)
class _LiveImages:
    """The images of a query by split and stem, in batches: no query stays open while a slow client
    reads, and memory holds the objects of one batch."""

    dataset: Dataset
    rows: QuerySet[Image]
    indices: frozenset[int] | None

    def __iter__(self) -> Iterator[WrittenImage]:
        return (image for _, image in self.after(""))

    def after(self, cursor: str) -> Iterator[tuple[str, WrittenImage]]:
        first, _, stem = cursor.partition("/")
        rows = self.rows.only(
            "stem", "extension", "split", "status", "width", "height", "instance_count",
            "ignore_region_count", "label_pending", "deleted_at", "group", "dataset_id",
        )  # fmt: skip
        for split in sorted(Split.values):
            if split < first:
                continue
            last = stem if split == first else ""
            while batch := list(
                rows.filter(split=split, stem__gt=last).order_by("stem")[:_BATCH_IMAGES]
            ):
                yield from self._written(batch)
                last = batch[-1].stem

    def _written(self, batch: list[Image]) -> Iterator[tuple[str, WrittenImage]]:
        images = iter(batch)
        while part := list(_take_objects(images)):
            objects = _BatchObjects([image.pk for image in part], self.indices)
            for image in part:
                image.dataset = self.dataset
                yield f"{image.split}/{image.stem}", _written(image, objects)


def _take_objects(images: Iterator[Image]) -> Iterator[Image]:
    """Images until they have enough objects."""
    count = 0
    for image in images:
        yield image
        count += image.instance_count
        if count >= _BATCH_OBJECTS:
            return


class _BatchObjects:
    """The objects of several images, read when the first of them is asked for."""

    def __init__(self, image_ids: list[UUID], indices: frozenset[int] | None) -> None:
        self._image_ids = image_ids
        self.indices = indices
        self._read: dict[UUID, list[WrittenObject]] | None = None

    def of(self, image_id: UUID) -> list[WrittenObject]:
        if self._read is None:
            self._read = {}
            rows = Instance.objects.filter(image__in=self._image_ids).order_by("order", "id")
            if self.indices is not None:
                rows = rows.filter(dataset_class__index__in=self.indices)
            values = rows.values_list(
                "image_id", "dataset_class__index", "polygons", "is_box", "occluded", "truncated",
                "note",
            )  # fmt: skip
            for owner, *rest in values.iterator(chunk_size=1000):
                self._read.setdefault(owner, []).append(WrittenObject(*rest))
        return list(self._read.get(image_id, ()))


def _written(image: Image, objects: _BatchObjects) -> WrittenImage:
    file = find_image_file(image)
    is_drawn = image.is_finished or image.instance_count > 0
    return WrittenImage(
        folder=paths.image_folder(split=image.split, status=image.status),
        name=image.file_name,
        file=file if file.exists() else None,
        size_wh=(image.width, image.height),
        read_objects=(lambda: objects.of(image.pk)) if is_drawn else None,
        yolo=_read_label(image, objects.indices) if image.is_finished else None,
        group=image.group,
        read_regions=lambda: _read_regions(image) if is_drawn else [],
    )


def _read_regions(image: Image) -> list[Polygons]:
    if not image.ignore_region_count:
        return []
    rows = Instance.ignore_regions.filter(image=image).order_by("order", "id")
    return list(rows.values_list("polygons", flat=True))


def _read_label(image: Image, indices: frozenset[int] | None) -> bytes | None:
    """The label file as it lies; None where it lags behind the database."""
    if image.label_pending:
        return None
    try:
        content = paths.label_path(image).read_bytes()
    except FileNotFoundError:
        return None
    return content if indices is None else keep_rows(content, indices)


def keep_rows(label: bytes, indices: frozenset[int]) -> bytes:
    """The rows of chosen classes, each byte for byte."""
    kept = []
    for row in label.splitlines(keepends=True):
        token = row.split(None, 1)[:1]
        try:
            if token and int(float(token[0])) in indices:
                kept.append(row)
        except (ValueError, OverflowError):
            continue
    return b"".join(kept)
