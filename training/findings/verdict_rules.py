"""What a verdict says, and when a change of the annotation mends it. Pure: no row is read here."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple
from uuid import UUID

from annotator.labels.polygons.geometry import Polygons
from annotator.labels.polygons.overlap import ious_with
from training.evaluation.files.reading import Shape
from training.models import Side, Verdict, VerdictKind

SAME_OBJECT_IOU = 0.5
"""From here on two outlines are taken to be of one object."""

ON_LABELS = (VerdictKind.EXTRA, VerdictKind.WRONG_CLASS, VerdictKind.OUTLINE)


class Placed(NamedTuple):
    """An instance as it is drawn now."""

    id: UUID
    class_id: int
    polygons: Polygons


class Subject(NamedTuple):
    """The object that a verdict is on, and the one matched to it."""

    side: Side
    place: int
    shape: Shape
    partner: Shape | None


def find_subject(
    *,
    labels: Sequence[Shape],
    predictions: Sequence[Shape],
    side: Side,
    index: int,
    kind: VerdictKind,
) -> Subject:
    """Return what a verdict is on: one on a label may be given by pointing at its prediction.

    Raises IndexError where there is no such object, ValueError (a sentence) where the kind makes
    no sense for it.
    """
    shape = (labels if side == Side.LABEL else predictions)[index]
    others = predictions if side == Side.LABEL else labels
    partner = None if shape["match"] is None else others[shape["match"]]
    if side == Side.LABEL and kind == VerdictKind.MISSING:
        raise ValueError("This is a label already: nothing is missing here. Choose what is wrong.")
    if side == Side.PREDICTION and kind in ON_LABELS:
        if partner is None or shape["match"] is None:
            raise ValueError(
                "No label belongs to this prediction. Say that a label is missing, or give the "
                "verdict on the label that is wrong."
            )
        return Subject(Side.LABEL, shape["match"], partner, shape)
    return Subject(side, index, shape, partner)


def find_instance(ring: Sequence[float], instances: Iterable[Placed]) -> Placed | None:
    """Return the instance that a ring outlines: the one that overlaps it most, if any does."""
    known = list(instances)
    ious = ious_with([[list(ring)]], [instance.polygons for instance in known])
    highest, place = max(zip(ious, range(len(known)), strict=True), default=(0.0, 0))
    return known[place] if highest >= SAME_OBJECT_IOU else None


def is_mended(verdict: Verdict, instances: Sequence[Placed]) -> bool:
    """Whether the annotation, as it is now, has what the verdict asked for.

    An object that is missing is there when one overlaps its outline, of whatever class. A label
    is mended when it is gone, has another class, or another outline, as the verdict said.
    """
    if verdict.kind == VerdictKind.MODEL:
        return False
    if verdict.kind == VerdictKind.MISSING:
        return find_instance(verdict.polygon, instances) is not None
    now = next((item for item in instances if item.id == verdict.instance_id), None)
    if now is None:
        return True
    if verdict.kind == VerdictKind.WRONG_CLASS:
        return now.class_id != verdict.class_id
    if verdict.kind == VerdictKind.OUTLINE:
        return bool(now.polygons != verdict.instance_polygons)
    return False
