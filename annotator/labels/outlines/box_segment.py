"""Which pixels of a box are the object: colour models, an energy, and what minimises it.

The energy is that of Rother, Kolmogorov, Blake: "GrabCut: interactive foreground extraction using
iterated graph cuts" (SIGGRAPH 2004), https://doi.org/10.1145/1015706.1015720, simplified: colour
histograms in Lab stand in for Gaussian mixtures, the data term also says how likely a place within
a box belongs to the object, and mean-field iterations (Krähenbühl and Koltun 2011,
https://arxiv.org/abs/1210.5644, here on the eight neighbours) stand in for the graph cut, because
OpenCV's takes no term for the place.
"""

from dataclasses import dataclass
from functools import reduce
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]
Field = NDArray[np.float64]

SLIVER_SHARE = 0.06
"""An object that fills less of its box is taken for a mistake."""
WHOLE_SHARE = 0.985
MOST_REMOVED = 0.7
"""One stroke takes away at most this share of the outline that the person saw."""
MOST_ADDED = 2.0

_STEPS = ((0, 1), (1, 0), (1, 1), (1, -1))
_BINS = 32
_SMOOTHNESS = 1.6
_COLOR_WEIGHT = 0.8
_MOST_ODDS = 4.0
_ROUNDS = 5
_FIELD_STEPS = 12
_STROKE_ODDS, _STROKE_FALL = 0.8, 2.0
_CENTRE_ODDS, _RIM_ODDS, _RIM_POWER = 1.5, -0.2, 2.5
_NEVER = -30.0
_PINHOLE_SHARE = 0.02
_FEWEST_PIXELS = 12
_CLEAR_ODDS = 1.5
_MUTE_ODDS = 0.1


@dataclass(frozen=True)
class Model:
    """An energy over the masks of one crop: per-pixel log odds for the object, and links."""

    odds: Field
    color_odds: Field
    links: list[Field]
    """Weights to the neighbours right, below, below right, below left."""

    def energy(self, mask: Mask) -> float:
        """Data term and smoothness term of a mask; lower is better."""
        data = -float(self.odds[mask].sum())
        cut = 0.0
        for step, weights in zip(_STEPS, self.links, strict=True):
            here, there = _pair(mask, step)
            cut += float(weights[here != there].sum())
        return data + _SMOOTHNESS * cut


def segment_box(pixels: NDArray[np.uint8], box: Field) -> tuple[Mask, Model]:
    """The object in ``box`` (two corners) of RGB ``pixels``, and the energy it was found by."""
    place = _place_odds(pixels.shape[:2], box)
    mean, model = _minimise(pixels, place, _ROUNDS)
    return tidy(mean > 0), model


def inside_box(shape: tuple[int, ...], box: Field) -> Mask:
    """Pixels whose centre lies in the box."""
    xs, ys = _centres(shape)
    (x1, y1), (x2, y2) = box
    inside: Mask = (xs >= x1) & (xs <= x2) & (ys >= y1) & (ys <= y2)
    return inside


def inside_ellipse(shape: tuple[int, ...], box: Field) -> Mask:
    """Pixels whose centre lies in the ellipse that the box holds."""
    ellipse: Mask = _rim_distance(shape, box, 2.0) <= 1
    return ellipse


def is_implausible(mask: Mask, box: Field, model: Model) -> bool:
    """Whether this is nothing, a sliver, outside the box, or all of it for no reason."""
    inside, ellipse = inside_box(mask.shape, box), inside_ellipse(mask.shape, box)
    if mask.sum() < max(1, SLIVER_SHARE * inside.sum()) or not (mask & ellipse).any():
        return True
    if (mask & ~inside).any():
        return True
    if np.abs(model.color_odds[inside]).mean() < _MUTE_ODDS:
        return True  # the colours say nothing
    corners = inside & ~ellipse
    covers = mask.sum() >= WHOLE_SHARE * inside.sum()
    return bool(covers and corners.any() and model.color_odds[corners].mean() < _CLEAR_ODDS)


def correct(pixels: NDArray[np.uint8], shown: Mask, keep: Mask, remove: Mask, reach: float) -> Mask:
    """The mask that was shown, changed by what strokes say, near and like them; else as it was.

    ``keep`` only adds pixels and ``remove`` only takes away: far from the strokes nothing changes.
    ``reach`` is the length in pixels at which a stroke has little to say.
    """
    mask = shown.copy()
    if (wrong := keep & ~mask).any():
        limit = int(MOST_ADDED * max(int(mask.sum()), int(wrong.sum())))
        mask |= _spread(pixels, wrong, ~mask & ~remove, reach, limit)
    mask |= keep
    if (wrong := remove & mask).any():
        limit = int(MOST_REMOVED * int(mask.sum()))
        mask &= ~_spread(pixels, wrong, mask & ~keep, reach, limit)
    result: Mask = mask & ~remove
    return result


