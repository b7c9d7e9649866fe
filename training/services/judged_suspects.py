"""Likely label errors less those that somebody has looked at already, in whatever evaluation."""

from collections import defaultdict
from collections.abc import Sequence

from training.models import Evaluation, Verdict, VerdictKind, VerdictState

from .evaluated_objects import SuspectPayload

KINDS: dict[str, VerdictKind] = {
    "missing": VerdictKind.MISSING,
    "extra": VerdictKind.EXTRA,
    "wrong_class": VerdictKind.WRONG_CLASS,
    "sloppy_outline": VerdictKind.OUTLINE,
}
SAME_PLACE_IOU = 0.5
"""Of boxes: another evaluation predicts the same object a little differently."""


def without_judged(
    evaluation: Evaluation, suspects: Sequence[SuspectPayload]
) -> list[SuspectPayload]:
    """Return those with no verdict of their kind, open or dismissed, at their place."""
    images = {item["image"] for item in suspects if item["image"]}
    rows = Verdict.objects.filter(dataset=evaluation.run.dataset, image_id__in=images)
    judged: defaultdict[tuple[str, str], list[list[float]]] = defaultdict(list)
    for image_id, kind, polygon in rows.exclude(state=VerdictState.FIXED).values_list(
        "image_id", "kind", "polygon"
    ):
        judged[str(image_id), kind].append([*_box_of(polygon)])
    return [
        item
        for item in suspects
        if not any(
            _box_iou(item["box"], box) >= SAME_PLACE_IOU
            for box in judged.get((item["image"] or "", KINDS[item["kind"]]), [])
        )
    ]


def _box_of(ring: Sequence[float]) -> tuple[float, float, float, float]:
    return min(ring[::2]), min(ring[1::2]), max(ring[::2]), max(ring[1::2])


def _box_iou(a: Sequence[float], b: Sequence[float]) -> float:
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    if width <= 0 or height <= 0:
        return 0.0
    areas = sum((box[2] - box[0]) * (box[3] - box[1]) for box in (a, b))
    return width * height / (areas - width * height)
