"""Findings that follow from the whole dataset, and its figures: one pass over what was measured.

Of each kind only the differences are written, in turns; ``DatasetFigures`` is written last, so a
pass that was killed is done again.
"""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from uuid import UUID

import numpy as np
from django.db.models import Count, Max, Q
from django.utils import timezone

from annotator.datasets.counts.reading import count_objects_by_class_split
from annotator.images.likeness import waiting_images
from annotator.kernel.turns import TURN_ROWS, write_in_turns
from annotator.models import (
    Dataset,
    DatasetFigures,
    FindingKind,
    Image,
    ImageFinding,
    ObjectFigures,
    Split,
)

from .figures import UsualBounds, read_chunks, sum_up
from .measuring import make_finding, unmeasured_images
from .ties import GATHERED, find_torn, read_ties

OF_DATASET = (
    FindingKind.LEAK,
    FindingKind.DUPLICATE,
    FindingKind.TORN_GROUP,
    FindingKind.CLASS_ABSENT,
    FindingKind.SIZE_OUTLIER,
    FindingKind.ASPECT_OUTLIER,
)
"""Kinds that compare an image with others."""

Found = dict[UUID, list[bytes]]


def sign(dataset: Dataset) -> str:
    """Return a text that changes with anything that the figures are computed from."""
    images = Image.all_objects.filter(dataset=dataset)
    living = images.filter(deleted_at__isnull=True).aggregate(n=Count("pk"))["n"]
    changed = images.order_by("-updated_at").values_list("updated_at", flat=True).first()
    gone = images.filter(deleted_at__isnull=False).aggregate(last=Max("deleted_at"))["last"]
    unlooked, unmeasured = count_waiting(dataset)
    classes = dataset.classes.aggregate(n=Count("pk"), retired=Count("pk", Q(is_retired=True)))
    stamps = ["" if moment is None else f"{moment.timestamp():.6f}" for moment in (changed, gone)]
    return ":".join(
        [str(living), *stamps, str(unlooked), str(unmeasured), *map(str, classes.values())]
    )


def count_waiting(dataset: Dataset) -> tuple[int, int]:
    """Return how many images nobody has looked at the pixels, and at the objects of."""
    return waiting_images(dataset).count(), unmeasured_images(dataset).count()


def judge_dataset(dataset: Dataset) -> DatasetFigures:
    """Compute the figures of a dataset, and the findings that follow from all of it.

    The caller holds the dataset's lock (see ``looking``).
    """
    began = time.monotonic()
    signature = sign(dataset)
    figures, bounds = sum_up(dataset)
    for kind, found in _find_all(dataset, bounds):
        _store_findings(dataset, kind, found)
    row, _ = DatasetFigures.objects.update_or_create(
        dataset=dataset,
        defaults={
            "signature": signature,
            "computed_at": timezone.now(),
            "took_seconds": time.monotonic() - began,
            "data": figures,
        },
    )
    return row


def _find_all(
    dataset: Dataset, bounds: Mapping[int, UsualBounds]
) -> Iterator[tuple[FindingKind, Found]]:
    ties = read_ties(dataset)
    for kind in GATHERED:
        torn = (tied.image_id for members in find_torn(ties, kind) for tied in members)
        yield kind, _without_objects(torn)
    del ties
    yield FindingKind.DUPLICATE, _without_objects(find_same_files(dataset))
    yield FindingKind.CLASS_ABSENT, _find_absent(dataset)
    yield from zip(
        (FindingKind.SIZE_OUTLIER, FindingKind.ASPECT_OUTLIER),
        _find_outliers(dataset, bounds),
        strict=True,
    )


def find_same_files(dataset: Dataset) -> Iterator[UUID]:
    """The images whose file another image has, byte for byte."""
    rows = Image.objects.filter(dataset=dataset).order_by()
    twice = rows.values("sha256").annotate(n=Count("pk")).filter(n__gt=1).values("sha256")
    yield from rows.filter(sha256__in=twice).values_list("pk", flat=True)


