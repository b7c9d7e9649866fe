"""A label file that another program wrote, read by the rules of an import."""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import uuid4

from annotator.annotations.data import InstanceData, is_object, read_annotation
from annotator.annotations.store import MAX_OUTLINES, summarise_outlines
from annotator.folder.intake import StagedObject
from annotator.labels.formats.base import ReadLabels
from annotator.labels.formats.yolo.dataset import read_rows
from annotator.labels.polygons.many import measure_many
from annotator.labels.polygons.overlap import overlapping_pairs
from annotator.models import Dataset, Image, ImageStatus

_SAME_OBJECT_IOU = 0.5
_MOST_MATCHED = 500
"""Objects of an image that are matched by their overlap; of more only those that are equal."""


class Drawn(NamedTuple):
    """An annotation to be shown: as in ``Image.outline``, and how many objects it has."""

    outline: list[dict[str, Any]]
    objects: int


def read_label(dataset: Dataset, content: bytes, *, size_wh: tuple[int, int]) -> ReadLabels:
    """Read a label file; what is wrong with it is in its problems."""
    indexes = list(dataset.classes.order_by("index").values_list("index", flat=True))
    count = max(indexes, default=-1) + 1
    read = read_rows(content, size_wh=size_wh, classes=range(count))
    if len(indexes) == count:
        return read
    kept = []
    for each in read.objects:  # an index whose class was deleted
        if each.class_index in indexes:
            kept.append(each)
            continue
        reason = f"The class {each.class_index} is not in the list of classes."
        read.add_problem("refused", each.line, reason)
    read.objects = kept
    return read


def status_of(read: ReadLabels) -> str:
    """What the image is with these labels, as in an import: done when all were taken, in progress
    when some were refused, unlabelled when none of several could be taken."""
    if not read.refused_count:
        return ImageStatus.DONE
    return ImageStatus.IN_PROGRESS if read.objects else ImageStatus.UNLABELLED


def problems_of(read: ReadLabels) -> list[dict[str, Any]]:
    return [problem._asdict() for problem in read.list_problems()]


def stage_objects(dataset: Dataset, read: ReadLabels) -> list[StagedObject]:
    ids = dict(dataset.classes.values_list("index", "pk"))
    return [
        StagedObject(ids[each.class_index], each.class_index, each.polygons, is_box=each.is_box)
        for each in read.objects
    ]


def draw(objects: Sequence[StagedObject], *, size_wh: tuple[int, int]) -> Drawn:
    measures = measure_many([item.polygons for item in objects], size_wh=size_wh)
    largest = sorted(zip(objects, measures, strict=True), key=lambda pair: -pair[1].area_px)
    rows = (
        (item.class_id, each.outline)
        for item, each in largest[:MAX_OUTLINES]
        if item.class_id is not None
    )
    return Drawn(summarise_outlines(rows), len(objects))


def match_instances(image: Image, objects: Sequence[StagedObject]) -> list[InstanceData]:
    """The objects of a file as an annotation: those that are here keep their ids and attributes.

    An object that is here is the one of its class that is equal, or else overlaps most.
    """
    here = [item for item in read_annotation(image)["instances"] if is_object(item)]
    items = [each.data() for each in objects]
    left = {item["id"]: item for item in here}
    matched: dict[int, InstanceData] = {}
    equal: dict[tuple[int | None, str], list[InstanceData]] = {}
    for item in here:
        equal.setdefault((item["class_id"], _key(item)), []).append(item)
    for place, item in enumerate(items):
        if same := equal.get((item["class_id"], _key(item))):
            matched[place] = same.pop(0)
            del left[matched[place]["id"]]
    for place, old in _overlapping(items, matched, list(left.values())):
        matched[place] = {**old, "polygons": items[place]["polygons"]}
        if old.get("is_box"):
            matched[place]["is_box"] = items[place].get("is_box", False)
    return [matched.get(place, {**item, "id": str(uuid4())}) for place, item in enumerate(items)]


def _key(item: InstanceData) -> str:
    return repr([[[round(n, 1) for n in ring] for ring in part] for part in item["polygons"]])


def _overlapping(
    items: Sequence[InstanceData],
    matched: dict[int, InstanceData],
    left: Sequence[InstanceData],
) -> list[tuple[int, InstanceData]]:
    places = [place for place in range(len(items)) if place not in matched]
    if not places or not left or max(len(places), len(left)) > _MOST_MATCHED:
        return []
    pairs = overlapping_pairs(
        [items[place]["polygons"] for place in places],
        [item["polygons"] for item in left],
        min_iou=_SAME_OBJECT_IOU,
    )
    found: list[tuple[int, InstanceData]] = []
    taken: tuple[set[int], set[int]] = (set(), set())
    for i, j, _ in sorted(pairs, key=lambda pair: -pair[2]):
        is_free = i not in taken[0] and j not in taken[1]
        if is_free and items[places[i]]["class_id"] == left[j]["class_id"]:
            found.append((places[i], left[j]))
            taken[0].add(i)
            taken[1].add(j)
    return found
