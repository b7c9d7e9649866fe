"""The single objects behind a number: a label, a prediction, or the two that met."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple, TypedDict

import numpy as np

from training.evaluation.files.loading import (
    Loaded,
    check_iou,
    check_share,
    known_or_none,
    open_folder,
)
from training.evaluation.files.store import StoredShape, read_records
from training.evaluation.matching import (
    ABSENT,
    FN,
    FP,
    OUTCOMES,
    TP,
    WRONG_CLASS,
    Basis,
    Bools,
    Floats,
    Ints,
    Outcome,
)
from training.evaluation.sizes import SIZES, Size, sizes_of
from training.evaluation.thresholds import CONFIDENCE_FLOOR

ObjectOrdering = Literal["worst", "confidence", "area"]
BACKGROUND = -1
"""In the place of a class: nothing was predicted there, or nothing is labelled."""


class ObjectSide(TypedDict):
    """``index``: in the image's labels or predictions. ``area``: pixels of the stored image."""

    index: int
    class_index: int
    box: list[float]
    area: float | None
    confidence: float | None


class FoundObject(TypedDict):
    key: str
    file_name: str
    width: int
    height: int
    outcome: Outcome
    iou: float | None
    boundary_iou: float | None
    label: ObjectSide | None
    prediction: ObjectSide | None


class ObjectPage(TypedDict):
    total: int
    results: list[FoundObject]


@dataclass(frozen=True)
class ObjectFilter:
    """What to leave. ``true`` and ``predicted`` may be ``BACKGROUND``; ``class_index`` is either.

    Bounds of confidence leave labels without a prediction out. ``size``: of the label, else of the
    prediction. ``max_iou``: of matches; objects without one have IoU 0.
    """

    outcomes: frozenset[Outcome] = frozenset(OUTCOMES)
    class_index: int | None = None
    true: int | None = None
    predicted: int | None = None
    min_confidence: float | None = None
    max_confidence: float | None = None
    size: Size | None = None
    max_iou: float | None = None


class _Objects(NamedTuple):
    """M objects; ``label`` or ``prediction`` is -1 where that side is missing. NaN: unknown."""

    outcome: Ints
    image: Ints
    label: Ints
    prediction: Ints
    true: Ints
    predicted: Ints
    confidence: Floats
    iou: Floats
    boundary_iou: Floats
    area: Floats


def list_objects(
    folder: Path,
    chosen: ObjectFilter,
    *,
    confidence: float = 0.25,
    iou: float = 0.5,
    basis: Basis = "mask",
    ordering: ObjectOrdering = "worst",
    offset: int = 0,
    limit: int = 50,
) -> ObjectPage:
    """A page of the objects that the filter leaves.

    The worst come first: false positives by falling confidence, wrong classes likewise, missed
    labels by falling area, then right ones by rising IoU. ``ValueError``: a threshold out of range,
    or a size where areas were not measured.
    """
    check_share("confidence", confidence, at_least=0.0)
    check_iou(iou)
    loaded = open_folder(folder)
    if chosen.size and loaded.statistics.native is None:
        raise ValueError("Sizes were not measured in this evaluation: evaluate again.")
    objects = _collect(loaded, confidence=max(confidence, CONFIDENCE_FLOOR), iou=iou, basis=basis)
    left = np.flatnonzero(_is_left(objects, chosen))
    order = left[_order(objects, left, ordering, loaded)]
    page = order[offset : offset + limit]
    records = read_records(folder, objects.image[page].tolist(), line_starts=loaded.line_starts)
    return {
        "total": len(left),
        "results": [
            {
                "key": str(objects.image[number]),
                "file_name": record["file_name"],
                "width": record["width"],
                "height": record["height"],
                "outcome": OUTCOMES[objects.outcome[number]],
                "iou": known_or_none(objects.iou[number]) if objects.iou[number] > 0 else None,
                "boundary_iou": known_or_none(objects.boundary_iou[number]),
                "label": _label_side(loaded, objects, number, record["labels"]),
                "prediction": _prediction_side(loaded, objects, number, record["predictions"]),
            }
            for number, record in zip(page.tolist(), records, strict=True)
        ],
    }