def absent_splits(
    by_class: Mapping[int, Mapping[str, int]], split_sizes: Mapping[str, int]
) -> dict[int, list[str]]:
    """Splits that have images, but no object of a class that others have; by class."""
    used = [split for split in Split.values if split_sizes.get(split)]
    absent = {
        class_id: [split for split in used if not counts.get(split)]
        for class_id, counts in by_class.items()
    }
    return {class_id: splits for class_id, splits in absent.items() if splits}


def count_by_split(dataset: Dataset) -> dict[str, int]:
    rows = Image.objects.filter(dataset=dataset).order_by().values_list("split")
    return dict(rows.annotate(n=Count("pk")))


def _find_absent(dataset: Dataset) -> Found:
    absent = absent_splits(count_objects_by_class_split(dataset), count_by_split(dataset))
    rows = ObjectFigures.objects.filter(
        dataset_class__in=absent, image__dataset=dataset, image__deleted_at__isnull=True
    )
    return _without_objects(rows.order_by().values_list("image_id", flat=True).iterator())


def _without_objects(ids: Iterable[UUID]) -> Found:
    """Findings of images as such."""
    return {image_id: [] for image_id in ids}


def _find_outliers(dataset: Dataset, bounds: Mapping[int, UsualBounds]) -> tuple[Found, Found]:
    """Objects outside what is usual in their class, by size and by aspect."""
    class_ids = np.array(sorted(bounds), dtype=np.int64)
    limits = np.array(
        [
            [*(bounds[pk].size or (-np.inf, np.inf)), *(bounds[pk].aspect or (-np.inf, np.inf))]
            for pk in class_ids.tolist()
        ]
    ).reshape(-1, 4)
    by_size: Found = {}
    by_aspect: Found = {}
    for chunk in read_chunks(dataset):
        if not len(chunk.records):
            continue
        own = limits[np.repeat(np.searchsorted(class_ids, chunk.class_id), chunk.lengths)]
        owner = np.repeat(np.arange(len(chunk.image)), chunk.lengths)
        for found, name, low in ((by_size, "share", 0), (by_aspect, "aspect", 2)):
            values = chunk.records[name].astype(np.float64)
            is_odd = (values < own[:, low]) | (values > own[:, low + 1])
            for place in np.flatnonzero(is_odd).tolist():
                image_id = chunk.image[owner[place]]
                found.setdefault(image_id, []).append(chunk.records["id"][place].tobytes())
    return by_size, by_aspect


def _store_findings(dataset: Dataset, kind: FindingKind, found: Found) -> None:
    """Make the stored findings of a kind those of ``found``; only differences are written."""
    missing = dict(found)
    stale: list[int] = []
    stored = ImageFinding.objects.filter(dataset=dataset, kind=kind)
    rows = stored.values_list("pk", "image_id", "objects_count", "object_ids")
    for pk, image_id, count, shown in rows.iterator(chunk_size=TURN_ROWS):
        ids = missing.get(image_id)
        row = None if ids is None else make_finding(dataset.pk, image_id, kind, ids)
        if row is not None and (row.objects_count, row.object_ids) == (count, shown):
            del missing[image_id]
        else:
            stale.append(pk)
    write_in_turns(stale, _delete)
    write_in_turns(
        [make_finding(dataset.pk, image_id, kind, ids) for image_id, ids in missing.items()],
        _create,
    )


def _delete(ids: Sequence[int]) -> int:
    return ImageFinding.objects.filter(pk__in=ids).delete()[0]


def _create(rows: Sequence[ImageFinding]) -> int:
    # An image that was deleted for good meanwhile has no row to point at any more.
    there = _still_there(row.image_id for row in rows)
    return len(ImageFinding.objects.bulk_create([row for row in rows if row.image_id in there]))


def _still_there(ids: Iterable[UUID]) -> set[UUID]:
    return set(Image.all_objects.filter(pk__in=list(ids)).values_list("pk", flat=True))
