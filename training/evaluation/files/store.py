"""The files of an evaluation folder, written by the engine and read without torch.

    statistics.npz   arrays over the whole split (``statistics.Statistics``): figures and outcomes
    images.jsonl     one line an image: polygons and boxes of labels and predictions
    images.npy       int64 (N + 1,): where each line of images.jsonl begins, for reading one alone
    curves.json      ``Curves`` as they go over the wire
    figures.json     ``breakdown.Figures``
    summary.json     ``Summary``; written last, so its presence says that the evaluation is whole

Predictions of an image are in falling confidence. All of them count in the statistics (Ultralytics
evaluates from confidence 0.001 on); polygons are kept from ``CONFIDENCE_FLOOR`` on, which is the
beginning of the list, so a prediction has the same index in both.

Coordinates are pixels of the stored image. IoU of masks is measured where Ultralytics measures it:
at the resolution of the model's mask prototypes, a quarter of the network's input. Since format 2
(``figures.FORMAT``) areas, IoU and boundary IoU at the stored image's own resolution are kept
beside it, as COCO wants them; a folder of format 1 is read all the same.
"""

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, NotRequired, TypedDict, cast

import numpy as np

from training.evaluation.matching import IOU_FLOOR, Floats, Ints, Pairs
from training.evaluation.scores.average_precision import CURVE_X, Doubles, Scores
from training.evaluation.scores.best_point import find_best_point
from training.evaluation.scores.breakdown import compute_figures
from training.evaluation.scores.curves import wire_curves
from training.evaluation.scores.figures import FORMAT, MetricSet, Speed, Summary
from training.evaluation.scores.operating import BestPoints
from training.evaluation.scores.statistics import (
    NativeMasks,
    Statistics,
    named_arrays,
    score_statistics,
)
from training.evaluation.thresholds import CONFIDENCE_FLOOR


class StoredShape(TypedDict):
    """``polygon``: one flat ring in pixels; ``box``: xyxy."""

    class_index: int
    polygon: list[float]
    box: list[float]


class StoredPrediction(StoredShape):
    confidence: float


class ImageRecord(TypedDict):
    """A line of images.jsonl. ``regions``: outlines of ignore regions, where there are some."""

    file_name: str
    width: int
    height: int
    labels: list[StoredShape]
    predictions: list[StoredPrediction]
    regions: NotRequired[list[list[float]]]


@dataclass(frozen=True)
class NativePicture:
    """What ``statistics.NativeMasks`` says, of one image."""

    label_row: Ints  # (n,)
    label_area: Floats  # (n,)
    prediction_area: Floats  # (m,)
    iou: Doubles  # (n, m)
    boundary_iou: Floats  # (n, m)


@dataclass(frozen=True)
class Picture:
    """One image, as evaluated: n labels, m predictions in falling confidence."""

    record: ImageRecord
    label_class: Ints
    prediction_class: Ints
    confidence: Floats
    box_iou: Floats  # (n, m)
    mask_iou: Floats  # (n, m)
    native: NativePicture | None = None
    box_ignored: Doubles | None = None  # (m,): the share of the own area in ignore regions
    mask_ignored: Doubles | None = None  # None: there is no ignore region