def _collect(loaded: Loaded, *, confidence: float, iou: float, basis: Basis) -> _Objects:
    """Each present prediction with the label that it met, then the labels that none met."""
    statistics, native = loaded.statistics, loaded.statistics.native
    outcomes = loaded.outcomes(confidence=confidence, iou=iou, basis=basis)
    present = np.flatnonzero(outcomes.prediction_outcome != ABSENT)
    missed = np.flatnonzero(outcomes.label_outcome == FN)
    nothing = np.full(len(missed), -1, dtype=np.int64)
    unknown = np.full(len(missed), np.nan, dtype=np.float32)
    label = np.concatenate([outcomes.prediction_match[present], missed])
    prediction = np.concatenate([present, nothing])
    boundary = statistics.native_of_matches(outcomes.prediction_match, "boundary_iou")
    area = np.full(len(label), np.nan, dtype=np.float32)
    if native:
        has_label = label >= 0
        area[has_label] = native.label_area[label[has_label]]
        area[~has_label] = native.prediction_area[prediction[~has_label]]
    return _Objects(
        outcome=np.concatenate(
            [outcomes.prediction_outcome[present], np.full(len(missed), FN)]
        ).astype(np.int64),
        image=np.concatenate([loaded.image_of_prediction[present], loaded.image_of_label[missed]]),
        label=label,
        prediction=prediction,
        true=np.append(statistics.label_class, BACKGROUND)[label],
        predicted=np.append(statistics.prediction_class, BACKGROUND)[prediction],
        confidence=np.concatenate([statistics.confidence[present], unknown]),
        iou=np.concatenate([outcomes.prediction_iou[present], np.zeros_like(unknown)]),
        boundary_iou=np.concatenate([boundary[present], unknown]),
        area=area,
    )


def _is_left(objects: _Objects, chosen: ObjectFilter) -> Bools:
    codes = [OUTCOMES.index(outcome) for outcome in chosen.outcomes]
    is_left: Bools = np.isin(objects.outcome, codes)
    if chosen.class_index is not None:
        is_left &= (objects.true == chosen.class_index) | (objects.predicted == chosen.class_index)
    if chosen.true is not None:
        is_left &= objects.true == chosen.true
    if chosen.predicted is not None:
        is_left &= objects.predicted == chosen.predicted
    if chosen.min_confidence is not None:
        is_left &= objects.confidence >= np.float32(chosen.min_confidence)
    if chosen.max_confidence is not None:
        is_left &= objects.confidence <= np.float32(chosen.max_confidence)
    if chosen.size:
        is_left &= sizes_of(objects.area) == SIZES.index(chosen.size)
    if chosen.max_iou is not None:
        is_left &= objects.iou <= np.float32(chosen.max_iou)
    return is_left


def _order(objects: _Objects, left: Ints, ordering: ObjectOrdering, loaded: Loaded) -> Ints:
    """The order of ``left``; ties go by the image's name, then as they are numbered."""
    name = loaded.place_by_name[objects.image[left]]
    confidence = np.nan_to_num(objects.confidence[left])
    area = np.nan_to_num(objects.area[left])
    if ordering == "confidence":
        return np.lexsort((name, -confidence))
    if ordering == "area":
        return np.lexsort((name, -area))
    outcome = objects.outcome[left]
    group = np.select([outcome == FP, outcome == WRONG_CLASS, outcome == FN], [0, 1, 2], default=3)
    within = np.select(
        [outcome == TP, outcome == FN], [objects.iou[left], -area], default=-confidence
    )
    return np.lexsort((name, within, group))


def _label_side(
    loaded: Loaded, objects: _Objects, number: int, shapes: Sequence[StoredShape]
) -> ObjectSide | None:
    label = int(objects.label[number])
    if label < 0:
        return None
    native = loaded.statistics.native
    index = label - int(loaded.statistics.label_start[objects.image[number]])
    return {
        "index": index,
        "class_index": int(objects.true[number]),
        "box": shapes[index]["box"],
        "area": float(native.label_area[label]) if native else None,
        "confidence": None,
    }


def _prediction_side(
    loaded: Loaded, objects: _Objects, number: int, shapes: Sequence[StoredShape]
) -> ObjectSide | None:
    prediction = int(objects.prediction[number])
    if prediction < 0:
        return None
    native = loaded.statistics.native
    index = prediction - int(loaded.statistics.prediction_start[objects.image[number]])
    return {
        "index": index,
        "class_index": int(objects.predicted[number]),
        "box": shapes[index]["box"],
        "area": float(native.prediction_area[prediction]) if native else None,
        "confidence": round(float(objects.confidence[number]), 5),
    }