def _spread(pixels: NDArray[np.uint8], stroke: Mask, free: Mask, reach: float, limit: int) -> Mask:
    """What belongs with ``stroke`` among the ``free`` pixels, at most ``limit`` pixels of it."""
    away = _geodesic(pixels, stroke, free | stroke, reach)
    for shrink in (1.0, 2.0, 4.0):
        place = np.where(stroke, -_NEVER, _STROKE_ODDS - _STROKE_FALL * shrink * away)
        place[~(free | stroke)] = _NEVER
        mean, _ = _minimise(pixels, place, 3, ignore=~(free | stroke))
        spread = _touching(mean > 0, stroke) & (free | stroke)
        if spread.sum() <= limit:
            return spread
    return stroke & (free | stroke)


def tidy(mask: Mask, *, pinhole_share: float = _PINHOLE_SHARE) -> Mask:
    """The largest connected part, without pinholes."""
    count, parts, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=4)
    if count < 2:
        return mask
    return fill_pinholes(parts == 1 + int(stats[1:, cv2.CC_STAT_AREA].argmax()), pinhole_share)


def fill_pinholes(mask: Mask, share: float = _PINHOLE_SHARE) -> Mask:
    """The mask with every small hole filled that does not reach the border of the crop."""
    outside = (~mask).astype(np.uint8)
    count, parts, stats, _ = cv2.connectedComponentsWithStats(outside, connectivity=8)
    edges = {*parts[0], *parts[-1], *parts[:, 0], *parts[:, -1]}
    most = max(_FEWEST_PIXELS, share * int(mask.sum()))
    small = [n for n in range(1, count) if stats[n, cv2.CC_STAT_AREA] < most and n not in edges]
    filled: Mask = mask | np.isin(parts, small)
    return filled


def without_specks(mask: Mask, keep: Mask) -> Mask:
    """The mask without parts of a few pixels that no stroke asked for."""
    count, parts, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=4)
    if count < 3:
        return mask
    areas = stats[:, cv2.CC_STAT_AREA]
    fewest = min(int(areas[1:].max()), max(_FEWEST_PIXELS, int(0.01 * mask.sum())))
    kept = [n for n in range(1, count) if areas[n] >= fewest]
    result: Mask = np.isin(parts, [*kept, *np.unique(parts[keep & mask])]) & mask
    return result


def _touching(mask: Mask, stroke: Mask) -> Mask:
    """The connected parts of the mask that the stroke touches."""
    _, parts = cv2.connectedComponents(mask.astype(np.uint8), connectivity=4)
    touching: Mask = np.isin(parts, np.unique(parts[stroke & mask])) & mask
    return touching


def _minimise(
    pixels: NDArray[np.uint8], place: Field, rounds: int, *, ignore: Mask | None = None
) -> tuple[Field, Model]:
    """Mean-field values (-1 to 1) and the model, from log odds of the places alone.

    Colours of pixels to ``ignore`` count for neither side.
    """
    lab = cv2.cvtColor(pixels, cv2.COLOR_RGB2LAB).astype(np.float32)
    links, bins = _links(cv2.GaussianBlur(lab, (0, 0), 0.8)), _bins(lab)
    counted = np.ones(place.shape) if ignore is None else (~ignore).astype(float)
    mean: Field = np.tanh(place / 2)
    model = Model(place, np.zeros_like(place), links)
    for _ in range(rounds):
        weights = (mean + 1) / 2
        object_log = np.log(_histogram(bins, weights * counted) + 1e-5)
        other_log = np.log(_histogram(bins, (1 - weights) * counted) + 1e-5)
        color = (object_log - other_log)[bins].clip(-_MOST_ODDS, _MOST_ODDS) * _COLOR_WEIGHT
        model = Model(place + color, color, links)
        mean = _relax(model)
    return mean, model


def _relax(model: Model) -> Field:
    mean: Field = np.tanh(model.odds / 2)
    for _ in range(_FIELD_STEPS):
        pull = np.zeros_like(mean)
        for step, weights in zip(_STEPS, model.links, strict=True):
            here, there = _pair(mean, step)
            pull_here, pull_there = _pair(pull, step)
            pull_here += weights * there
            pull_there += weights * here
        mean = 0.3 * mean + 0.7 * np.tanh((model.odds + _SMOOTHNESS * pull) / 2)
    return mean


