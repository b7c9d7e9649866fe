"""What became of the objects of one image between two annotations. Pure: nothing is read here."""

from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

from annotator.imports.present import Shape, match_shapes
from annotator.labels.formats.yolo.rows import parse_labels
from annotator.labels.polygons.bridges import split_ring
from annotator.labels.polygons.geometry import Polygons
from annotator.labels.polygons.overlap import overlapping_pairs

SAME_IOU = 0.999
"""Outlines that overlap by so much are the same: a label file keeps eight decimals."""
SAME_OBJECT_IOU = 0.5
"""Of objects whose ids are not known: those of one class that overlap by so much are one."""
SAME_PLACE_IOU = 0.8
"""The same of objects of two classes: the class was changed."""
_SAME_PX = 0.02

Kind = Literal["added", "removed", "changed", "reclassed"]


class ObjectChange(NamedTuple):
    """``reclassed``: another class, whatever became of the outline; ``changed``: the outline."""

    kind: Kind
    before: Shape | None
    after: Shape | None


def shapes_of_label(
    label: bytes,
    *,
    size_wh: tuple[int, int],
    class_ids: Sequence[int],
    instance_ids: Sequence[str],
) -> list[Shape]:
    """The objects of a frozen label file; ``class_ids`` by index. A key that starts with "#" is the
    place of a row whose object is not known."""
    rows = parse_labels(label, size_wh=size_wh, class_count=len(class_ids)).rows
    is_known = len(instance_ids) == len(rows)
    return [
        Shape(
            instance_ids[place] if is_known else f"#{place}",
            class_ids[row.class_index],
            split_ring(row.ring),
        )
        for place, row in enumerate(rows)
    ]


def compare_objects(before: Sequence[Shape], after: Sequence[Shape]) -> list[ObjectChange]:
    """Pair the objects by their ids, those without by their outlines, and list what differs."""
    pairs, lost, new = _pair_by_id(before, after)
    for min_iou, any_class in ((SAME_OBJECT_IOU, False), (SAME_PLACE_IOU, True)):
        if lost and new:
            found, lost, new = _pair_by_outline(lost, new, min_iou=min_iou, any_class=any_class)
            pairs += found
    changes = [
        ObjectChange("reclassed" if one.class_id != other.class_id else "changed", one, other)
        for one, other in pairs
        if one.class_id != other.class_id or not is_same_outline(one.polygons, other.polygons)
    ]
    changes += [ObjectChange("removed", shape, None) for shape in lost]
    return changes + [ObjectChange("added", None, shape) for shape in new]


def _pair_by_id(
    before: Iterable[Shape], after: Iterable[Shape]
) -> tuple[list[tuple[Shape, Shape]], list[Shape], list[Shape]]:
    by_id = {shape.key: shape for shape in after if not shape.key.startswith("#")}
    pairs: list[tuple[Shape, Shape]] = []
    lost: list[Shape] = []
    for shape in before:
        other = by_id.pop(shape.key, None)
        if other is None:
            lost.append(shape)
        else:
            pairs.append((shape, other))
    paired = {other.key for _, other in pairs}
    return pairs, lost, [shape for shape in after if shape.key not in paired]


def _pair_by_outline(
    lost: Sequence[Shape], new: Sequence[Shape], *, min_iou: float, any_class: bool
) -> tuple[list[tuple[Shape, Shape]], list[Shape], list[Shape]]:
    ones = [shape._replace(class_id=0) for shape in lost] if any_class else lost
    others = [shape._replace(class_id=0) for shape in new] if any_class else new
    matched = match_shapes(ones, others, min_iou=min_iou)
    by_key = {shape.key: shape for shape in new}
    pairs = [(shape, by_key[matched[shape.key]]) for shape in lost if shape.key in matched]
    taken = set(matched.values())
    left = [shape for shape in lost if shape.key not in matched]
    return pairs, left, [shape for shape in new if shape.key not in taken]


def is_same_outline(one: Polygons, other: Polygons) -> bool:
    """Whether two outlines are the same but for the rounding of a label file."""
    if _are_close(one, other):
        return True
    return any(True for _ in overlapping_pairs([one], [other], min_iou=SAME_IOU))


def _are_close(one: Polygons, other: Polygons) -> bool:
    rings = [ring for polygon in one for ring in polygon]
    others = [ring for polygon in other for ring in polygon]
    if [len(polygon) for polygon in one] != [len(polygon) for polygon in other]:
        return False
    return all(
        len(ring) == len(its)
        and all(abs(a - b) <= _SAME_PX for a, b in zip(ring, its, strict=True))
        for ring, its in zip(rings, others, strict=True)
    )
