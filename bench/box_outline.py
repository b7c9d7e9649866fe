"""Box to outline (GrabCut) on 40 objects whose masks people drew: quality, points, time.

    python bench/box_outline.py

Takes objects of 32 pixels a side or more from feral-cats and coco128-seg, half and half, in the
folder that SEGLOOP_REAL_DATA names (else ``../shared/data``); without it, from the sample pond.
Each gets the box of its mask, every edge moved at random by up to 3 % of the side. Corrective
strokes are simulated: one through the largest region that is wrong, from what was answered before.
"""

import argparse
import os
import random
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from common import REPOSITORY, print_table, quantile, write_result
from numpy.typing import NDArray
from PIL import Image

from annotator.labels.outlines import grabcut
from sample_pond import SamplePond

Mask = NDArray[np.bool_]

SIDE_PX = 32
JITTER = 0.03
SEED = 12


@dataclass
class Object:
    """One labelled object, its mask at the size of the image, and the box that a person draws."""

    file: Path
    size_wh: tuple[int, int]
    mask: Mask
    box: list[float]
    number: int


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--objects", type=int, default=40)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--each", action="store_true", help="print a row for each object")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="segloop-bench-") as name:
        source, objects = _choose(options.objects, options.seed, Path(name))
        print(f"{len(objects)} objects of {source}, seed {options.seed}")
        figures = [_measure(one) for one in objects]
    if options.each:
        print_table(figures)
    rows = _summarise(figures)
    print_table(rows)
    extra = _counts(figures)
    print("  ".join(f"{key} {value:.4g}" for key, value in extra.items()))
    load = os.getloadavg()[0]
    print(f"load of the machine: {load:.1f} on {os.cpu_count()} cores")
    described = {**extra, "source": source, "seed": options.seed, "load": load}
    print(write_result("box_outline", rows, each=figures, **described))


def _choose(count: int, seed: int, folder: Path) -> tuple[str, list[Object]]:
    root = Path(os.environ.get("SEGLOOP_REAL_DATA") or REPOSITORY.parent / "shared" / "data")
    names = [name for name in ("feral-cats", "coco128-seg") if (root / name / "images").is_dir()]
    if names:
        folders = [root / name for name in names]
    else:
        print(f"no images in {root}: SKIPPED, measuring the sample pond instead")
        _write_pond(folder)
        names, folders = ["the sample pond"], [folder]
    rng = random.Random(seed)
    objects: list[Object] = []
    for number, place in enumerate(folders):
        share = count // len(folders) + (number < count % len(folders))
        objects += _choose_in(place, share, rng)
    return " and ".join(names), objects


def _write_pond(folder: Path) -> None:
    """The sample pond as files."""
    with SamplePond(60) as pond:
        for place in filter(None, pond.folders()):
            (folder / place).mkdir(parents=True, exist_ok=True)
            for name in pond.names(place):
                content = pond.read(f"{place}/{name}", limit_bytes=1 << 30)
                (folder / place / name).write_bytes(content)


def _choose_in(folder: Path, count: int, rng: random.Random) -> list[Object]:
    """That many objects, one an image as long as there are images."""
    labels = sorted((folder / "labels").rglob("*.txt"))
    rng.shuffle(labels)
    objects: list[Object] = []
    for label in labels:
        if len(objects) == count:
            break
        place = folder / "images" / label.relative_to(folder / "labels")
        files = [place.with_suffix(end) for end in (".jpg", ".jpeg", ".png", ".webp")]
        file = next((each for each in files if each.is_file()), None)
        if file is None:
            continue
        with Image.open(file) as image:
            size_wh = image.size
        lines = label.read_text().splitlines()
        rng.shuffle(lines)
        for line in lines:
            if one := _object(file, size_wh, line, rng):
                one.number = len(objects)
                objects.append(one)
                break
    return objects


def _object(file: Path, size_wh: tuple[int, int], line: str, rng: random.Random) -> Object | None:
    points = np.array(line.split()[1:], dtype=float).reshape(-1, 2) * size_wh
    low, high = points.min(axis=0), points.max(axis=0)
    side = high - low
    if side.min() < SIDE_PX:
        return None
    noise = np.array([rng.uniform(-JITTER, JITTER) for _ in range(4)]).reshape(2, 2) * side
    corners = (np.stack([low, high]) + noise).clip(0, size_wh)
    mask = _mask([points.ravel().tolist()], size_wh)
    return Object(file, size_wh, mask, corners.ravel().tolist(), 0)


def _mask(rings: list[list[float]], size_wh: tuple[int, int]) -> Mask:
    """Pixels whose centre is inside, by the even-odd rule, but for OpenCV's own rounding."""
    drawn = np.zeros((size_wh[1], size_wh[0]), np.uint8)
    contours = [((np.reshape(ring, (-1, 2)) - 0.5) * 16).round().astype(np.int32) for ring in rings]
    cv2.fillPoly(drawn, contours, 1, shift=4)
    return drawn.astype(bool)


def _iou(a: Mask, b: Mask) -> float:
    return float((a & b).sum() / max(1, (a | b).sum()))