class EvaluationWriter:
    """Writes an evaluation folder: shapes go to disk as they come, arrays stay in memory."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "summary.json").unlink(missing_ok=True)
        self._folder = folder
        self._lines = (folder / "images.jsonl").open("wb")
        self._line_starts = [0]
        self._names: list[str] = []
        self._label_class: list[Ints] = []
        self._prediction_class: list[Ints] = []
        self._confidence: list[Floats] = []
        self._box, self._mask = _PairList(), _PairList()
        self._native = _PairList(np.float64)
        self._natives: list[NativePicture | None] = []
        self._box_ignored: list[Doubles] = []
        self._mask_ignored: list[Doubles] = []
        self._has_ignored = False

    def add(self, picture: Picture) -> None:
        """One more image."""
        line = json.dumps(picture.record, ensure_ascii=False, allow_nan=False)
        self._line_starts.append(self._line_starts[-1] + self._lines.write(line.encode() + b"\n"))
        self._names.append(picture.record["file_name"])
        self._label_class.append(picture.label_class)
        self._prediction_class.append(picture.prediction_class)
        self._confidence.append(picture.confidence)
        self._box.add(picture.box_iou)
        self._mask.add(picture.mask_iou)
        self._natives.append(picture.native)
        nothing = np.zeros(len(picture.confidence))
        self._has_ignored |= picture.mask_ignored is not None
        for own, found in (
            (self._box_ignored, picture.box_ignored),
            (self._mask_ignored, picture.mask_ignored),
        ):
            own.append(nothing if found is None else found)
        if picture.native:
            self._native.add(picture.native.iou, boundary_iou=picture.native.boundary_iou)

    def finish(
        self,
        *,
        class_names: list[str],
        split: str,
        unknown_classes: Sequence[str] = (),
        extra_classes: Sequence[str] = (),
        speed: Speed | None = None,
    ) -> Summary:
        """Compute the figures and write the rest."""
        folder = self._folder
        self._lines.flush()
        os.fsync(self._lines.fileno())
        self._lines.close()
        statistics = self._statistics()
        with _replacing(folder / "images.npy") as file:
            np.save(file, np.array(self._line_starts, dtype=np.int64))
        with _replacing(folder / "statistics.npz") as file:
            np.savez(file, **named_arrays(statistics))
        box, mask = score_statistics(statistics)
        _write_json(
            folder / "curves.json",
            wire_curves(statistics, box=box, mask=mask, class_names=class_names),
        )
        summary: Summary = {
            **_summarise(statistics, box=box, mask=mask, class_names=class_names, split=split),
            "unknown_classes": [*unknown_classes],
            "extra_classes": [*extra_classes],
            "speed": speed,
        }
        _write_json(
            folder / "figures.json",
            compute_figures(statistics, box=box, mask=mask, summary=summary),
        )
        _write_json(folder / "summary.json", summary)
        return summary

    def _statistics(self) -> Statistics:
        box, mask = self._box.joined(), self._mask.joined()
        return Statistics(
            file_name=np.array(self._names, dtype=np.str_),
            label_start=_starts(self._label_class),
            prediction_start=_starts(self._prediction_class),
            label_class=_joined(self._label_class, np.int64),
            prediction_class=_joined(self._prediction_class, np.int64),
            confidence=_joined(self._confidence, np.float32),
            box_label=box.label,
            box_prediction=box.prediction,
            box_iou=box.iou.astype(np.float32, copy=False),
            mask_label=mask.label,
            mask_prediction=mask.prediction,
            mask_iou=mask.iou.astype(np.float32, copy=False),
            native=self._native_masks(),
            box_ignored=_joined(self._box_ignored, np.float64) if self._has_ignored else None,
            mask_ignored=_joined(self._mask_ignored, np.float64) if self._has_ignored else None,
        )

    def _native_masks(self) -> NativeMasks | None:
        """None where an image came without: a part of the split has no figures."""
        natives = [native for native in self._natives if native]
        if len(natives) < len(self._natives):
            return None
        pairs = self._native.joined()
        return NativeMasks(
            label_row=_joined([native.label_row for native in natives], np.int64),
            label_area=_joined([native.label_area for native in natives], np.float32),
            prediction_area=_joined([native.prediction_area for native in natives], np.float32),
            label=pairs.label,
            prediction=pairs.prediction,
            iou=pairs.iou.astype(np.float64, copy=False),
            boundary_iou=self._native.boundary_iou(),
        )


def read_records(folder: Path, indices: Iterable[int], *, line_starts: Ints) -> list[ImageRecord]:
    """The shapes of some images, without reading those of the others."""
    records: list[ImageRecord] = []
    with (folder / "images.jsonl").open("rb") as file:
        for index in indices:
            file.seek(int(line_starts[index]))
            line = file.read(int(line_starts[index + 1] - line_starts[index]))
            records.append(json.loads(line))
    return records


def read_line_starts(folder: Path) -> Ints:
    """Where each image's line begins, and where the last one ends: shape (N + 1,)."""
    starts: Ints = np.load(folder / "images.npy", allow_pickle=False)
    return starts


def read_summary(folder: Path) -> Summary:
    """Counts, figures and the table of classes; what format 1 did not have is empty."""
    found = read_json(folder / "summary.json")
    missing = {
        "format": 1,
        "unknown_classes": [],
        "extra_classes": [],
        "speed": None,
        "ultralytics_confidence": found["best_confidence"],
        "operating": None,
    }
    return cast(Summary, missing | found)


