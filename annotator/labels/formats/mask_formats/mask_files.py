"""Masks as PNG files: their values, their colours, and their outlines."""

import io
import warnings
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from annotator.labels.polygons.contours import ContourError, Labels, polygons_of_labels
from annotator.labels.polygons.geometry import Polygons

from ..trees import FileReadError, Tree

MAX_MASK_BYTES = 256 * 1024**2
VOID = 255
VOID_COLOUR = 0xE0E0C0
"""Of VOC: the border between objects, which belongs to none."""

_FEW_BITS = {2: 85, 4: 17}
"""Pillow spreads grey values of few bits over 0 to 255."""

_LARGE_MODES = {"I", "I;16", "I;16B", "I;16L"}


class MaskError(FileReadError):
    """The file is no mask that is read; the message says why."""


class MaskImage(NamedTuple):
    """``values``: an index or a grey value a pixel; or, ``is_coloured``, a colour 0xRRGGBB.

    ``palette``: the colours of the indexes, where the file has some.
    """

    values: Labels
    is_coloured: bool
    palette: tuple[int, ...] | None
    bits: int

    @property
    def size_wh(self) -> tuple[int, int]:
        return self.values.shape[1], self.values.shape[0]

    def colour_of(self, value: int) -> int | None:
        """The colour of a value of this mask; None where it has a grey value alone."""
        if self.is_coloured:
            return value
        if self.palette is not None and value < len(self.palette):
            return self.palette[value]
        return None

    def is_void(self, value: int) -> bool:
        return value == (VOID_COLOUR if self.is_coloured else VOID) and self.bits == 8


def load_mask(tree: Tree, path: str, *, max_megapixels: float) -> MaskImage:
    """Raises MaskError, FileReadError."""
    data = tree.read(path, limit_bytes=MAX_MASK_BYTES)
    return read_mask(data, max_megapixels=max_megapixels)


def read_mask(data: bytes, *, max_megapixels: float) -> MaskImage:
    """The values of a PNG. Raises MaskError."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with Image.open(io.BytesIO(data), formats=("PNG",)) as picture:
                _check_size(picture, max_megapixels)
                return _values(picture, depth=data[24] if len(data) > 25 else 8)
        except MaskError:
            raise
        except Exception as error:  # on damaged files Pillow raises almost anything
            raise MaskError("The mask is damaged, cut short or no PNG.") from error


def _check_size(picture: Image.Image, max_megapixels: float) -> None:
    width, height = picture.size
    if width * height > max_megapixels * 1e6:
        raise MaskError(f"The mask has more than {max_megapixels:g} megapixels.")


def _values(picture: Image.Image, *, depth: int) -> MaskImage:
    mode = picture.mode
    if mode == "1":
        return MaskImage(np.asarray(picture).astype(np.uint8), False, None, 8)
    if mode in {"L", "P"}:
        values = np.array(picture, dtype=np.uint8)
        if mode == "L" and depth in _FEW_BITS:
            values //= _FEW_BITS[depth]
        return MaskImage(values, False, _palette(picture) if mode == "P" else None, 8)
    if mode in _LARGE_MODES:
        return MaskImage(np.asarray(picture).astype(np.uint32), False, None, 16)
    if mode in {"LA", "PA"}:
        picture = picture.convert("RGBA")
    elif mode not in {"RGB", "RGBA"}:
        raise MaskError(f"A PNG of the kind {mode} is not read as a mask.")
    return _of_colours(np.asarray(picture))


def _of_colours(pixels: NDArray[np.uint8]) -> MaskImage:
    """Grey in three channels is grey; what is transparent is nobody's."""
    red, green, blue = (pixels[..., channel] for channel in range(3))
    is_grey = bool((red == green).all() and (green == blue).all())
    values: Labels = red.copy()
    if not is_grey:
        values = (red.astype(np.uint32) << 8 | green).astype(np.uint32)
        values = (values << 8 | blue).astype(np.uint32)
    if pixels.shape[2] == 4:
        values[pixels[..., 3] == 0] = 0
    return MaskImage(values, not is_grey, None, 8)


def _palette(picture: Image.Image) -> tuple[int, ...] | None:
    flat = picture.getpalette("RGB")
    if not flat:
        return None
    return tuple((r << 16) | (g << 8) | b for r, g, b in zip(*[iter(flat)] * 3, strict=False))


def outlines_of(mask: MaskImage) -> dict[int, Polygons]:
    """The outlines of each value above 0. Raises MaskError."""
    try:
        return dict(polygons_of_labels(mask.values))
    except ContourError as error:
        raise MaskError(str(error)) from error


def values_in(mask: MaskImage) -> set[int]:
    """The values that some pixel has."""
    values = mask.values
    if values.dtype == np.uint8 or int(values.max(initial=0)) < 1 << 16:
        return set(np.flatnonzero(np.bincount(values.reshape(-1))).tolist())
    return set(np.unique(values).tolist())


def colour_map(count: int = 256) -> list[int]:
    """The colours of VOC, by index (Everingham et al., 2010)."""
    colours = []
    for index in range(count):
        red = green = blue = 0
        rest = index
        for bit in range(7, -1, -1):
            red |= (rest & 1) << bit
            green |= (rest >> 1 & 1) << bit
            blue |= (rest >> 2 & 1) << bit
            rest >>= 3
        colours.append(red << 16 | green << 8 | blue)
    return colours


VOC_COLOURS = colour_map()
VOC_INDEX_OF: Mapping[int, int] = {colour: index for index, colour in enumerate(VOC_COLOURS)}


def mask_png(values: NDArray[Any]) -> bytes:
    """Indexes as a PNG with VOC's palette; above 254 of 16 bits."""
    if int(values.max(initial=0)) < VOID:
        picture = Image.fromarray(values.astype(np.uint8))
        picture.putpalette([channel for colour in VOC_COLOURS for channel in _channels(colour)])
    else:
        picture = Image.fromarray(values.astype(np.uint16))
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", compress_level=6)
    return buffer.getvalue()


def _channels(colour: int) -> tuple[int, int, int]:
    return colour >> 16, colour >> 8 & 255, colour & 255
