"""Several evaluations of the same images: which images got better, and which worse."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal, TypedDict

import numpy as np

from training.evaluation.files.loading import Tallies, check_share, open_folder
from training.evaluation.thresholds import CONFIDENCE_FLOOR

from .differences import check_same_images

Direction = Literal["better", "worse", "same"]
_IOU = 0.5
_SAME = 1e-6


class ImageSide(TypedDict):
    """One image in one evaluation, at mask IoU 0.50; ``quality``: panoptic quality."""

    key: str
    confidence: float
    quality: float
    true_positives: int
    false_positives: int
    false_negatives: int
    wrong_class: int
    mean_iou: float | None


class ComparedImage(TypedDict):
    """``change``: the quality of the other evaluation less that of the first."""

    file_name: str
    change: float
    sides: list[ImageSide]


class ComparedImages(TypedDict):
    total: int
    better: int
    worse: int
    same: int
    results: list[ComparedImage]


class _Side:
    """An evaluation with its images in the order of their names."""

    def __init__(self, folder: Path, confidence: float) -> None:
        self.loaded = open_folder(folder)
        self.confidence = max(confidence, CONFIDENCE_FLOOR)
        outcomes = self.loaded.outcomes(confidence=self.confidence, iou=_IOU, basis="mask")
        self.tallies = Tallies(self.loaded, outcomes)
        self.quality = self.tallies.quality[self.loaded.by_name]

    def image(self, place: int) -> ImageSide:
        index = int(self.loaded.by_name[place])
        tallies = self.tallies
        return {
            "key": str(index),
            "confidence": self.confidence,
            "quality": round(float(tallies.quality[index]), 4),
            "true_positives": int(tallies.true_positives[index]),
            "false_positives": int(tallies.false_positives[index]),
            "false_negatives": int(tallies.false_negatives[index]),
            "wrong_class": int(tallies.wrong_class[index]),
            "mean_iou": tallies.mean_iou(index),
        }


def shared_confidence(first: Path, confidence: float | None) -> float:
    """The confidence at which all are compared: the one given, or the best of the first for masks.

    ``ValueError``: it is out of range.
    """
    if confidence is None:
        confidence = open_folder(first).summary["best_confidence"]["mask"]
    check_share("confidence", confidence, at_least=0.0)
    return max(confidence, CONFIDENCE_FLOOR)


def compare_images(
    folders: Sequence[Path],
    *,
    other: int,
    direction: Direction = "worse",
    confidence: float | None = None,
    offset: int = 0,
    limit: int = 50,
) -> ComparedImages:
    """Images that changed from the first folder to the ``other`` (its place), most changed first.

    One confidence holds for all; without one it is the best of the first (see
    :func:`shared_confidence`). ``ValueError``: the folders do not hold the same images, or a
    threshold is out of range.
    """
    confidence = shared_confidence(folders[0], confidence)
    sides = [_Side(folder, confidence) for folder in folders]
    for side in sides[1:]:
        check_same_images(sides[0].loaded, side.loaded)
    names = sides[0].loaded.statistics.file_name[sides[0].loaded.by_name]
    change = sides[other].quality - sides[0].quality
    is_better, is_worse = change > _SAME, change < -_SAME
    masks = {"better": is_better, "worse": is_worse, "same": ~is_better & ~is_worse}
    chosen = np.flatnonzero(masks[direction])
    chosen = chosen[np.argsort(-np.abs(change[chosen]), kind="stable")]
    return {
        "total": len(chosen),
        "better": int(is_better.sum()),
        "worse": int(is_worse.sum()),
        "same": int(masks["same"].sum()),
        "results": [
            {
                "file_name": str(names[place]),
                "change": round(float(change[place]), 4),
                "sides": [side.image(place) for side in sides],
            }
            for place in chosen[offset : offset + limit].tolist()
        ],
    }
