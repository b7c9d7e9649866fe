"""Labels that are likely wrong, ranked, each with the rule that found it.

A model that was trained on mostly right labels disagrees with the wrong ones (Northcutt et al.
2021, confident learning; for detection ObjectLab, Tkachenko et al. 2023). Disagreement alone is
weak evidence where the model itself is weak, so a label that was not found weighs as much as its
class is found otherwise, by all the evaluations of the same version and split.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, TypedDict

import numpy as np

from training.evaluation.files.judged import (
    Judged,
    Side,
    SuspectKind,
    SuspectPlace,
    find_judged_images,
    is_judged,
)
from training.evaluation.files.loading import Loaded, known_or_none, open_folder
from training.evaluation.files.store import ImageRecord, read_records
from training.evaluation.matching import (
    FP,
    IOU_FLOOR,
    LOW_IOU,
    TP,
    WRONG_CLASS,
    Bools,
    Floats,
    Ints,
)
from training.evaluation.scores.statistics import has_native
from training.evaluation.thresholds import CONFIDENCE_FLOOR

from .never_found import MATCH_IOU, greatest_of, never_found

KINDS: tuple[SuspectKind, ...] = ("missing", "extra", "wrong_class", "sloppy_outline")
SURE = 0.5
"""From this confidence on the model is believed enough to doubt a label."""

SLOPPY_BOUNDARY = 0.5
RULES: dict[SuspectKind, str] = {
    "missing": (
        f"A prediction of confidence {SURE:g} or more overlaps no label by {MATCH_IOU:g}. Score: "
        "its confidence × (1 − its greatest IoU with a label)."
    ),
    "extra": (
        f"A label that no prediction overlaps by {MATCH_IOU:g}, of any class, in any evaluation of "
        "this version and split. Score: (1 − its greatest IoU with a prediction) × the chance that "
        "at least one of the models finds a label of its class."
    ),
    "wrong_class": (
        f"A prediction of confidence {SURE:g} or more overlaps a label of another class by "
        f"{LOW_IOU:g}. Score: its confidence × their IoU."
    ),
    "sloppy_outline": (
        f"A label is found with confidence {SURE:g} or more, but their masks overlap less than "
        f"{LOW_IOU:g} or their boundaries less than {SLOPPY_BOUNDARY:g}. Score: the confidence × "
        "(1 − the lower of both)."
    ),
}


class Suspect(TypedDict):
    """``side`` and ``index``: the object that is suspected (of a missing label the prediction);
    ``other``: the index of its partner on the other side."""

    kind: SuspectKind
    score: float
    key: str
    file_name: str
    width: int
    height: int
    side: Side
    index: int
    class_index: int
    other: int | None
    other_class_index: int | None
    confidence: float | None
    iou: float | None
    boundary_iou: float | None
    box: list[float]


class SuspectCounts(TypedDict):
    missing: int
    extra: int
    wrong_class: int
    sloppy_outline: int


class SuspectPage(TypedDict):
    """``judged``: how many were left out, as they have a verdict; ``evaluations``: how many were
    asked whether they find a label."""

    total: int
    judged: int
    counts: SuspectCounts
    evaluations: int
    results: list[Suspect]


class _Suspects(NamedTuple):
    """Arrays (M,); ``label`` or ``prediction`` is -1 where there is none."""

    kind: Ints
    score: Floats
    image: Ints
    label: Ints
    prediction: Ints
    iou: Floats
    boundary_iou: Floats


def list_suspects(
    folder: Path,
    others: Sequence[Path] = (),
    *,
    kind: SuspectKind | None = None,
    class_index: int | None = None,
    judged: Judged | None = None,
    offset: int = 0,
    limit: int = 50,
) -> SuspectPage:
    """A page of the suspects without those that are ``judged``, the highest score first.

    ``others``: folders of the same version and split by other checkpoints; those of format 1 are
    left out, as they do not say which label is which. Arrays are read only of those that are asked.
    """
    loaded = open_folder(folder)
    is_comparable = loaded.statistics.native is not None
    asked = [open_folder(other) for other in (others if is_comparable else ()) if has_native(other)]
    found = _find(loaded, asked)
    statistics = loaded.statistics
    is_left = np.ones(len(found.kind), dtype=bool)
    if class_index is not None:
        is_left &= (np.append(statistics.label_class, -1)[found.label] == class_index) | (
            np.append(statistics.prediction_class, -1)[found.prediction] == class_index
        )
    has_verdict = is_left & _are_judged(loaded, found, judged or {})
    is_left &= ~has_verdict
    counts = np.bincount(found.kind[is_left], minlength=len(KINDS)).tolist()
    if kind:
        is_left &= found.kind == KINDS.index(kind)
        has_verdict &= found.kind == KINDS.index(kind)
    left = np.flatnonzero(is_left)
    order = left[np.lexsort((loaded.place_by_name[found.image[left]], -found.score[left]))]
    page = order[offset : offset + limit].tolist()
    records = read_records(
        folder, [int(found.image[number]) for number in page], line_starts=loaded.line_starts
    )
    return {
        "total": len(left),
        "judged": int(has_verdict.sum()),
        "counts": {
            "missing": counts[0],
            "extra": counts[1],
            "wrong_class": counts[2],
            "sloppy_outline": counts[3],
        },
        "evaluations": 1 + len(asked),
        "results": [
            _describe(loaded, found, number, record)
            for number, record in zip(page, records, strict=True)
        ],
    }


def _are_judged(loaded: Loaded, found: _Suspects, judged: Judged) -> Bools:
    """Whether a suspect has a verdict; shape (M,)."""
    answer = np.zeros(len(found.kind), dtype=bool)
    if judged:
        in_judged_images = find_judged_images(loaded, judged)[found.image]
        for number in np.flatnonzero(in_judged_images).tolist():
            place = _place(loaded, found, number)
            answer[number] = is_judged(loaded, place, judged)
    return answer


def _place(loaded: Loaded, found: _Suspects, number: int) -> SuspectPlace:
    """Of a missing label the prediction is the suspect, else the label."""
    image, label = int(found.image[number]), int(found.label[number])
    side: Side = "label" if label >= 0 else "prediction"
    at = label if label >= 0 else int(found.prediction[number])
    return SuspectPlace(KINDS[found.kind[number]], image, side, _locate(loaded, image, side, at)[0])


def _find(loaded: Loaded, asked: Sequence[Loaded]) -> _Suspects:
    statistics = loaded.statistics
    outcomes = loaded.outcomes(confidence=CONFIDENCE_FLOOR, iou=MATCH_IOU, basis="mask")
    outcome, iou, match = (
        outcomes.prediction_outcome,
        outcomes.prediction_iou,
        outcomes.prediction_match,
    )
    boundary = statistics.native_of_matches(match, "boundary_iou")
    confidence = statistics.confidence
    is_sure = confidence >= SURE
    overlap = greatest_of(statistics.mask_prediction, statistics.mask_iou, len(confidence))
    extent = np.fmin(iou, boundary)  # the boundary is NaN where it was not measured
    is_loose = (iou < LOW_IOU) | (boundary < SLOPPY_BOUNDARY)
    missing = np.flatnonzero(is_sure & (outcome == FP) & (overlap < MATCH_IOU))
    wrong = np.flatnonzero(is_sure & (outcome == WRONG_CLASS) & (iou >= LOW_IOU))
    loose = np.flatnonzero(is_sure & (outcome == TP) & is_loose)
    extra, extra_score, extra_iou = never_found(loaded, asked)
    parts = [
        _part(0, loaded, missing, confidence * (1 - overlap), match=None, iou=overlap),
        _Suspects(
            np.full(len(extra), 1),
            extra_score,
            loaded.image_of_label[extra],
            extra,
            np.full(len(extra), -1),
            extra_iou,
            np.full(len(extra), np.nan, dtype=np.float32),
        ),
        _part(2, loaded, wrong, confidence * iou, match=match, iou=iou, boundary=boundary),
        _part(3, loaded, loose, confidence * (1 - extent), match=match, iou=iou, boundary=boundary),
    ]
    return _Suspects(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _part(
    kind: int,
    loaded: Loaded,
    chosen: Ints,
    score: Floats,
    *,
    match: Ints | None,
    iou: Floats,
    boundary: Floats | None = None,
) -> _Suspects:
    """Suspects that a prediction points at, from arrays over all predictions."""
    nothing = np.full(len(chosen), -1)
    return _Suspects(
        np.full(len(chosen), kind),
        score[chosen],
        loaded.image_of_prediction[chosen],
        nothing if match is None else match[chosen],
        chosen,
        iou[chosen],
        np.full(len(chosen), np.nan, dtype=np.float32) if boundary is None else boundary[chosen],
    )


def _describe(loaded: Loaded, found: _Suspects, number: int, record: ImageRecord) -> Suspect:
    image = int(found.image[number])
    label, prediction = int(found.label[number]), int(found.prediction[number])
    side: Side = "label" if label >= 0 else "prediction"  # missing: the prediction itself
    index, class_index = _locate(loaded, image, side, label if label >= 0 else prediction)
    has_partner = label >= 0 and prediction >= 0
    other = _locate(loaded, image, "prediction", prediction) if has_partner else (None, None)
    confidence = loaded.statistics.confidence[prediction] if prediction >= 0 else None
    shapes = record["labels"] if side == "label" else record["predictions"]
    return {
        "kind": KINDS[found.kind[number]],
        "score": round(float(found.score[number]), 4),
        "key": str(image),
        "file_name": record["file_name"],
        "width": record["width"],
        "height": record["height"],
        "side": side,
        "index": index,
        "class_index": class_index,
        "other": other[0],
        "other_class_index": other[1],
        "confidence": None if confidence is None else round(float(confidence), 5),
        "iou": known_or_none(found.iou[number]) if found.iou[number] >= IOU_FLOOR else None,
        "boundary_iou": known_or_none(found.boundary_iou[number]),
        "box": shapes[index]["box"],
    }


def _locate(loaded: Loaded, image: int, side: Side, number: int) -> tuple[int, int]:
    """The index in its image and the class of an object."""
    statistics = loaded.statistics
    if side == "label":
        start, classes = statistics.label_start, statistics.label_class
    else:
        start, classes = statistics.prediction_start, statistics.prediction_class
    return number - int(start[image]), int(classes[number])
