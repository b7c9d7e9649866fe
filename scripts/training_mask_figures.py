"""What Ultralytics makes of a few polygons, for frontend/src/canvas/geometry/training-mask.test.ts:

python scripts/training_mask_figures.py > frontend/src/canvas/geometry/training-mask.figures.json
"""

import json
import math
import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from ultralytics.data.utils import polygons2masks_overlap
from ultralytics.utils.ops import resample_segments

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from annotator.labels.formats.yolo.rows import format_row
from annotator.labels.polygons.geometry import Polygons

WIDTH, HEIGHT = 1000, 750
SIZES = ((640, 4), (640, 1), (320, 4))


def star(x: float, y: float, radius: float, count: int) -> Polygons:
    """A jagged outline, the same every time."""
    random = np.random.default_rng(count)
    angles = np.linspace(0, 2 * np.pi, count, endpoint=False)
    radii = radius * (0.35 + 0.65 * random.random(count))
    points = np.stack((x + radii * np.cos(angles), y + radii * np.sin(angles)), axis=1)
    inside = np.clip(points, 0, (WIDTH, HEIGHT))
    return [[[round(float(value), 1) for value in inside.ravel()]]]


OBJECTS: dict[str, list[Polygons]] = {
    "a square": [[[[100, 100, 300, 100, 300, 300, 100, 300]]]],
    "a triangle in the corner": [[[[1000, 750, 700, 750, 1000, 400]]]],
    "a square with a hole": [
        [
            [
                [100, 100, 400, 100, 400, 400, 100, 400],
                [200, 200, 200, 300, 300, 300, 300, 200],
            ]
        ]
    ],
    "two parts": [
        [[[50, 50, 150, 60, 140, 160]], [[400, 300, 520, 310, 480, 420, 420, 400]]],
    ],
    "three parts, one with a hole": [
        [
            [[100, 100, 260, 110, 240, 260, 90, 240], [140, 150, 150, 210, 200, 200]],
            [[400, 120, 470, 130, 430, 200]],
            [[300, 500, 420, 520, 380, 640, 280, 600]],
        ]
    ],
    "a hair": [[[[500, 100, 501, 100, 501, 600, 500, 600]]]],
    "a speck": [[[[500, 500, 500.8, 500, 500.8, 500.6]]]],
    "a bow tie": [[[[100, 100, 300, 300, 300, 100, 100, 300]]]],
    "stars over each other": [
        star(400, 300, 180, 17),
        star(480, 360, 120, 9),
        star(450, 300, 60, 30),
        star(900, 120, 160, 12),
    ],
    "more points than are resampled": [star(500, 375, 300, 1001)],
}


def segments_of(objects: list[Polygons], imgsz: int) -> list[NDArray[np.float32]]:
    """Label rows as YOLODataset reads, resamples and letterboxes them for training."""
    rows = [format_row(0, polygons, size_wh=(WIDTH, HEIGHT)).split()[1:] for polygons in objects]
    segments = [np.array(row, dtype=np.float32).reshape(-1, 2) for row in rows]
    longest = max(len(segment) for segment in segments)
    resampled = resample_segments(segments, n=longest + 1 if longest > 1000 else 1000)
    ratio = imgsz / max(WIDTH, HEIGHT)
    width, height = (min(math.ceil(side * ratio), imgsz) for side in (WIDTH, HEIGHT))
    left, top = (round((imgsz - side) / 2 - 0.1) for side in (width, height))
    scale = np.array((width, height), dtype=np.float32)
    return [segment * scale + np.array((left, top), dtype=np.float32) for segment in resampled]


def digest_of(labels: NDArray[np.int64]) -> int:
    """FNV-1a, one step a pixel."""
    value = 0x811C9DC5
    for label in labels.ravel().tolist():
        value = ((value ^ label) * 0x01000193) & 0xFFFFFFFF
    return value


def figures_of(name: str, imgsz: int, mask_ratio: int) -> dict[str, Any]:
    objects = OBJECTS[name]
    masks, order = polygons2masks_overlap(
        (imgsz, imgsz), segments_of(objects, imgsz), downsample_ratio=mask_ratio
    )
    labels = np.zeros(masks.shape, dtype=np.int64)
    for place, index in enumerate(order):
        labels[masks == place + 1] = index + 1
    return {
        "name": name,
        "imgsz": imgsz,
        "mask_ratio": mask_ratio,
        "pixels": [int((labels == index + 1).sum()) for index in range(len(objects))],
        "digest": digest_of(labels),
    }


def main() -> None:
    cases = [figures_of(name, *size) for name in OBJECTS for size in SIZES]
    image = {"width": WIDTH, "height": HEIGHT}
    json.dump({"image": image, "objects": OBJECTS, "cases": cases}, sys.stdout)


if __name__ == "__main__":
    main()
