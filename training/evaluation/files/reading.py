"""What the web process answers from an evaluation folder. See the package's docstring."""

from functools import lru_cache
from pathlib import Path
from typing import Literal, TypedDict, cast

import numpy as np
import numpy.typing as npt

from training.evaluation.matching import (
    ABSENT,
    FN,
    FP,
    LOW_IOU,
    OUTCOMES,
    TP,
    WRONG_CLASS,
    Basis,
    Outcome,
    Outcomes,
)
from training.evaluation.scores.breakdown import Figures, compute_figures
from training.evaluation.scores.confusion import confusion_matrix, normalise_columns
from training.evaluation.scores.curves import Curves, wire_curves
from training.evaluation.scores.figures import FORMAT
from training.evaluation.scores.operating import IOU, ChosenPoint, class_rates, operating_point
from training.evaluation.scores.statistics import score_statistics
from training.evaluation.thresholds import CONFIDENCE_FLOOR

from .loading import Loaded, Tallies, check_iou, check_share, open_folder, written_ns
from .shapes import PlainShape, plain_shape
from .store import ImageRecord, StoredShape, read_json, read_records, read_summary

__all__ = [
    "is_complete",
    "list_images",
    "list_keys",
    "read_confusion",
    "read_curves",
    "read_figures",
    "read_image",
    "read_operating",
    "read_summary",
]

Only = Literal["all", "missed", "false", "wrong_class", "low_iou"]
Ordering = Literal["worst", "name"]

IMAGE_IOU = 0.5
"""A label counts as found from this mask IoU on, on the pages that show images."""


class Confusion(TypedDict):
    """``counts[predicted][true]``; the last label is the background. See ``confusion``."""

    labels: list[str]
    confidence: float
    iou: float
    basis: Basis
    counts: list[list[int]]
    normalised: list[list[float]]


class Shape(TypedDict):
    """A label (``confidence`` null) or a prediction. ``match``: its partner's place in the other
    list, with ``iou`` of the masks; null where it has none."""

    class_index: int
    polygon: list[float]
    box: list[float]
    confidence: float | None
    outcome: Outcome
    iou: float | None
    match: int | None


class EvaluatedImage(TypedDict):
    """One image. Counts hold for the confidence asked for; ``mean_iou`` is over the right
    detections. ``wrong_class`` counts pairs: neither in false positives nor in false negatives.
    ``ignored``: predictions that lie in ignore regions and found no label, which count nowhere;
    ``regions``: the outlines of these, flat rings.
    """

    key: str
    file_name: str
    width: int
    height: int
    label_count: int
    prediction_count: int
    true_positives: int
    false_positives: int
    false_negatives: int
    wrong_class: int
    mean_iou: float | None
    quality: float
    labels: list[Shape]
    predictions: list[Shape]
    ignored: list[PlainShape]
    regions: list[list[float]]


class ImagePage(TypedDict):
    total: int
    results: list[EvaluatedImage]


def is_complete(folder: Path) -> bool:
    """Whether an evaluation was written to its end."""
    return (folder / "summary.json").is_file()


def read_curves(folder: Path) -> Curves:
    """The curves, 201 points each."""
    if read_summary(folder)["format"] == FORMAT:
        return cast(Curves, read_json(folder / "curves.json"))
    return _compute_curves(folder, written_ns(folder))


@lru_cache(maxsize=16)
def _compute_curves(folder: Path, _written_ns: int) -> Curves:
    loaded = open_folder(folder)
    box, mask = score_statistics(loaded.statistics)
    names = loaded.summary["class_names"]
    return wire_curves(loaded.statistics, box=box, mask=mask, class_names=names)


def read_operating(
    folder: Path,
    *,
    confidence: float | None = None,
    iou: float = IOU,
    basis: Basis = "mask",
) -> ChosenPoint:
    """Precision, recall, F1 and their counts (see ``operating``); without a confidence at the best.

    ``ValueError``: a threshold out of range.
    """
    loaded = open_folder(folder)
    if confidence is None:
        confidence = loaded.summary["best_confidence"][basis]
    check_share("confidence", confidence, at_least=0.0)
    check_iou(iou)
    names = loaded.summary["class_names"]
    counts = confusion_matrix(
        loaded.outcomes(confidence=confidence, iou=iou, basis=basis),
        prediction_class=loaded.statistics.prediction_class,
        label_class=loaded.statistics.label_class,
        class_count=len(names),
    )
    return {
        **operating_point(counts, confidence=confidence, iou=iou),
        "basis": basis,
        "class_rates": class_rates(counts, names=names),
    }