def _measure(one: Object) -> dict[str, Any]:
    (x1, y1, x2, y2), size_wh = one.box, one.size_wh
    turns = np.linspace(0, 2 * np.pi, 180, endpoint=False)
    x, y, half_w, half_h = (x1 + x2) / 2, (y1 + y2) / 2, (x2 - x1) / 2, (y2 - y1) / 2
    ellipse = np.stack([x + half_w * np.cos(turns), y + half_h * np.sin(turns)], axis=1)
    row: dict[str, Any] = {
        "file": f"{one.file.parent.name}/{one.file.name}",
        "box": _iou(_mask([[x1, y1, x2, y1, x2, y2, x1, y2]], size_wh), one.mask),
        "ellipse": _iou(_mask([ellipse.ravel().tolist()], size_wh), one.mask),
    }
    request: dict[str, Any] = {
        "source": {"size_wh": size_wh, "file": str(one.file)},
        "box": one.box,
        "inside": [],
        "outside": [],
        "order": [],
    }
    for name in ("outline", "1 stroke", "2 strokes"):
        start = time.perf_counter()
        answer = grabcut.answer_request(request)  # type: ignore[arg-type]
        milliseconds = 1000 * (time.perf_counter() - start)
        rings = [ring for polygon in answer["polygons"] for ring in polygon]
        mask = _mask(rings, size_wh)
        row[name] = _iou(mask, one.mask)
        row[f"{name} vertices"] = sum(map(len, rings)) // 2
        row[f"{name} ms"] = milliseconds
        side, line, radius = _stroke(mask, one.mask)
        request = {**request, "shown": answer["polygons"], "radius": radius}
        request |= {side: [*request[side], line], "order": [*request["order"], side]}
    return row


def _stroke(mask: Mask, truth: Mask) -> tuple[str, list[float], float]:
    """A stroke as a person would draw it: through the middle of the largest wrong region."""
    best: tuple[int, str, Mask] = (0, "inside", truth)
    for side, wrong in (("inside", truth & ~mask), ("outside", mask & ~truth)):
        count, parts, stats, _ = cv2.connectedComponentsWithStats(
            wrong.astype(np.uint8), connectivity=4
        )
        if count > 1:
            largest = 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax())
            if (area := int(stats[largest, cv2.CC_STAT_AREA])) > best[0]:
                best = (area, side, parts == largest)
    _, side, region = best
    depth = cv2.distanceTransform(np.pad(region, 1).astype(np.uint8), cv2.DIST_L2, 5)[1:-1, 1:-1]
    ys, xs = np.nonzero(depth >= 0.6 * depth.max())
    y, x = np.unravel_index(int(depth.argmax()), depth.shape)
    middle = np.array([x, y], dtype=float)
    away = np.stack([xs, ys], axis=1) - middle
    spread = away - away.mean(axis=0)
    axis = np.linalg.svd(spread, full_matrices=False)[2][0] if len(xs) > 2 else np.array([1, 0])
    room = 0.6 * float(depth.max())
    line = np.concatenate([_walk(depth, middle, -axis, room), _walk(depth, middle, axis, room)])
    radius = min(4.0, max(0.5, 0.5 * float(depth.max())))
    return side, (line + 0.5).tolist(), radius


def _walk(depth: NDArray[Any], start: NDArray[Any], step: NDArray[Any], room: float) -> Any:
    """As far from ``start`` as the region is deep enough for the pen."""
    place = start
    for _ in range(3 * int(depth.max()) + 1):
        column, row = (place + step).round().astype(int)
        is_inside = 0 <= row < depth.shape[0] and 0 <= column < depth.shape[1]
        if not is_inside or depth[row, column] < room:
            break
        place = place + step
    return place


def _summarise(figures: list[dict[str, Any]]) -> list[dict[str, Any]]:
    rows = []
    for name in ("box", "ellipse", "outline", "1 stroke", "2 strokes"):
        values = [one[name] for one in figures]
        rows.append(
            {
                "contender": name,
                "median": statistics.median(values),
                "mean": statistics.fmean(values),
                "worst": min(values),
                "p50_ms": quantile([one.get(f"{name} ms", 0.0) for one in figures], 0.5),
                "max_ms": max(one.get(f"{name} ms", 0.0) for one in figures),
                "vertices": statistics.median(one.get(f"{name} vertices", 4) for one in figures),
                "most_vertices": max(one.get(f"{name} vertices", 4) for one in figures),
            }
        )
    return rows


def _counts(figures: list[dict[str, Any]]) -> dict[str, float]:
    """How far the worst cases lie: against the ellipse, and after a stroke."""
    return {
        "worst_against_ellipse": min(one["outline"] - one["ellipse"] for one in figures),
        "below_ellipse_by_0.02": sum(one["outline"] < one["ellipse"] - 0.02 for one in figures),
        "worst_of_stroke_1": min(one["1 stroke"] - one["outline"] for one in figures),
        "worst_of_stroke_2": min(one["2 strokes"] - one["1 stroke"] for one in figures),
    }


if __name__ == "__main__":
    main()