def read_json(path: Path) -> Any:
    """A file that the writer wrote."""
    return json.loads(path.read_bytes())


class _PairList:
    """Collects the overlapping pairs of one image after the other."""

    def __init__(self, dtype: Any = np.float32) -> None:
        self._dtype = dtype
        self._parts: list[Pairs] = []
        self._boundary_ious: list[Floats] = []
        self._labels = 0
        self._predictions = 0

    def add(self, iou: Floats | Doubles, *, boundary_iou: Floats | None = None) -> None:
        prediction, label = np.nonzero(iou.T >= IOU_FLOOR)
        self._parts.append(
            Pairs(
                label + self._labels,
                prediction + self._predictions,
                iou[label, prediction].astype(self._dtype),
            )
        )
        if boundary_iou is not None:
            self._boundary_ious.append(boundary_iou[label, prediction])
        self._labels += iou.shape[0]
        self._predictions += iou.shape[1]

    def joined(self) -> Pairs:
        return Pairs(
            _joined([part.label for part in self._parts], np.int64),
            _joined([part.prediction for part in self._parts], np.int64),
            _joined([part.iou for part in self._parts], self._dtype),
        )

    def boundary_iou(self) -> Floats:
        joined: Floats = _joined(self._boundary_ious, np.float32)
        return joined


def _starts(parts: list[Ints]) -> Ints:
    return np.cumsum([0, *(len(part) for part in parts)], dtype=np.int64)


def _joined(parts: list[Any], dtype: Any) -> Any:
    return np.concatenate([np.zeros(0, dtype), *parts]).astype(dtype)


def _summarise(
    statistics: Statistics, *, box: Scores, mask: Scores, class_names: list[str], split: str
) -> Summary:
    image_and_class = np.unique(
        np.stack([statistics.image_of_label, statistics.label_class]), axis=1
    )
    instances = np.bincount(statistics.label_class, minlength=len(class_names))
    images = np.bincount(image_and_class[1], minlength=len(class_names))
    best: BestPoints = {
        "box": find_best_point(statistics, "box", class_count=len(class_names)),
        "mask": find_best_point(statistics, "mask", class_count=len(class_names)),
    }
    return {
        "format": FORMAT,
        "split": split,
        "image_count": len(statistics.file_name),
        "instance_count": len(statistics.label_class),
        "class_names": class_names,
        "box": _mean_metrics(box),
        "mask": _mean_metrics(mask),
        "per_class": [
            {
                "class_index": index,
                "name": class_names[index],
                "images": int(images[index]),
                "instances": int(instances[index]),
                "box": _metrics(box, row),
                "mask": _metrics(mask, row),
            }
            for row, index in enumerate(box.class_index.tolist())
        ],
        "confidence_floor": CONFIDENCE_FLOOR,
        "best_confidence": {
            "box": best["box"]["confidence"],
            "mask": best["mask"]["confidence"],
        },
        "ultralytics_confidence": {
            "box": float(CURVE_X[box.best]),
            "mask": float(CURVE_X[mask.best]),
        },
        "operating": best,
        "unknown_classes": [],
        "extra_classes": [],
        "speed": None,
    }


def _metrics(scores: Scores, row: int) -> MetricSet:
    return {
        "precision": float(scores.precision[row, scores.best]),
        "recall": float(scores.recall[row, scores.best]),
        "map50": float(scores.average_precision[row, 0]),
        "map50_95": float(scores.average_precision[row].mean()),
    }


def _mean_metrics(scores: Scores) -> MetricSet:
    """Means over the classes that have labels; 0 where none has."""
    rows = [_metrics(scores, row) for row in range(len(scores.class_index))]
    count = max(1, len(rows))
    return {
        "precision": sum(row["precision"] for row in rows) / count,
        "recall": sum(row["recall"] for row in rows) / count,
        "map50": sum(row["map50"] for row in rows) / count,
        "map50_95": sum(row["map50_95"] for row in rows) / count,
    }


def _write_json(path: Path, value: Any) -> None:
    with _replacing(path) as file:
        file.write(json.dumps(value, ensure_ascii=False, allow_nan=False).encode())


@contextmanager
def _replacing(path: Path) -> Iterator[BinaryIO]:
    """A file that takes the place of ``path`` once it is whole and on the disk."""
    written = path.with_name(path.name + ".writing")
    with written.open("wb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())
    written.replace(path)
