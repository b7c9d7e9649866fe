"""What Ultralytics makes of frozen labels at one image size: dropped, clipped, merged, or noise.

Each image and label goes through Ultralytics' own functions: ``verify_image_label`` reads them as
a training does, ``resample_segments`` and ``polygon2mask`` draw the masks that the loss sees. An
image is scaled so that its longer side has ``imgsz`` pixels, as before any augmentation.
"""

import math
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from ultralytics.data.utils import polygon2mask, verify_image_label
from ultralytics.utils.ops import resample_segments

from annotator.labels.polygons.bridges import split_ring
from training.engine.emitter import Emitter
from training.engine.protocol import Loss, LossKind
from training.engine.requests import LabelLossesRequest
from training.engine.stopping import Stopping
from training.engine.training.watch import started_event

TINY_BOX_PX = 2.0
COARSE_IOU = 0.5
RESAMPLED_POINTS = 1000
_COARSE_CELLS = 100
_COVERED_SHARE = 0.5
_REPORT_EVERY = 25
_STEP = 32

Mask = NDArray[np.uint8]


class _Row(NamedTuple):
    """A label row: ``place`` counts rows, ``points`` are normalised."""

    place: int
    class_index: float
    points: NDArray[np.float32]


def label_losses(request: LabelLossesRequest, emit: Emitter, stopping: Stopping) -> None:
    """Answer ``losses`` for each image that loses something, then ``finished``."""
    emit(started_event("cpu", "processor"))
    stopping.enter_batches()
    folder = Path(request["folder"])
    folders = [folder / "images" / split for split in ("train", "val", "test")]
    pictures = sorted(path for each in folders for path in each.rglob("*") if path.is_file())
    instances = 0
    with tempfile.TemporaryDirectory() as scratch:
        for done, picture in enumerate(pictures):
            stopping.check(None)
            path = picture.relative_to(folder).as_posix()
            label = folder / "labels" / Path(path).relative_to("images").with_suffix(".txt")
            found, count = _look_at(picture, label, request, Path(scratch))
            instances += count
            if found:
                emit({"type": "losses", "path": path, "losses": found})
            if done % _REPORT_EVERY == 0:
                emit({"type": "progress", "done": done, "total": len(pictures)})
    emit({"type": "finished", "images": len(pictures), "instances": instances})


def _look_at(
    picture: Path, label: Path, request: LabelLossesRequest, scratch: Path
) -> tuple[list[Loss], int]:
    rows = _read_rows(label)
    single = request["single_cls"]
    losses: list[Loss] = []
    checked = picture
    if _is_cut_short(picture):
        # Ultralytics would write the repaired JPEG into the version's own file: give it a copy.
        checked = scratch / f"copy{picture.suffix}"
        shutil.copyfile(picture, checked)
        losses.append(_loss("restored"))
    verified = verify_image_label(
        (str(checked), str(label), "", False, request["class_count"], 0, 0, single)
    )
    shape, corrupt, message = verified[2], verified[8], verified[9]
    if corrupt:
        reason = str(message).partition("ignoring corrupt image/label: ")[2] or str(message)
        return [_loss("refused", detail=reason[:300])], len(rows)
    kept, repeated = _without_repeats(rows)
    losses += [_loss("duplicate", row=row.place) for row in repeated]
    height, width = shape
    scale = request["imgsz"] / max(width, height)
    longest = request["imgsz"]
    size_wh = (
        min(longest, math.ceil(width * scale)),
        min(longest, math.ceil(height * scale)),
    )
    losses += _of_rows(kept, size_wh, request)
    return losses, len(rows)


def _loss(kind: LossKind, *, row: int = -1, value: float = 0.0, detail: str = "") -> Loss:
    return {"kind": kind, "row": row, "value": round(value, 3), "detail": detail}


def _is_cut_short(picture: Path) -> bool:
    if picture.suffix.lower() not in (".jpg", ".jpeg"):
        return False
    with picture.open("rb") as handle:
        handle.seek(0, 2)
        handle.seek(max(0, handle.tell() - 2))
        return handle.read() != b"\xff\xd9"


def _read_rows(label: Path) -> list[_Row]:
    if not label.is_file():
        return []
    rows = [line.split() for line in label.read_text("utf-8-sig").splitlines() if line.strip()]
    return [
        _Row(place, float(row[0]), np.array(row[1:], dtype=np.float32).reshape(-1, 2))
        for place, row in enumerate(rows)
        if len(row) > 6 and len(row) % 2
    ]


