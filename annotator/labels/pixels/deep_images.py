"""Images of more than 8 bits a value: their values, and the window through which they are seen.

A window is two values: all up to the first is black, all from the second on is white, linear in
between (DICOM PS3.3 C.11.2.1.2 names its middle *level* and its width *window*). Browsers and
OpenCV take the upper 8 of 16 bits instead, which makes a 12-bit image black. So the stored file
is a rendering in 8 bits through the dataset's window: pages, thumbnails and training see the
same. The file that came is kept, byte for byte, to be rendered again through another window.
"""

import io
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeGuard

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile, TiffImagePlugin

MOST = 65_535
"""The highest value of 16 bits."""

LOW_PERCENTILE, HIGH_PERCENTILE = 0.5, 99.5
SAMPLED_VALUES = 4_000_000
"""Of larger images, percentiles are taken of evenly spaced values."""

_TIFF_BITS = 258
_GREY_MODES = {"I;16", "I;16L", "I;16B", "I;16N"}
_RAW_SWAP = {"B": "L", "L": "B", "N": "B"}
Values = NDArray[np.uint16]
"""Shape (height, width) or (height, width, 3)."""


class Window(NamedTuple):
    """``low`` and everything below it is black, ``high`` and everything above it white."""

    low: int
    high: int


@dataclass(frozen=True, slots=True)
class ValueRange:
    """What an image's values are: the extremes, and the percentiles between which most lie."""

    lowest: int
    highest: int
    low: int
    high: int

    @property
    def window(self) -> Window:
        return Window(self.low, max(self.high, self.low + 1))


class DeepImageError(ValueError):
    """The values cannot be read; the message says why."""


def is_deep(image: Image.Image, data: bytes) -> bool:
    """Whether an opened PNG or TIFF has more than 8 bits a value."""
    if image.mode in _GREY_MODES or image.mode in {"I", "F"}:
        return True
    if image.format == "PNG":
        return len(data) > 24 and data[24] == 16  # bit depth, in the header chunk
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        bits = image.tag_v2.get(_TIFF_BITS, (8,))
        return image.mode in {"RGB", "RGBA", "RGBX", "RGBa", "LA"} and max(_as_tuple(bits)) > 8
    return False


def _as_tuple(value: Any) -> tuple[int, ...]:
    return tuple(value) if isinstance(value, tuple) else (int(value),)


def read_values(data: bytes, format_code: str) -> tuple[Values, NDArray[np.uint16] | None]:
    """The colour values in 16 bits, and the opacity where there is one (0 to 65535).

    Floating-point values in 0..1 are spread over 16 bits; values that fit stay as they are
    (floating-point ones rounded, if they reach beyond 255), negative 16-bit ones are shifted by
    32768; anything else is spread from its own lowest to its own highest value. Raises
    DeepImageError.
    """
    with Image.open(io.BytesIO(data), formats=[format_code]) as image:
        transparent = image.info.get("transparency")
        if image.mode in {"I", "F"}:
            return _to_16_bits(np.asarray(image)), None
        if image.mode in _GREY_MODES:
            values: Values = np.ascontiguousarray(np.asarray(image), dtype=np.uint16)
        elif _has_grey_with_alpha(image):
            values = _read_grey_with_alpha(image)
        else:
            values = _read_both_bytes(image, data, format_code)
    if values.ndim == 2 or values.shape[2] == 3:
        return values, _opacity_of(values, transparent)
    if values.shape[2] == 2:
        return np.ascontiguousarray(values[:, :, 0]), values[:, :, 1]
    has_alpha = image.mode != "RGBX"
    return np.ascontiguousarray(values[:, :, :3]), values[:, :, 3] if has_alpha else None


def _opacity_of(values: Values, transparent: Any) -> NDArray[np.uint16] | None:
    """The opacity that a PNG's one transparent value makes (its tRNS chunk)."""
    if not isinstance(transparent, int | tuple):
        return None
    hit = values == np.asarray(transparent, dtype=np.uint16)
    hidden = hit.all(axis=2) if values.ndim == 3 else hit
    return np.where(hidden, 0, MOST).astype(np.uint16)


