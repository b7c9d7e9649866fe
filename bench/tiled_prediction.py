"""Prediction in tiles: our merging against sahi's, on mosaics whose labels are known.

    .venv/bin/python bench/tiled_prediction.py CHECKPOINT DATASET [--mosaics 4] [--imgsz 224]

Each mosaic is 4 × 4 images of the dataset's val split, scaled to ``--cell`` pixels. *Untiled* is
the model on the whole mosaic at an image size at which objects are as large as in a tile: the
reference. *Kept* is the share of its objects (confidence 0.25 and more) that a way finds with a
mask IoU of 0.5, *cut* the same for those that a tile's border crosses; *twice* counts those that
it finds more than once (two masks that lie in the object by half, each at least a fifth of it);
*AP50* is against the labels. Rows of sahi appear where it is installed.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
import numpy.typing as npt
from common import REPOSITORY, print_table, write_result

from training.engine.host.environment import prepare_environment
from training.engine.measuring.tiling import lay_windows

Mask = npt.NDArray[np.bool_]
_SHOWN = 0.25
_FLOOR = 0.05
_OVERLAP = 0.2
_GRID = 4


class Mosaic(NamedTuple):
    path: Path
    labels: list[list[float]]


class Found(NamedTuple):
    confidence: float
    polygon_px: list[float]


class Way(NamedTuple):
    """What a way of predicting finds on each mosaic, and its seconds for all of them."""

    found: list[list[Found]]
    seconds: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("dataset", type=Path)
    parser.add_argument("--mosaics", type=int, default=4)
    parser.add_argument("--cell", type=int, default=320)
    parser.add_argument("--imgsz", type=int, default=224)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="segloop-tiles-") as folder:
        mosaics = _draw_mosaics(options, Path(folder))
        ways = {
            "untiled": _by_engine(mosaics, options, imgsz=_GRID * options.imgsz),
            "untiled, small": _by_engine(mosaics, options, imgsz=options.imgsz),
            "ours": _by_engine(mosaics, options, imgsz=options.imgsz, is_tiled=True),
            "untiled, iou 0.5": _by_engine(mosaics, options, imgsz=_GRID * options.imgsz, iou=0.5),
            "ours, iou 0.5": _by_engine(
                mosaics, options, imgsz=options.imgsz, iou=0.5, is_tiled=True
            ),
        }
        if find_spec("sahi"):
            prepare_environment(config_dir=None, device="cpu")
            for name in ("GREEDYNMM", "NMM", "NMS"):
                ways[f"sahi {name}"] = _by_sahi(mosaics, options, name)
        reference = ways["untiled"].found
        rows = [
            {"way": name, **_judge(way, reference, mosaics, options)} for name, way in ways.items()
        ]
    print_table(rows)
    print(
        write_result(
            "tiled_prediction", rows, options={k: str(v) for k, v in vars(options).items()}
        )
    )


def _draw_mosaics(options: Any, folder: Path) -> list[Mosaic]:
    files = sorted((options.dataset / "images" / "val").iterdir())
    cell, mosaics = options.cell, []
    for number in range(options.mosaics):
        canvas = np.zeros((_GRID * cell, _GRID * cell, 3), np.uint8)
        labels: list[list[float]] = []
        for place in range(_GRID * _GRID):
            file = files[(number * _GRID * _GRID + place) % len(files)]
            x, y = place % _GRID * cell, place // _GRID * cell
            image = cv2.imread(str(file))
            canvas[y : y + cell, x : x + cell] = cv2.resize(
                image, (cell, cell), interpolation=cv2.INTER_AREA
            )
            text = options.dataset / "labels" / "val" / f"{file.stem}.txt"
            for row in text.read_text().splitlines():
                points = np.array(row.split()[1:], dtype=float).reshape(-1, 2) * cell + (x, y)
                labels.append(points.reshape(-1).tolist())
        path = folder / f"{number}.png"
        cv2.imwrite(str(path), canvas)
        mosaics.append(Mosaic(path, labels))
    return mosaics


def _by_engine(
    mosaics: list[Mosaic], options: Any, *, imgsz: int, iou: float = 0.7, is_tiled: bool = False
) -> Way:
    request: dict[str, Any] = {
        "checkpoint": str(options.checkpoint),
        "images": [{"key": str(mosaic.path), "path": str(mosaic.path)} for mosaic in mosaics],
        "conf": _FLOOR,
        "iou": iou,
        "imgsz": imgsz,
        "device": "cpu",
    }
    if is_tiled:
        request["tile"] = {"size": options.cell, "overlap": _OVERLAP}
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "training.engine", "predict"],
        input=json.dumps(request),
        capture_output=True,
        text=True,
        check=True,
        cwd=REPOSITORY,
    )
    events = [json.loads(line) for line in done.stdout.splitlines()]
    found = [
        [Found(item["confidence"], item["polygon_px"]) for item in event["instances"]]
        for event in events
        if event["type"] == "image"
    ]
    return Way(found, time.monotonic() - began)


def _by_sahi(mosaics: list[Mosaic], options: Any, postprocess: str) -> Way:
    from sahi import AutoDetectionModel
    from sahi.predict import get_sliced_prediction

    began = time.monotonic()
    model = AutoDetectionModel.from_pretrained(
        model_type="ultralytics",
        model_path=str(options.checkpoint),
        confidence_threshold=_FLOOR,
        device="cpu",
        image_size=options.imgsz,
    )
    predict: Callable[..., Any] = get_sliced_prediction
    found = []
    for mosaic in mosaics:
        result = predict(
            str(mosaic.path),
            model,
            slice_height=options.cell,
            slice_width=options.cell,
            overlap_height_ratio=_OVERLAP,
            overlap_width_ratio=_OVERLAP,
            postprocess_type=postprocess,
            force_postprocess_type=True,
            verbose=0,
        )
        found.append(
            [
                Found(float(item.score.value), max(item.mask.segmentation, key=len))
                for item in result.object_prediction_list
                if item.mask is not None and item.mask.segmentation
            ]
        )
    return Way(found, time.monotonic() - began)


def _judge(
    way: Way, reference: list[list[Found]], mosaics: list[Mosaic], options: Any
) -> dict[str, Any]:
    side = _GRID * options.cell
    windows = lay_windows((side, side), side=options.cell, overlap=_OVERLAP)[1:]
    borders = {edge for x0, y0, x1, y1 in windows for edge in (x0, y0, x1, y1)} - {0, side}
    kept, cut, ious, twice, hits, label_count = [], [], [], 0, [], 0
    for found, expected, mosaic in zip(way.found, reference, mosaics, strict=True):
        masks = [_mask(item.polygon_px, side) for item in found]
        for item in expected:
            if item.confidence < _SHOWN:
                continue
            mask = _mask(item.polygon_px, side)
            overlaps = [_iou(mask, other) for other in masks]
            best = max(overlaps, default=0.0)
            kept.append(best >= 0.5)
            ious.append(best)
            points = np.array(item.polygon_px).reshape(-1, 2)
            crosses = [
                points[:, axis].min() < border < points[:, axis].max()
                for border in borders
                for axis in (0, 1)
            ]
            if any(crosses):
                cut.append(best >= 0.5)
            inside = [
                other
                for other, one in zip(masks, found, strict=True)
                if one.confidence >= _SHOWN
                and (common := (mask & other).sum()) >= 0.5 * other.sum()
                and common >= 0.2 * mask.sum()
            ]
            twice += len(inside) > 1
        label_count += len(mosaic.labels)
        hits += _hits(found, masks, [_mask(label, side) for label in mosaic.labels])
    return {
        "objects": sum(len(found) for found in way.found),
        "kept": float(np.mean(kept)),
        "cut": float(np.mean(cut)),
        "mean_iou": float(np.mean(ious)),
        "twice": twice,
        "ap50": _average_precision(hits, label_count),
        "seconds": way.seconds,
    }


def _hits(found: list[Found], masks: list[Mask], labels: list[Mask]) -> list[tuple[float, bool]]:
    """Confidence of each mask, and whether it is the first on a label (IoU at least 0.5)."""
    free = list(labels)
    hits = []
    for index in sorted(range(len(found)), key=lambda index: -found[index].confidence):
        overlaps = [_iou(masks[index], label) for label in free]
        best = int(np.argmax(overlaps)) if overlaps else 0
        is_hit = bool(overlaps) and overlaps[best] >= 0.5
        if is_hit:
            del free[best]
        hits.append((found[index].confidence, is_hit))
    return hits


def _average_precision(hits: list[tuple[float, bool]], label_count: int) -> float:
    right = np.cumsum([is_hit for _, is_hit in sorted(hits, key=lambda hit: -hit[0])])
    precision = right / np.arange(1, len(right) + 1)
    best = np.maximum.accumulate(precision[::-1])[::-1]
    recall = right / label_count
    return float((best * np.diff(recall, prepend=0)).sum())


def _mask(polygon_px: list[float], side: int) -> Mask:
    """Every other pixel is enough to compare."""
    mask = np.zeros((side // 2, side // 2), np.uint8)
    cv2.fillPoly(mask, [(np.array(polygon_px).reshape(-1, 2) / 2).astype(np.int32)], 1)
    return mask.astype(bool)


def _iou(one: Mask, two: Mask) -> float:
    common = np.count_nonzero(one & two)
    return float(common / (np.count_nonzero(one | two) or 1)) if common else 0.0


if __name__ == "__main__":
    main()
