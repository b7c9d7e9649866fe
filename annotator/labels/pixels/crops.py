"""A part of a picture at the size that is wanted, without decoding more than needed."""

import math
from pathlib import Path
from typing import NotRequired, TypedDict

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .pyramid import TILE_EXTENSION, TILE_SIZE_PX, pyramid_levels

Image.MAX_IMAGE_PIXELS = None  # what is stored has been checked when it was taken in

Frame = tuple[int, int, int, int]
"""Left, top, right, bottom in image pixels."""


class PictureSource(TypedDict):
    """Where the pixels are: the stored file, or the folder of its tiles for a big picture."""

    size_wh: tuple[int, int]
    file: NotRequired[str]
    tiles: NotRequired[str]


def read_crop(source: PictureSource, frame: Frame, size_wh: tuple[int, int]) -> NDArray[np.uint8]:
    """Return what is in ``frame``, resized, as RGB of shape (height, width, 3)."""
    wanted = size_wh[0] / (frame[2] - frame[0])
    if tiles := source.get("tiles"):
        picture, scale_xy, origin = _read_tiles(Path(tiles), source["size_wh"], frame, wanted)
    else:
        picture, scale_xy, origin = _read_file(Path(source["file"]), frame, wanted)
    left, top, right, bottom = (
        min(max(edge * scale_xy[n % 2] - origin[n % 2], 0.0), picture.size[n % 2])
        for n, edge in enumerate(frame)
    )
    box = (left, top, right, bottom)
    return np.asarray(picture.resize(size_wh, Image.Resampling.BICUBIC, box=box))


def _read_file(
    path: Path, frame: Frame, wanted: float
) -> tuple[Image.Image, tuple[float, float], tuple[int, int]]:
    """The frame as RGB, its scale against the image, and where its corner is at that scale."""
    with Image.open(path) as image:
        full = image.size
        image.draft("RGB", (math.ceil(full[0] * wanted), math.ceil(full[1] * wanted)))
        scale_xy = (image.width / full[0], image.height / full[1])
        box = _covering(frame, scale_xy, image.size)
        part = image.crop(box)
    if part.mode == "I;16":
        part = part.point(lambda value: value / 256).convert("L")
    return part.convert("RGB"), scale_xy, box[:2]


def _read_tiles(
    folder: Path, size_wh: tuple[int, int], frame: Frame, wanted: float
) -> tuple[Image.Image, tuple[float, float], tuple[int, int]]:
    """The same from the smallest level that has enough pixels."""
    levels = pyramid_levels(size_wh)
    level = next((one for one in levels if one.width >= size_wh[0] * wanted), levels[-1])
    scale_xy = (level.width / size_wh[0], level.height / size_wh[1])
    left, top, right, bottom = _covering(frame, scale_xy, (level.width, level.height))
    part = Image.new("RGB", (right - left, bottom - top))
    for column in range(left // TILE_SIZE_PX, (right - 1) // TILE_SIZE_PX + 1):
        for row in range(top // TILE_SIZE_PX, (bottom - 1) // TILE_SIZE_PX + 1):
            path = folder / str(level.level) / f"{column}_{row}.{TILE_EXTENSION}"
            with Image.open(path) as tile:
                place = (column * TILE_SIZE_PX - left, row * TILE_SIZE_PX - top)
                part.paste(tile.convert("RGB"), place)
    return part, scale_xy, (left, top)


def _covering(frame: Frame, scale_xy: tuple[float, float], size_wh: tuple[int, int]) -> Frame:
    """The whole pixels that hold the frame at another scale, at least one a side."""
    left = min(int(frame[0] * scale_xy[0]), size_wh[0] - 1)
    top = min(int(frame[1] * scale_xy[1]), size_wh[1] - 1)
    right = min(max(math.ceil(frame[2] * scale_xy[0]), left + 1), size_wh[0])
    bottom = min(max(math.ceil(frame[3] * scale_xy[1]), top + 1), size_wh[1])
    return left, top, right, bottom
