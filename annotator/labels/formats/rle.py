"""Masks as runs of equal pixels: COCO's (column by column) and Label Studio's (bits).

Decoded here and not by pycocotools, which trusts the counts of a file: a hostile file could make
it write beyond the mask. What is decoded here is bounded by the size of the image. Tests compare
both.
"""

import base64
import binascii
import io
import zlib

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from annotator.labels.polygons.contours import ContourError, polygons_of_mask
from annotator.labels.polygons.geometry import Polygons

from .shapes import ShapeError

Mask = NDArray[np.bool_]

_MOST_PIXELS = 1 << 30
_WRONG = "its run lengths do not make a mask of the size they name."
_MOST_PNG_BYTES = 64 * 1024**2


def outline_mask(mask: Mask, *, origin_xy: tuple[float, float] = (0.0, 0.0)) -> Polygons:
    """The outlines of a mask along its pixels' edges. Raises ShapeError."""
    if not mask.any():
        raise ShapeError("its mask is empty.")
    try:
        polygons = polygons_of_mask(mask)
    except ContourError as error:
        raise ShapeError(str(error)) from error
    x, y = origin_xy
    if not x and not y:
        return polygons
    return [
        [[each + (y if index % 2 else x) for index, each in enumerate(ring)] for ring in polygon]
        for polygon in polygons
    ]


# --- COCO -----------------------------------------------------------------------------------


def decode_coco(counts: object, size_hw: object) -> Mask:
    """A mask from COCO's ``counts`` (a list, or text) and ``size``. Raises ShapeError."""
    if (
        not isinstance(size_hw, list)
        or len(size_hw) != 2
        or not all(type(each) is int and 0 < each < 1 << 20 for each in size_hw)
        or size_hw[0] * size_hw[1] > _MOST_PIXELS
    ):
        raise ShapeError("the size of its mask is not height and width.")
    height, width = size_hw
    runs = _counts_of_text(counts, most=height * width) if isinstance(counts, str) else counts
    if not isinstance(runs, list) or not all(type(run) is int and run >= 0 for run in runs):
        raise ShapeError(_WRONG)
    if sum(runs) != height * width:
        raise ShapeError(_WRONG)
    values = np.arange(len(runs)) % 2 == 1
    mask: Mask = np.repeat(values, runs).reshape(width, height).T
    return mask


def _counts_of_text(text: str, *, most: int) -> list[int]:
    """COCO's compressed counts: numbers in pieces of five bits, from the fourth on differences."""
    runs: list[int] = []
    number = shift = 0
    for char in text:
        bits = ord(char) - 48
        if not 0 <= bits < 64 or shift > 35:
            raise ShapeError(_WRONG)
        number |= (bits & 31) << shift
        shift += 5
        if bits & 32:
            continue
        if bits & 16:
            number -= 1 << shift
        if len(runs) > 2:
            number += runs[-2]
        if not 0 <= number <= most:
            raise ShapeError(_WRONG)
        runs.append(number)
        number = shift = 0
    if shift:
        raise ShapeError(_WRONG)
    return runs


def encode_coco(mask: Mask) -> dict[str, object]:
    """COCO's compressed form of a mask."""
    from pycocotools import mask as coco_mask

    packed = coco_mask.encode(np.asfortranarray(mask.astype(np.uint8)))
    return {"size": [int(each) for each in packed["size"]], "counts": packed["counts"].decode()}


# --- Label Studio ---------------------------------------------------------------------------


class _Bits:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def read(self, count: int) -> int:
        begin, end = self._at >> 3, (self._at + count + 7) >> 3
        if end > len(self._data):
            raise ShapeError(_WRONG)
        number = int.from_bytes(self._data[begin:end])
        self._at += count
        return (number >> ((8 - self._at % 8) % 8)) & ((1 << count) - 1)


