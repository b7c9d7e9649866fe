"""P9: what the server computes for one position of the confidence slider.

    .venv/bin/python bench/confidence_slider.py [--objects 50000 1000000]

A made-up evaluation with as many labels and predictions as asked for; for each position the
confusion matrix and the worst images of a page are computed. Target: ≤ 16 ms at 50,000 objects,
≤ 100 ms at a million. The first position at an IoU also matches; it is listed apart.
"""

import argparse
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from common import print_table, write_result

from training.evaluation.files import reading
from training.evaluation.files.store import EvaluationWriter, NativePicture, Picture

LABELS_PER_IMAGE = 20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--objects", type=int, nargs="+", default=[50_000, 1_000_000])
    options = parser.parse_args()
    rows = [_measure(count) for count in options.objects]
    print_table(rows)
    print(write_result("confidence_slider", rows, target="P9"))


def _measure(objects: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_evaluation(folder, objects)
        began = time.perf_counter()
        reading.read_confusion(folder)
        reading.list_images(folder, limit=20)
        first = time.perf_counter() - began
        positions = np.linspace(0.06, 0.95, 25).tolist()
        return {
            "objects": objects,
            "first_ms": first * 1e3,
            "confusion_ms": _median_ms(
                lambda at: reading.read_confusion(folder, confidence=at), positions
            ),
            "images_ms": _median_ms(
                lambda at: reading.list_images(folder, confidence=at, limit=20), positions
            ),
        }


def write_evaluation(
    folder: Path, objects: int, *, labels_per_image: int = LABELS_PER_IMAGE
) -> int:
    """A made-up evaluation; returns the number of its images."""
    rng = np.random.default_rng(0)
    writer = EvaluationWriter(folder)
    image_count = objects // labels_per_image // 2
    for number in range(image_count):
        writer.add(_picture(number, rng, count=labels_per_image))
    writer.finish(class_names=[f"class {index}" for index in range(10)], split="val")
    return image_count


def _median_ms(call: Any, positions: list[float]) -> float:
    times = []
    for position in positions:
        began = time.perf_counter()
        call(position)
        times.append((time.perf_counter() - began) * 1e3)
    return statistics.median(times)


def _picture(number: int, rng: np.random.Generator, *, count: int) -> Picture:
    """As many predictions as labels, three quarters of them near their label."""
    iou = np.where(rng.random((count, count)) < 0.05, rng.uniform(0.1, 0.4, (count, count)), 0)
    np.fill_diagonal(iou, np.where(rng.random(count) < 0.75, rng.uniform(0.5, 1, count), 0))
    label_class = rng.integers(0, 10, count)
    confidence = np.sort(rng.random(count))[::-1].astype(np.float32)
    square = {"polygon": [0.0, 0.0, 9.0, 0.0, 9.0, 9.0], "box": [0.0, 0.0, 9.0, 9.0]}
    return Picture(
        record={
            "file_name": f"{number:07}.jpg",
            "width": 640,
            "height": 480,
            "labels": [{"class_index": int(index), **square} for index in label_class],  # type: ignore[typeddict-item]
            "predictions": [
                {"class_index": int(index), "confidence": float(value), **square}  # type: ignore[typeddict-item]
                for index, value in zip(label_class, confidence, strict=True)
                if value >= 0.05
            ],
        },
        label_class=label_class,
        prediction_class=label_class,
        confidence=confidence,
        box_iou=iou.astype(np.float32),
        mask_iou=iou.astype(np.float32),
        native=NativePicture(
            label_row=np.arange(count),
            label_area=rng.uniform(100, 20_000, count).astype(np.float32),
            prediction_area=rng.uniform(100, 20_000, count).astype(np.float32),
            iou=iou.astype(np.float32),
            boundary_iou=iou.astype(np.float32),
        ),
    )


if __name__ == "__main__":
    main()
