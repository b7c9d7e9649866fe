"""Small objects in large images: the image is looked at tile by tile, and once as a whole.

Neighbouring tiles overlap. Two finds of one class, from two windows, are one object where their
masks agree in what both windows show: so an object that a border cuts is recognised by the part
that both sides see of it, and two objects that touch stay two, however much their boxes overlap.
A find that no border cuts is kept as it is; of an object that every tile cuts, the pieces are
painted into one mask. Objects larger than a tile come from the look at the whole image.

Nothing here holds a mask of the whole image: pairs are compared, and pieces painted, inside the
boxes of the objects, on a grid that is coarser for large ones.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from annotator.labels.polygons.bridges import split_ring
from training.engine.protocol import EngineError, PredictedInstance
from training.engine.requests import Tile

from .polygons import trace_pixels

_SMALLEST_TILE = 32
_OVERLAP = (0.1, 0.5)

_SAME_IOU = 0.5
_SAME_IOU_COARSE = 0.3
"""Masks agree from this IoU on. In the look at the whole image small objects are coarse."""
_CONTAINED = 0.8
"""A piece belongs to a mask that holds this share of it."""

_COMPARED_SIDE = 256
_PAINTED_SIDE = 4096
"""Longest side, in cells, of the grid that masks are compared on and pieces are painted on."""

Window = tuple[int, int, int, int]
Boxes = npt.NDArray[np.float64]
Mask = npt.NDArray[np.uint8]


class Find(NamedTuple):
    """One instance in pixels of the image, seen through a window (x0, y0, x1, y1)."""

    instance: PredictedInstance
    window: int
    is_cut: bool
    is_larger: bool

    @property
    def rank(self) -> int:
        """Which finds are kept first: 0 the largest, then uncut, of the whole image, cut."""
        if self.is_larger:
            return 0
        if self.window == 0:
            return 2
        return 3 if self.is_cut else 1


def check_tile(tile: Tile) -> None:
    """Refuse with ``bad_request`` what is no tile."""
    size, overlap = tile.get("size"), tile.get("overlap")
    is_size = size == "auto" or (
        isinstance(size, int) and not isinstance(size, bool) and size >= _SMALLEST_TILE
    )
    is_overlap = isinstance(overlap, int | float) and _OVERLAP[0] <= overlap <= _OVERLAP[1]
    if set(tile) != {"size", "overlap"} or not is_size or not is_overlap:
        raise EngineError(
            "bad_request",
            f"A tile has a size in pixels, at least {_SMALLEST_TILE}, or auto, and an overlap "
            f"between {_OVERLAP[0]} and {_OVERLAP[1]}.",
            "Change tile and predict again.",
        )


def lay_windows(size_wh: tuple[int, int], *, side: int, overlap: float) -> list[Window]:
    """The whole image, then its tiles, all of one size; the whole image alone where it is not
    larger than a tile."""
    width, height = size_wh
    whole = (0, 0, width, height)
    if width <= side and height <= side:
        return [whole]
    tile_w, tile_h = min(side, width), min(side, height)
    return [
        whole,
        *(
            (x, y, x + tile_w, y + tile_h)
            for y in _starts(height, side=tile_h, overlap=overlap)
            for x in _starts(width, side=tile_w, overlap=overlap)
        ),
    ]


def merge_finds(
    found: Sequence[Sequence[PredictedInstance]], windows: Sequence[Window]
) -> list[PredictedInstance]:
    """Each object once and whole, the most confident first.

    ``found``: what each window shows, in pixels of the image; ``windows``: see ``lay_windows``.
    """
    if len(windows) == 1:
        return list(found[0])
    finds = [
        _find(instance, index, windows) for index, seen in enumerate(found) for instance in seen
    ]
    merged = [_unite(group) for group in _groups(finds, windows)]
    return sorted(merged, key=lambda instance: -instance["confidence"])


def shifted(instance: PredictedInstance, x: int, y: int) -> PredictedInstance:
    """An instance of a tile that begins at (x, y), in pixels of the image."""
    return {
        **instance,
        "polygon_px": _moved(instance["polygon_px"], x, y),
        "box_xyxy": _moved(instance["box_xyxy"], x, y),
    }


def _moved(values: list[float], x: int, y: int) -> list[float]:
    points = np.array(values).reshape(-1, 2) + np.array([x, y])
    moved: list[float] = points.round(2).reshape(-1).tolist()
    return moved


def _starts(whole: int, *, side: int, overlap: float) -> list[int]:
    """Where tiles begin along one axis, evenly, each overlapping the next by at least that."""
    step = max(1, int(side * (1 - overlap)))
    count = 1 + -(-(whole - side) // step)
    return [round(index * (whole - side) / max(1, count - 1)) for index in range(count)]


def _find(instance: PredictedInstance, index: int, windows: Sequence[Window]) -> Find:
    if index == 0:
        x0, y0, x1, y1 = instance["box_xyxy"]
        tile = windows[1]
        is_larger = x1 - x0 > tile[2] - tile[0] or y1 - y0 > tile[3] - tile[1]
        return Find(instance, index, is_cut=False, is_larger=is_larger)
    whole, window, box = windows[0], windows[index], instance["box_xyxy"]
    margin = max(3.0, max(window[2] - window[0], window[3] - window[1]) / 100)
    is_cut = any(
        window[side] != whole[side] and abs(box[side] - window[side]) <= margin for side in range(4)
    )
    return Find(instance, index, is_cut=is_cut, is_larger=False)


def _groups(finds: list[Find], windows: Sequence[Window]) -> list[list[Find]]:
    """Finds of one object each, the one to keep first."""
    nearby = _Nearby(finds, windows)
    order = sorted(
        range(len(finds)), key=lambda i: (finds[i].rank, -finds[i].instance["confidence"])
    )
    groups = []
    for seed in order:
        if not nearby.is_free[seed]:
            continue
        nearby.is_free[seed] = False
        group = [seed]
        for member in group:  # grows while it is walked, where pieces lead to further pieces
            for other in nearby.candidates(member):
                if _is_same(finds[member], finds[other], windows):
                    nearby.is_free[other] = False
                    group.append(other)
            if not finds[seed].is_cut:
                break
        groups.append([finds[index] for index in group])
    return groups


class _Nearby:
    """Which finds can be the same object as another: same class, windows and boxes that meet."""

    def __init__(self, finds: list[Find], windows: Sequence[Window]) -> None:
        self.is_free = np.ones(len(finds), dtype=bool)
        self._finds = finds
        self._boxes = np.array([find.instance["box_xyxy"] for find in finds]).reshape(-1, 4)
        self._classes = np.array([find.instance["class_index"] for find in finds], dtype=np.int64)
        by_window: dict[int, list[int]] = defaultdict(list)
        for index, find in enumerate(finds):
            by_window[find.window].append(index)
        self._by_window = {key: np.array(rows) for key, rows in by_window.items()}
        self._windows = np.array(windows, dtype=np.float64)

    def candidates(self, index: int) -> list[int]:
        window = self._finds[index].window
        meet = _meets(self._windows[window], self._windows)
        meet[window] = False
        others = [other for other in np.flatnonzero(meet).tolist() if other in self._by_window]
        rows = [self._by_window[other] for other in others]
        if not rows:
            return []
        near = np.concatenate(rows)
        near = near[self.is_free[near] & (self._classes[near] == self._classes[index])]
        chosen: list[int] = near[_meets(self._boxes[index], self._boxes[near])].tolist()
        return chosen


def _meets(box: Boxes, boxes: Boxes) -> npt.NDArray[np.bool_]:
    met: npt.NDArray[np.bool_] = (
        (boxes[:, 0] < box[2])
        & (boxes[:, 2] > box[0])
        & (boxes[:, 1] < box[3])
        & (boxes[:, 3] > box[1])
    )
    return met


def _is_same(kept: Find, other: Find, windows: Sequence[Window]) -> bool:
    """Whether two finds agree in what both of their windows show."""
    one, two = windows[kept.window], windows[other.window]
    zone = (
        *(max(one[side], two[side]) for side in (0, 1)),
        *(min(one[side], two[side]) for side in (2, 3)),
    )
    kept_area, other_area, common = _areas(kept.instance, other.instance, zone)
    if not common:
        return False
    is_coarse = kept.window == 0 or other.window == 0
    least = _SAME_IOU_COARSE if is_coarse else _SAME_IOU
    if common >= least * (kept_area + other_area - common):
        return True
    if kept.is_larger:  # no tile shows it whole: what is found inside is a piece of it
        is_weaker = other.instance["confidence"] <= kept.instance["confidence"]
        return (other.is_cut or is_weaker) and common >= _CONTAINED * other_area
    if kept.is_cut and common >= _CONTAINED * kept_area:
        return True
    return (other.is_cut or other.window == 0) and common >= _CONTAINED * other_area


def _areas(
    one: PredictedInstance, two: PredictedInstance, zone: tuple[int, ...]
) -> tuple[int, int, int]:
    """Cells of each mask and of both, inside a zone."""
    boxes = np.array([one["box_xyxy"], two["box_xyxy"]])
    begin = np.maximum(np.floor(boxes[:, :2].min(axis=0)), zone[:2]).astype(np.int64)
    end = np.minimum(np.ceil(boxes[:, 2:].max(axis=0)), zone[2:]).astype(np.int64)
    if (end <= begin).any():
        return 0, 0, 0
    step = -(-int((end - begin).max()) // _COMPARED_SIDE)
    shape = tuple((-(-(end - begin) // step)).tolist()[::-1])
    masks = [np.zeros(shape, dtype=np.uint8) for _ in range(2)]
    for mask, instance in zip(masks, (one, two), strict=True):
        _paint(mask, [[instance["polygon_px"]]], begin=begin, step=step)
    return (
        int(np.count_nonzero(masks[0])),
        int(np.count_nonzero(masks[1])),
        int(np.count_nonzero(masks[0] & masks[1])),
    )


def _unite(group: list[Find]) -> PredictedInstance:
    """The first find of a group as it is, or the pieces of an object that each tile cuts."""
    first = group[0]
    confidence = max(find.instance["confidence"] for find in group)
    kept: PredictedInstance = {**first.instance, "confidence": confidence}
    pieces = [find.instance for find in group if find.is_cut]
    if first.is_larger or not (first.is_cut or first.window == 0) or not pieces:
        return kept
    united = _painted_together(pieces, kept)
    if first.is_cut:
        return united
    whole, pieces_area, common = _areas(kept, united, (0, 0, 1 << 30, 1 << 30))
    return united if common >= _SAME_IOU * (whole + pieces_area - common) else kept


def _painted_together(
    pieces: list[PredictedInstance], kept: PredictedInstance
) -> PredictedInstance:
    if len(pieces) == 1:
        return {**pieces[0], "confidence": kept["confidence"]}
    boxes = np.array([piece["box_xyxy"] for piece in pieces])
    box = np.concatenate([boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)])
    begin = np.floor(box[:2]).astype(np.int64)
    size = np.ceil(box[2:]).astype(np.int64) - begin + 1
    step = -(-int(size.max()) // _PAINTED_SIDE)
    mask = np.zeros(tuple((-(-size // step)).tolist()[::-1]), dtype=np.uint8)
    for piece in pieces:
        _paint(mask, split_ring(piece["polygon_px"]), begin=begin, step=step)
    return {
        "class_index": kept["class_index"],
        "confidence": kept["confidence"],
        "polygon_px": trace_pixels(mask, offset=begin, step=step) or kept["polygon_px"],
        "box_xyxy": box.round(2).tolist(),
    }


def _paint(
    mask: Mask,
    polygons: Sequence[Sequence[Sequence[float]]],
    *,
    begin: npt.NDArray[np.int64],
    step: int,
) -> None:
    """Rings go through the centres of the border's pixels (``trace_mask``): painted with borders,
    by the even-odd rule, they give the mask back."""
    for rings in polygons:
        points = [
            np.floor((np.array(ring).reshape(-1, 2) - begin) / step).astype(np.int32)
            for ring in rings
        ]
        cv2.fillPoly(mask, points, 1)