def read_figures(folder: Path) -> Figures:
    """The figures beyond the headline; of a folder of format 1 those that it gives."""
    if read_summary(folder)["format"] == FORMAT:
        return cast(Figures, read_json(folder / "figures.json"))
    return _compute_figures(folder, written_ns(folder))


@lru_cache(maxsize=16)
def _compute_figures(folder: Path, _written_ns: int) -> Figures:
    loaded = open_folder(folder)
    box, mask = score_statistics(loaded.statistics)
    return compute_figures(loaded.statistics, box=box, mask=mask, summary=loaded.summary)


def list_keys(folder: Path) -> dict[str, str]:
    """Key → file name of every image."""
    loaded = open_folder(folder)
    return dict(zip(loaded.keys, loaded.statistics.file_name.tolist(), strict=True))


def read_confusion(
    folder: Path, *, confidence: float = 0.25, iou: float = 0.45, basis: Basis = "box"
) -> Confusion:
    """The confusion matrix; the defaults are Ultralytics'."""
    check_share("confidence", confidence, at_least=0.0)
    check_iou(iou)
    loaded = open_folder(folder)
    names = loaded.summary["class_names"]
    counts = confusion_matrix(
        loaded.outcomes(confidence=confidence, iou=iou, basis=basis),
        prediction_class=loaded.statistics.prediction_class,
        label_class=loaded.statistics.label_class,
        class_count=len(names),
    )
    return {
        "labels": [*names, "background"],
        "confidence": confidence,
        "iou": iou,
        "basis": basis,
        "counts": counts.tolist(),
        "normalised": normalise_columns(counts).round(5).tolist(),
    }


def list_images(
    folder: Path,
    *,
    confidence: float = 0.25,
    only: Only = "all",
    class_index: int | None = None,
    ordering: Ordering = "worst",
    offset: int = 0,
    limit: int = 100,
) -> ImagePage:
    """A page of the images that ``only`` and ``class_index`` leave, the worst first or by name.

    Worst is the lowest panoptic quality, then the most errors. With a class, errors count that are
    that class's, on either side.
    """
    loaded, outcomes, confidence = _at(folder, confidence)
    tallies = Tallies(loaded, outcomes)
    indices = np.flatnonzero(_matching_images(loaded, outcomes, only=only, class_index=class_index))
    name = loaded.place_by_name[indices]
    if ordering == "worst":
        errors = tallies.false_positives + tallies.false_negatives + tallies.wrong_class
        order = np.lexsort((name, -errors[indices], tallies.quality[indices]))
    else:
        order = np.argsort(name, kind="stable")
    page = indices[order][offset : offset + limit].tolist()
    records = read_records(folder, page, line_starts=loaded.line_starts)
    return {
        "total": len(indices),
        "results": [
            _image(index, record, loaded, outcomes, tallies, confidence=confidence)
            for index, record in zip(page, records, strict=True)
        ],
    }


def read_image(folder: Path, key: str, *, confidence: float = 0.25) -> EvaluatedImage:
    """One image with its shapes. ``KeyError`` where there is no such key."""
    loaded, outcomes, confidence = _at(folder, confidence)
    index = loaded.keys[key]
    (record,) = read_records(folder, [index], line_starts=loaded.line_starts)
    tallies = Tallies(loaded, outcomes)
    return _image(index, record, loaded, outcomes, tallies, confidence=confidence)


def _at(folder: Path, confidence: float) -> tuple[Loaded, Outcomes, float]:
    """Outcomes at a confidence; what lies below the floor has no polygon, so it is not shown."""
    check_share("confidence", confidence, at_least=0.0)
    confidence = max(confidence, CONFIDENCE_FLOOR)
    loaded = open_folder(folder)
    return loaded, loaded.outcomes(confidence=confidence, iou=IMAGE_IOU, basis="mask"), confidence


