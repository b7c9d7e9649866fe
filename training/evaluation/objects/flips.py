"""Labels that one evaluation finds and another, of the same version and split, does not."""

from pathlib import Path
from typing import Literal, TypedDict

import numpy as np

from training.evaluation.files.loading import Loaded, check_share, open_folder
from training.evaluation.files.store import read_records
from training.evaluation.matching import TP, Basis, Bools, Ints
from training.evaluation.scores.operating import IOU
from training.evaluation.thresholds import CONFIDENCE_FLOOR

from .never_found import places_of_labels

Flip = Literal["lost", "found"]
NOT_TOLD = (
    "One of these evaluations was made by an older version of Segloop and does not say which label "
    "is which: evaluate again to see the objects that flipped."
)


class Flips(TypedDict):
    """``lost``: labels that the first finds and the other misses; ``found``: the other way round.

    Found is found in the right class; anything else is missed.
    """

    lost: int
    found: int


class FlippedObject(TypedDict):
    """A label. ``keys``: its image in the first evaluation and in the other; ``labels``: its place
    among the image's labels in each; ``box`` in pixels of the stored image."""

    file_name: str
    width: int
    height: int
    keys: list[str]
    labels: list[int]
    class_index: int
    class_name: str
    box: list[float]


class FlippedObjects(TypedDict):
    total: int
    results: list[FlippedObject]


def count_flips(
    folder: Path, other_folder: Path, *, confidence: float, basis: Basis = "mask"
) -> Flips | None:
    """How many labels flipped; None where an evaluation of format 1 does not tell its labels."""
    sides = open_folder(folder), open_folder(other_folder)
    if not _are_told(*sides):
        return None
    is_lost, is_found, _ = _compare(*sides, confidence=confidence, basis=basis)
    return {"lost": int(is_lost.sum()), "found": int(is_found.sum())}


def list_flips(
    folder: Path,
    other_folder: Path,
    *,
    flip: Flip,
    class_index: int | None = None,
    confidence: float,
    basis: Basis = "mask",
    offset: int = 0,
    limit: int = 50,
) -> FlippedObjects:
    """A page of the labels that flipped, by image name; the total is that of :func:`count_flips`.

    ``ValueError``: an evaluation does not tell its labels, or a threshold is out of range.
    """
    check_share("confidence", confidence, at_least=0.0)
    first, other = open_folder(folder), open_folder(other_folder)
    if not _are_told(first, other):
        raise ValueError(NOT_TOLD)
    is_lost, is_found, place = _compare(first, other, confidence=confidence, basis=basis)
    left = np.flatnonzero(is_lost if flip == "lost" else is_found)
    if class_index is not None:
        left = left[first.statistics.label_class[left] == class_index]
    left = left[np.lexsort((left, first.place_by_name[first.image_of_label[left]]))]
    page = left[offset : offset + limit].tolist()
    images = [int(first.image_of_label[label]) for label in page]
    records = read_records(folder, images, line_starts=first.line_starts)
    results: list[FlippedObject] = []
    for label, image, record in zip(page, images, records, strict=True):
        theirs = int(place[label])
        image_there = int(other.image_of_label[theirs])
        index = label - int(first.statistics.label_start[image])
        own_class = int(first.statistics.label_class[label])
        results.append(
            {
                "file_name": record["file_name"],
                "width": record["width"],
                "height": record["height"],
                "keys": [str(image), str(image_there)],
                "labels": [index, theirs - int(other.statistics.label_start[image_there])],
                "class_index": own_class,
                "class_name": first.summary["class_names"][own_class],
                "box": record["labels"][index]["box"],
            }
        )
    return {"total": len(left), "results": results}


def _are_told(*sides: Loaded) -> bool:
    return all(side.statistics.native is not None for side in sides)


def _compare(
    first: Loaded, other: Loaded, *, confidence: float, basis: Basis
) -> tuple[Bools, Bools, Ints]:
    """Of each label of the first (L,): lost, found, and its number in the other or -1."""
    confidence = max(confidence, CONFIDENCE_FLOOR)
    place = places_of_labels(first, other)
    before, after = (
        side.outcomes(confidence=confidence, iou=IOU, basis=basis).label_outcome == TP
        for side in (first, other)
    )
    is_there = place >= 0
    found_there = np.append(after, False)[place]
    return is_there & before & ~found_there, is_there & ~before & found_there, place