def _pair(field: NDArray[Any], step: tuple[int, int]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Views of all pixels with a neighbour at ``step`` (down, right), and of those neighbours."""
    (height, width), (down, right) = field.shape, step
    here = field[: height - down, max(0, -right) : width - max(0, right)]
    there = field[down:, max(0, right) : width + min(0, right)]
    return here, there


def _links(lab: NDArray[np.float32]) -> list[Field]:
    """Links between neighbours, weak where the colour changes (Boykov and Jolly 2001)."""
    squares = []
    for step in _STEPS:
        pairs = [_pair(lab[:, :, channel], step) for channel in range(3)]
        squares.append(sum(((a - b).astype(np.float64) ** 2 for a, b in pairs), np.float64(0)))
    count = sum(np.size(each) for each in squares)
    beta = 1 / (2 * sum(float(np.sum(each)) for each in squares) / max(1, count) + 1e-6)
    return [
        np.exp(-beta * np.asarray(square)) / np.hypot(*step)
        for step, square in zip(_STEPS, squares, strict=True)
    ]


def _bins(lab: NDArray[np.float32]) -> NDArray[np.intp]:
    """The bin of every pixel's colour, over the range of colours that the crop has."""
    low = lab.min(axis=(0, 1))
    scaled = (lab - low) / np.maximum(lab.max(axis=(0, 1)) - low, 40)
    l_bin, a_bin, b_bin = np.moveaxis((scaled * (_BINS - 1)).round().astype(np.intp), 2, 0)
    bins: NDArray[np.intp] = (l_bin * _BINS + a_bin) * _BINS + b_bin
    return bins


def _histogram(bins: NDArray[np.intp], weights: Field) -> Field:
    """Share of the weight in every bin, smoothed by a Gaussian of one bin."""
    counts = np.bincount(bins.ravel(), weights=weights.ravel(), minlength=_BINS**3)
    kernel = cv2.getGaussianKernel(5, 1.0).ravel()
    cube = counts.reshape(_BINS, _BINS, _BINS)
    for axis in range(3):
        padded = np.pad(cube, [(2, 2) if n == axis else (0, 0) for n in range(3)])
        shifted = [
            each * np.take(padded, range(n, n + _BINS), axis=axis) for n, each in enumerate(kernel)
        ]
        cube = reduce(np.add, shifted)
    smooth: Field = cube.ravel() / max(float(cube.sum()), 1e-9)
    return smooth


def _geodesic(pixels: NDArray[np.uint8], start: Mask, free: Mask, reach: float) -> Field:
    """Distance from ``start`` through ``free`` pixels, 1 at ``reach`` px or at a strong edge."""
    lab = cv2.cvtColor(pixels, cv2.COLOR_RGB2LAB).astype(np.float32)
    lab = cv2.GaussianBlur(lab, (0, 0), 1.0)
    costs = []
    for step in _STEPS:
        pairs = [_pair(lab[:, :, channel], step) for channel in range(3)]
        apart = np.sqrt(sum(((a - b).astype(np.float64) ** 2 for a, b in pairs), np.float64(0)))
        costs.append(np.hypot(*step) / reach + apart / _EDGE_COLORS)
    distance: Field = np.where(start, 0.0, 1e3)
    for _ in range(2 * max(start.shape)):
        before = distance.copy()
        for step, cost in zip(_STEPS, costs, strict=True):
            here, there = _pair(distance, step)
            np.minimum(here, there + cost, out=here)
            np.minimum(there, here + cost, out=there)
        distance[~free] = 1e3
        if np.array_equal(before, distance):
            break
    return distance


_EDGE_COLORS = 60.0
"""Steps in Lab along a way that weigh as much as the whole reach of a stroke."""


def _place_odds(shape: tuple[int, ...], box: Field) -> Field:
    rim = _rim_distance(shape, box, _RIM_POWER)
    odds = _CENTRE_ODDS - (_CENTRE_ODDS - _RIM_ODDS) * rim
    return np.where(inside_box(shape, box), odds, _NEVER)


def _rim_distance(shape: tuple[int, ...], box: Field, power: float) -> Field:
    """0 in the middle of the box, 1 on the superellipse of that power that the box holds."""
    xs, ys = _centres(shape)
    (x, y), (half_x, half_y) = box.mean(axis=0), np.maximum((box[1] - box[0]) / 2, 1e-6)
    rim: Field = (np.abs((xs - x) / half_x) ** power + np.abs((ys - y) / half_y) ** power) ** (
        1 / power
    )
    return rim


def _centres(shape: tuple[int, ...]) -> tuple[Field, Field]:
    xs, ys = np.meshgrid(np.arange(shape[1]) + 0.5, np.arange(shape[0]) + 0.5)
    return xs, ys