def _matching_images(
    loaded: Loaded, outcomes: Outcomes, *, only: Only, class_index: int | None
) -> npt.NDArray[np.bool_]:
    """Which images a filter leaves, shape (N,)."""
    statistics = loaded.statistics
    on_labels, on_predictions = outcomes.label_outcome, outcomes.prediction_outcome
    if only == "missed":
        labels, predictions = on_labels == FN, np.zeros(len(on_predictions), dtype=bool)
    elif only == "false":
        labels, predictions = np.zeros(len(on_labels), dtype=bool), on_predictions == FP
    elif only == "wrong_class":
        labels, predictions = on_labels == WRONG_CLASS, on_predictions == WRONG_CLASS
    elif only == "low_iou":
        labels = (on_labels == TP) & (outcomes.label_iou < LOW_IOU)
        predictions = np.zeros(len(on_predictions), dtype=bool)
    elif class_index is None:
        return np.ones(len(loaded.keys), dtype=bool)
    else:
        labels, predictions = np.ones(len(on_labels), dtype=bool), on_predictions != ABSENT
    if class_index is not None:
        labels = labels & (statistics.label_class == class_index)
        predictions = predictions & (statistics.prediction_class == class_index)
    is_left = np.zeros(len(loaded.keys), dtype=bool)
    is_left[loaded.image_of_label[labels]] = True
    is_left[loaded.image_of_prediction[predictions]] = True
    return is_left


def _image(
    index: int,
    record: ImageRecord,
    loaded: Loaded,
    outcomes: Outcomes,
    tallies: Tallies,
    *,
    confidence: float,
) -> EvaluatedImage:
    first_label = int(loaded.statistics.label_start[index])
    first_prediction = int(loaded.statistics.prediction_start[index])
    # Places in the list of predictions: those that are set aside are not in it.
    last_prediction = int(loaded.statistics.prediction_start[index + 1])
    is_present = outcomes.prediction_outcome[first_prediction:last_prediction] != ABSENT
    place = np.cumsum(is_present) - 1
    labels = [
        _shape(
            stored,
            confidence=None,
            outcome=int(outcomes.label_outcome[number]),
            iou=float(outcomes.label_iou[number]),
            match=_place(place, int(outcomes.label_match[number]) - first_prediction),
        )
        for number, stored in enumerate(record["labels"], first_label)
    ]
    predictions = [
        _shape(
            stored,
            confidence=stored["confidence"],
            outcome=int(outcomes.prediction_outcome[number]),
            iou=float(outcomes.prediction_iou[number]),
            match=int(outcomes.prediction_match[number]) - first_label,
        )
        for number, stored in enumerate(record["predictions"], first_prediction)
        if outcomes.prediction_outcome[number] != ABSENT
    ]
    is_aside = loaded.aside(iou=IMAGE_IOU, basis="mask")[first_prediction:last_prediction]
    ignored = [
        plain_shape(stored, confidence=stored["confidence"])
        for stored, is_ignored in zip(record["predictions"], is_aside.tolist(), strict=False)
        if is_ignored and stored["confidence"] > confidence
    ]
    return {
        "key": str(index),
        "file_name": record["file_name"],
        "width": record["width"],
        "height": record["height"],
        "label_count": len(labels),
        "prediction_count": len(predictions),
        "true_positives": int(tallies.true_positives[index]),
        "false_positives": int(tallies.false_positives[index]),
        "false_negatives": int(tallies.false_negatives[index]),
        "wrong_class": int(tallies.wrong_class[index]),
        "mean_iou": tallies.mean_iou(index),
        "quality": round(float(tallies.quality[index]), 4),
        "labels": labels,
        "predictions": predictions,
        "ignored": ignored,
        "regions": record.get("regions", []),
    }


def _place(places: npt.NDArray[np.int64], index: int) -> int:
    return int(places[index]) if index >= 0 else -1


def _shape(
    stored: StoredShape, *, confidence: float | None, outcome: int, iou: float, match: int
) -> Shape:
    code = OUTCOMES[outcome]
    is_matched = code in ("tp", "wrong_class")
    return {
        "class_index": stored["class_index"],
        "polygon": stored["polygon"],
        "box": stored["box"],
        "confidence": confidence,
        "outcome": code,
        "iou": round(iou, 4) if is_matched else None,
        "match": match if is_matched else None,
    }
