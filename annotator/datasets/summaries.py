"""Datasets with all that their card shows: five queries for all, two small ones for each cover."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from django.db.models import Count

from annotator.models import (
    FINISHED,
    Dataset,
    DatasetClass,
    Image,
    ImageStatus,
    Membership,
    Split,
)

from .counts.reading import count_by_split_status, count_objects_by_class

COVER_IMAGES = 4


def summarise_datasets(datasets: Sequence[Dataset], user_id: int) -> Sequence[Dataset]:
    """Set ``role``, ``counts``, ``cover``, ``member_count`` and each class's ``instance_count``."""
    ids = [dataset.pk for dataset in datasets]
    roles = dict(
        Membership.objects.filter(dataset_id__in=ids, user_id=user_id).values_list(
            "dataset_id", "role"
        )
    )
    members = dict(
        Membership.objects.filter(dataset_id__in=ids)
        .values_list("dataset_id")
        .annotate(n=Count("pk"))
    )
    counts = _count_images(ids)
    classes = _classes_of(ids)
    covers = {dataset.pk: _cover_of(dataset) for dataset in datasets}
    for dataset in datasets:
        values = {
            "role": roles.get(dataset.pk, ""),
            "member_count": members.get(dataset.pk, 0),
            "counts": counts[dataset.pk],
            "classes": classes[dataset.pk],
            "cover": covers[dataset.pk],
        }
        # "classes" is a relation: the serializer reads what was prefetched
        dataset.__dict__.setdefault("_prefetched_objects_cache", {})["classes"] = values.pop(
            "classes"
        )
        for name, value in values.items():
            setattr(dataset, name, value)
    return datasets


_COUNTS = ("images", *ImageStatus.values, *Split.values, "instances")


def _count_images(ids: Iterable[int]) -> dict[int, dict[str, int]]:
    found: dict[int, dict[str, int]] = defaultdict(lambda: dict.fromkeys(_COUNTS, 0))
    for row in count_by_split_status(ids):
        counts = found[row.dataset_id]
        for name in ("images", row.status, row.split):
            counts[name] += row.images
        counts["instances"] += row.instances
    return found


def count_instances_by_class(ids: Iterable[int]) -> Counter[int]:
    """Return ``{class id: instances}`` of some datasets, less those of images in the trash."""
    return Counter(count_objects_by_class(ids))


def _classes_of(ids: Iterable[int]) -> dict[int, list[DatasetClass]]:
    counts = count_instances_by_class(ids)
    found: dict[int, list[DatasetClass]] = defaultdict(list)
    for item in DatasetClass.objects.filter(dataset_id__in=ids).order_by("index"):
        item.instance_count = counts[item.pk]  # type: ignore[attr-defined]
        found[item.dataset_id].append(item)
    return found


def _cover_of(dataset: Dataset) -> list[Image]:
    """Return up to four pictures, finished ones first."""
    rows = dataset.images.order_by("stem")
    done = list(rows.filter(status__in=FINISHED)[:COVER_IMAGES])
    if len(done) == COVER_IMAGES:
        return done
    return done + list(rows.exclude(status__in=FINISHED)[: COVER_IMAGES - len(done)])