def _to_16_bits(values: NDArray[Any]) -> Values:
    if not np.isfinite(values).all():
        values = np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0)
    lowest, highest = float(values.min()), float(values.max())
    is_float = np.issubdtype(values.dtype, np.floating)
    if is_float and lowest >= 0 and highest <= 1:
        scaled = values.astype(np.float64) * MOST
    elif lowest >= 0 and highest <= MOST and (highest > 255 or not is_float):
        scaled = values
    elif not is_float and lowest >= -32_768 and highest <= 32_767:
        scaled = values + 32_768
    else:
        spread = (highest - lowest) or 1.0
        scaled = (values.astype(np.float64) - lowest) * (MOST / spread)
    return np.rint(scaled).astype(np.uint16)


def _read_both_bytes(image: Image.Image, data: bytes, format_code: str) -> Values:
    """Values of several channels: Pillow decodes one byte of each, so decode twice."""
    upper = _decode_byte(data, format_code, other=False)
    lower = _decode_byte(data, format_code, other=True)
    if upper.shape != lower.shape:
        raise DeepImageError("The 16-bit channels cannot be read; save the image as a 16-bit PNG.")
    return upper.astype(np.uint16) * np.uint16(256) + lower


def _decode_byte(data: bytes, format_code: str, *, other: bool) -> NDArray[np.uint8]:
    """One byte of each value: the upper, or by the other byte order the lower one."""
    with Image.open(io.BytesIO(data), formats=[format_code]) as image:
        tiles = list(image.tile)
        if other:
            tiles = [tile._replace(args=_swap_bytes(tile.args)) for tile in tiles]
        image.tile = tiles
        return np.asarray(image)


def _swap_bytes(arguments: Any) -> Any:
    """A decoder's arguments for the other byte order: RGB;16B reads one byte, RGB;16L the other."""
    raw = arguments[0] if isinstance(arguments, tuple) else arguments
    order = raw[-1] if isinstance(raw, str) and ";16" in raw else ""
    if order not in _RAW_SWAP:
        raise DeepImageError("The 16-bit channels cannot be read; save the image as a 16-bit PNG.")
    swapped = raw[:-1] + _RAW_SWAP[order]
    return (swapped, *arguments[1:]) if isinstance(arguments, tuple) else swapped


def _has_grey_with_alpha(image: Image.Image) -> TypeGuard[ImageFile.ImageFile]:
    if not isinstance(image, ImageFile.ImageFile) or not image.tile:
        return False
    return image.tile[0].args == "LA;16B"


def _read_grey_with_alpha(image: ImageFile.ImageFile) -> Values:
    """A PNG's grey and opacity of 16 bits each: four bytes a pixel, as RGBA has."""
    image.tile = [tile._replace(args="RGBA") for tile in image.tile]
    image._mode = "RGBA"
    pixels = np.asarray(image).astype(np.uint16)
    return pixels[:, :, 0::2] * np.uint16(256) + pixels[:, :, 1::2]


def measure_values(values: Values) -> ValueRange:
    """The extremes and the percentiles of an image's values."""
    flat = values.reshape(-1)
    counts = np.bincount(flat[:: max(1, flat.size // SAMPLED_VALUES)], minlength=MOST + 1)
    up_to = np.cumsum(counts) * (100 / counts.sum())
    low, high = (int(np.searchsorted(up_to, share)) for share in (LOW_PERCENTILE, HIGH_PERCENTILE))
    return ValueRange(int(flat.min()), int(flat.max()), low, high)


def pool_windows(ranges: list[ValueRange]) -> Window:
    """One window for several images: from the middle of their low to the middle of their high ends.

    The median leaves out the odd dark or overexposed image.
    """
    low, high = (int(np.median([getattr(one, name) for one in ranges])) for name in ("low", "high"))
    return Window(low, max(high, low + 1))


def render_values(values: Values, window: Window) -> NDArray[np.uint8]:
    """The image in 8 bits as it is seen through a window; same shape."""
    return _table_of(window)[values]


def _table_of(window: Window) -> NDArray[np.uint8]:
    """What each of the 65,536 values becomes."""
    values = np.arange(MOST + 1, dtype=np.float64)
    share = (values - window.low) / max(window.high - window.low, 1)
    return np.rint(np.clip(share, 0, 1) * 255).astype(np.uint8)


def cuts_off(ranges: ValueRange, window: Window) -> bool:
    """Whether most of an image's values reach beyond a window by more than a tenth of its width."""
    margin = (window.high - window.low) / 10
    return ranges.high > window.high + margin or ranges.low < window.low - margin