def _without_repeats(rows: list[_Row]) -> tuple[list[_Row], list[_Row]]:
    """As ``verify_image_label`` tells rows apart: by class and points."""
    seen: set[bytes] = set()
    kept: list[_Row] = []
    repeated: list[_Row] = []
    for row in rows:
        key = np.float32(row.class_index).tobytes() + row.points.tobytes()
        (repeated if key in seen else kept).append(row)
        seen.add(key)
    return kept, repeated


def _of_rows(
    rows: list[_Row], size_wh: tuple[int, int], request: LabelLossesRequest
) -> Iterator[Loss]:
    ratio = request["mask_ratio"]
    width, height = (math.ceil(side / ratio) * ratio for side in size_wh)
    small = (height // ratio, width // ratio)
    masks: list[NDArray[np.uint8]] = []  # packed: eight cells a byte
    areas: list[int] = []
    for row in rows:
        points = row.points * np.array(size_wh, dtype=np.float32)
        yield from _of_outline(row, points, request)
        drawn = resample_segments([points.copy()], n=RESAMPLED_POINTS)[0]
        mask: Mask = polygon2mask((height, width), [drawn.reshape(-1)], 1, ratio)
        masks.append(np.packbits(mask))
        areas.append(int(mask.sum()))
        if not areas[-1]:
            yield _loss("vanishes", row=row.place, value=_size_for(points, request))
        elif areas[-1] <= _COARSE_CELLS:
            full: Mask = polygon2mask((height, width), [drawn.reshape(-1)], 1, 1)
            iou = _iou(full, np.kron(mask, np.ones((ratio, ratio), dtype=np.uint8)))
            if iou < COARSE_IOU:
                yield _loss("coarse", row=row.place, value=iou)
    if request["overlap_mask"] and len(rows) > 1:
        yield from _of_overlaps(rows, masks, areas, cells=small[0] * small[1])


def _of_outline(
    row: _Row, points: NDArray[np.float32], request: LabelLossesRequest
) -> Iterator[Loss]:
    if row.points.min() < 0 or row.points.max() > 1:
        yield _loss("clipped", row=row.place)
    sides = points.max(axis=0) - points.min(axis=0)
    if sides.min() < TINY_BOX_PX:
        yield _loss("tiny_box", row=row.place, value=float(sides.min()))
    if len(points) > RESAMPLED_POINTS:
        yield _loss("resampled", row=row.place, value=len(points))
    polygons = split_ring([float(value) for value in points.reshape(-1)])
    if len(polygons) > 1:
        yield _loss("joined_parts", row=row.place, value=len(polygons))
    ratio = request["mask_ratio"]
    for polygon in polygons:
        for hole in polygon[1:]:
            ring = np.array(hole).reshape(-1, 2)
            if (ring.max(axis=0) - ring.min(axis=0)).min() < ratio:
                yield _loss("hole_lost", row=row.place)
                break


def _size_for(points: NDArray[np.float32], request: LabelLossesRequest) -> float:
    """The image size at which the shorter side of the object has two cells of the mask."""
    sides = points.max(axis=0) - points.min(axis=0)
    wanted = 2 * request["mask_ratio"] / max(float(sides.min()), 1e-3) * request["imgsz"]
    return float(math.ceil(wanted / _STEP) * _STEP)


def _iou(one: Mask, other: Mask) -> float:
    either = int(np.count_nonzero(one | other))
    return int(np.count_nonzero(one & other)) / either if either else 1.0


def _of_overlaps(
    rows: list[_Row], masks: list[NDArray[np.uint8]], areas: list[int], *, cells: int
) -> Iterator[Loss]:
    """As ``polygons2masks_overlap``: sorted by area, the smaller over the larger."""
    order = np.argsort(-np.asarray(areas))
    owner = np.zeros(cells, dtype=np.int32)
    for place, index in enumerate(order, 1):
        owner[np.unpackbits(masks[index], count=cells).astype(bool)] = place
    visible = np.bincount(owner, minlength=len(rows) + 1)
    for place, index in enumerate(order, 1):
        if not areas[index]:
            continue
        share = visible[place] / areas[index]
        if share == 0:
            yield _loss("hidden", row=rows[index].place)
        elif share < _COVERED_SHARE:
            yield _loss("covered", row=rows[index].place, value=float(share))