def decode_label_studio(rle: object, *, size_wh: tuple[int, int]) -> Mask:
    """A mask from a brush's ``rle``: RGBA, packed as thi.ng/rle-pack does; its alpha is the mask.

    32 bits: how many values; 5: bits of a value, less one; four times 4: bits of a run's length,
    less one. Then, for each run: 1 bit whether one value is repeated, 2 bits which of the four, the
    length less one, the value or the values. Raises ShapeError.
    """
    if not isinstance(rle, list) or not all(type(each) is int and 0 <= each < 256 for each in rle):
        raise ShapeError("its mask is not a list of bytes.")
    width, height = size_wh
    count = 4 * width * height
    bits = _Bits(bytes(rle))
    if bits.read(32) != count or count > 4 * _MOST_PIXELS:
        raise ShapeError(_WRONG)
    value_bits = bits.read(5) + 1
    if value_bits != 8:
        raise ShapeError("its mask has values that are no bytes.")
    length_bits = [bits.read(4) + 1 for _ in range(4)]
    values = np.zeros(count, dtype=np.uint8)
    at = 0
    while at < count:
        is_run = bits.read(1)
        length = bits.read(length_bits[bits.read(2)]) + 1
        if at + length > count:
            raise ShapeError(_WRONG)
        if is_run:
            values[at : at + length] = bits.read(value_bits)
        else:
            packed = bits.read(value_bits * length).to_bytes(length)
            values[at : at + length] = np.frombuffer(packed, dtype=np.uint8)
        at += length
    mask: Mask = values[3::4].reshape(height, width) > 127
    return mask


def encode_label_studio(mask: Mask) -> list[int]:
    """A brush's ``rle`` for a mask; see :func:`decode_label_studio`."""
    flat = mask.reshape(-1)
    ends = np.flatnonzero(np.append(flat[1:] != flat[:-1], True)) + 1
    lengths = np.diff(ends, prepend=0) * 4
    length_bits = (3, 7, 11, 16)
    pieces = [_binary(4 * flat.size, 32), _binary(7, 5), *(_binary(n - 1, 4) for n in length_bits)]
    for end, length in zip(ends.tolist(), lengths.tolist(), strict=True):
        value = _binary(255 if flat[end - 1] else 0, 8)
        rest = length
        while rest:
            part = min(rest, 1 << length_bits[-1])
            place = next(i for i, bits in enumerate(length_bits) if part <= 1 << bits)
            pieces += ("1", _binary(place, 2), _binary(part - 1, length_bits[place]), value)
            rest -= part
    text = "".join(pieces)
    text += "0" * (-len(text) % 8)
    return list(int(text, 2).to_bytes(len(text) // 8))


def _binary(number: int, count: int) -> str:
    return f"{number:0{count}b}"


# --- PNG ------------------------------------------------------------------------------------


def decode_png(text: object, *, is_packed: bool, most_pixels: int) -> Mask:
    """A mask from a PNG in base64; ``is_packed``: zlib around the PNG. Raises ShapeError."""
    if not isinstance(text, str):
        raise ShapeError("its mask is not text.")
    try:
        data = base64.b64decode(text, validate=True)
        if is_packed and not data.startswith(b"\x89PNG"):
            data = _unpacked(data)
        with Image.open(io.BytesIO(data), formats=["PNG"]) as image:
            if image.width * image.height > most_pixels:
                raise ShapeError("its mask is larger than the image.")
            return _mask_of_image(image)
    except (ValueError, OSError, zlib.error, binascii.Error, SyntaxError) as error:
        if isinstance(error, ShapeError):
            raise
        raise ShapeError("its mask cannot be read as a PNG.") from error


def _unpacked(data: bytes) -> bytes:
    packer = zlib.decompressobj()
    found = packer.decompress(data, _MOST_PNG_BYTES)
    if packer.unconsumed_tail:
        raise ShapeError("its mask is larger than the image.")
    return found


def _mask_of_image(image: Image.Image) -> Mask:
    """The alpha where there is one that says anything, else what is not black."""
    if image.mode in {"RGBA", "LA"}:
        alpha = np.asarray(image.getchannel("A"))
        if not alpha.all():
            is_opaque: Mask = alpha > 127
            return is_opaque
    grey = np.asarray(image if image.mode == "P" else image.convert("L"))
    is_set: Mask = grey > 0
    return is_set


def encode_png(mask: Mask, *, is_packed: bool) -> str:
    """A mask as PNG in base64; ``is_packed``: zlib around the PNG."""
    buffer = io.BytesIO()
    Image.fromarray(mask.astype(np.uint8) * 255, mode="L").save(buffer, "PNG")
    data = zlib.compress(buffer.getvalue()) if is_packed else buffer.getvalue()
    return base64.b64encode(data).decode()
