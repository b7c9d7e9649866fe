"""From the bytes of an image to pixels, as ``measuring.predict.read_picture`` reads a file."""

import io
import tempfile
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from training.engine.measuring.image_stream import Pixels, read_picture

_PLAIN = frozenset({"JPEG", "PNG", "WEBP", "BMP", "MPO"})
_SUFFIXES = {"TIFF": ".tif", "AVIF": ".avif", "HEIF": ".heic", "JPEG2000": ".jp2"}
_MEMORY = Path("/dev/shm")  # noqa: S108 - a file there is memory
_MILLION = 1_000_000


class UnreadableError(Exception):
    """The bytes are no image that can be taken; the message is a sentence for a person."""


def decode_image(content: bytes, *, max_megapixels: float) -> Pixels:
    """Return the pixels (BGR, EXIF orientation applied). Raises UnreadableError.

    Size and format are read from the header first: an image that would take gigabytes is refused
    before it is decoded.
    """
    format_name, (width, height) = _read_header(content)
    if width * height > max_megapixels * _MILLION:
        raise UnreadableError(
            f"The image has {width} × {height} pixels; this server takes {max_megapixels:g} "
            "million at most."
        )
    pixels: Pixels | None = None
    if format_name in _PLAIN:
        pixels = _decode_plain(content)
    if pixels is None:
        pixels = _decode_as_file(content, _SUFFIXES.get(format_name, ".png"))
    if pixels is None:
        raise UnreadableError(
            "The image cannot be read: it is damaged, or of a format that is not known."
        )
    return pixels


def _read_header(content: bytes) -> tuple[str, tuple[int, int]]:
    try:
        with Image.open(io.BytesIO(content)) as image:
            return str(image.format), image.size
    except Exception as error:  # whatever a decoder raises, the image is unreadable
        raise UnreadableError(
            "The image cannot be read: it is damaged, or of a format that is not known."
        ) from error


def _decode_plain(content: bytes) -> Pixels | None:
    try:
        pixels: Pixels | None = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error:
        return None
    return pixels if pixels is not None and pixels.dtype == np.uint8 else None


def _decode_as_file(content: bytes, suffix: str) -> Pixels | None:
    """Formats for which Ultralytics goes by the name of the file."""
    folder = _MEMORY if _MEMORY.is_dir() else None
    with tempfile.NamedTemporaryFile(suffix=suffix, dir=folder) as file:
        file.write(content)
        file.flush()
        return read_picture(file.name)
