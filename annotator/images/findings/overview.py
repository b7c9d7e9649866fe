"""The list of findings of a dataset, from counts that are kept: a fixed number of queries."""

from datetime import datetime
from typing import TypedDict

from django.db.models import Count, Exists, F, OuterRef, QuerySet, Subquery, Sum

from annotator.datasets.counts.reading import count_objects_by_class_split
from annotator.images.insight_filters import with_finding
from annotator.models import (
    Dataset,
    DatasetClass,
    DatasetFigures,
    FindingKind,
    Image,
    ImageFinding,
    Instance,
    SetAside,
)

from .judging import absent_splits, count_by_split, count_waiting, sign
from .kinds import KINDS
from .looking import nudge_looking

COUNTED_LIVE = (FindingKind.UNSEEN, FindingKind.BOX)


class ClassFinding(TypedDict):
    """A class with the splits that it is absent from; none for one without objects."""

    class_id: int
    splits: list[str]


class Finding(TypedDict):
    """``images`` are those that the grid lists under the filter ``finding``; ``objects`` those of
    them that are meant, 0 where the images are; ``set_aside``: images of which somebody said that
    it is fine. ``classes``: of the two kinds that are about classes."""

    kind: str
    title: str
    why: str
    repair: str
    images: int
    objects: int
    set_aside: int
    classes: list[ClassFinding]


class FindingList(TypedDict):
    """``computed_at`` None: no worker has been here yet. ``unmeasured`` and ``unlooked``: images of
    which the objects, or the pixels, wait for one; ``is_stale``: something changed since."""

    computed_at: datetime | None
    is_stale: bool
    unmeasured: int
    unlooked: int
    findings: list[Finding]


def list_findings(dataset: Dataset) -> FindingList:
    """Return every kind with its counts; a worker is asked to look where something changed."""
    kept = DatasetFigures.objects.filter(dataset=dataset).first()
    unlooked, unmeasured = count_waiting(dataset)
    is_stale = kept is None or kept.signature != sign(dataset)
    if is_stale:
        nudge_looking(dataset.pk)
    counts = _count_found(dataset)
    aside = _count_set_aside(dataset)
    empty, absent = _find_classes(dataset) if kept else ([], {})
    findings: list[Finding] = []
    for kind, words in KINDS.items():
        images, objects = counts.get(kind, (0, 0))
        fine_images, fine_objects = aside.get(kind, (0, 0))
        classes: list[ClassFinding] = []
        if kind == FindingKind.CLASS_EMPTY:
            classes = [{"class_id": pk, "splits": []} for pk in empty]
        elif kind == FindingKind.CLASS_ABSENT:
            classes = [{"class_id": pk, "splits": splits} for pk, splits in absent.items()]
        findings.append(
            {
                "kind": kind,
                "title": words.title,
                "why": words.why,
                "repair": words.repair,
                "images": images - fine_images,
                "objects": objects - fine_objects,
                "set_aside": fine_images,
                "classes": classes,
            }
        )
    return {
        "computed_at": kept.computed_at if kept else None,
        "is_stale": is_stale,
        "unmeasured": unmeasured,
        "unlooked": unlooked,
        "findings": findings,
    }


def _count_found(dataset: Dataset) -> dict[str, tuple[int, int]]:
    """Images and objects of each kind, set aside or not."""
    rows = (
        ImageFinding.objects.filter(dataset=dataset, image__deleted_at__isnull=True)
        .order_by()
        .values_list("kind")
        .annotate(n=Count("pk"), total=Sum("objects_count"))
    )
    counts = {kind: (images, objects) for kind, images, objects in rows}
    images = Image.objects.filter(dataset=dataset).order_by()
    counts[FindingKind.UNSEEN] = (_count_with(images, dataset, FindingKind.UNSEEN), 0)
    boxes = _boxes(dataset).aggregate(images=Count("image", distinct=True), objects=Count("pk"))
    counts[FindingKind.BOX] = (boxes["images"], boxes["objects"])
    return counts


def _count_with(images: QuerySet[Image], dataset: Dataset, kind: FindingKind) -> int:
    """How many images have a finding, set aside or not."""
    return with_finding(images, dataset, kind, set_aside=None).count()


def _boxes(dataset: Dataset) -> QuerySet[Instance]:
    return Instance.objects.filter(
        is_box=True, image__dataset=dataset, image__deleted_at__isnull=True
    )


def _count_set_aside(dataset: Dataset) -> dict[str, tuple[int, int]]:
    """Images and objects of each kind of which somebody said that it is fine."""
    fine = SetAside.objects.filter(
        image__dataset=dataset,
        image__deleted_at__isnull=True,
        revision=F("image__revision"),
        split=F("image__split"),
    ).order_by()
    found = ImageFinding.objects.filter(image=OuterRef("image"), kind=OuterRef("kind"))
    rows = fine.filter(Exists(found)).alias(number=Subquery(found.values("objects_count")[:1]))
    summed = rows.values_list("kind").annotate(Count("pk"), Sum("number"))
    counts = {kind: (images, objects) for kind, images, objects in summed}
    for live in COUNTED_LIVE:
        rows_of_kind = fine.filter(kind=live).values("image_id")
        of_images = Image.objects.filter(dataset=dataset, pk__in=rows_of_kind)
        number = _count_with(of_images, dataset, live)
        boxed = _boxes(dataset).filter(image__in=rows_of_kind)
        counts[live] = (number, boxed.count() if live == FindingKind.BOX else 0)
    return counts


def _find_classes(dataset: Dataset) -> tuple[list[int], dict[int, list[str]]]:
    """Classes in use without objects, and the splits from which others are absent."""
    filled = count_objects_by_class_split(dataset)
    rows = DatasetClass.objects.filter(dataset=dataset, is_retired=False).order_by("index")
    empty = [pk for pk in rows.values_list("pk", flat=True) if pk not in filled]
    return empty, absent_splits(filled, count_by_split(dataset))
