"""Ignore regions of a version's images: what of each prediction lies in them."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from annotator.labels.polygons.bridges import flatten_polygons
from annotator.labels.polygons.geometry import Polygons

from .native_masks import Crop, paint_label
from .polygons import pixel_window

Shares = npt.NDArray[np.float64]


class Regions(NamedTuple):
    """``mask`` (h, w): the pixels of the stored image that lie in any of them. ``rings``: their
    outlines, flat."""

    mask: npt.NDArray[np.bool_]
    rings: list[list[float]]


def read_regions(image_file: str, *, size_wh: tuple[int, int]) -> Regions | None:
    """The regions of ``…/images/<split>/<name>``; None where it has none."""
    folder, found, below = image_file.rpartition("/images/")
    path = Path(folder, "ignore", below).with_suffix(".json")
    if not found or not path.is_file():
        return None
    polygons: list[Polygons] = json.loads(path.read_text(encoding="utf-8"))["regions"]
    mask = np.zeros((size_wh[1], size_wh[0]), dtype=bool)
    for region in polygons:
        ring = np.array(flatten_polygons(region), dtype=np.float64).reshape(-1, 2)
        crop = paint_label(ring, size_wh=size_wh)
        height, width = crop.mask.shape
        mask[crop.y : crop.y + height, crop.x : crop.x + width] |= crop.mask.astype(bool)
    rings = [
        [round(value, 2) for value in ring]
        for region in polygons
        for part in region
        for ring in part
    ]
    return Regions(mask, rings)


def shares_of_boxes(boxes_xyxy: npt.NDArray[np.float64], regions: Regions) -> Shares:
    """How much of each box (m, 4) lies in the regions."""
    height, width = regions.mask.shape
    shares = np.zeros(len(boxes_xyxy))
    for place, box in enumerate(boxes_xyxy):
        x0, y0, x1, y1 = pixel_window(box, size_wh=(width, height))
        if x0 < x1 and y0 < y1:
            shares[place] = regions.mask[y0:y1, x0:x1].mean()
    return shares


def shares_of_masks(
    predictions: Mapping[int, Crop], regions: Regions, *, of_boxes: Shares
) -> Shares:
    """The same of masks (m,); of one that was not painted, of its box."""
    shares = of_boxes.copy()
    for place, crop in predictions.items():
        height, width = crop.mask.shape
        total = np.count_nonzero(crop.mask)
        inside = regions.mask[crop.y : crop.y + height, crop.x : crop.x + width]
        shares[place] = np.count_nonzero(crop.mask.astype(bool) & inside) / total if total else 0.0
    return shares
