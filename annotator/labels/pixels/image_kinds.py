"""Which kinds of image Segloop reads: the one list behind every message, page and document.

What a file is decides its first bytes, never its name; names only choose which files are looked at.
"""

import re
from typing import NamedTuple


class ImageKind(NamedTuple):
    """``code``: Pillow's name. ``stored_as``: the format and extension it is kept in."""

    code: str
    name: str
    extensions: tuple[str, ...]
    stored_as: tuple[str, str]


JPEG = ImageKind("JPEG", "JPEG", ("jpg", "jpeg", "jpe", "jfif", "mpo"), ("JPEG", "jpg"))
PNG = ImageKind("PNG", "PNG", ("png",), ("PNG", "png"))
WEBP = ImageKind("WEBP", "WebP", ("webp",), ("WEBP", "webp"))
BMP = ImageKind("BMP", "BMP", ("bmp",), ("BMP", "bmp"))
TIFF = ImageKind("TIFF", "TIFF", ("tif", "tiff"), ("PNG", "png"))
AVIF = ImageKind("AVIF", "AVIF", ("avif",), ("PNG", "png"))
HEIC = ImageKind("HEIC", "HEIC", ("heic", "heif"), ("JPEG", "jpg"))

IMAGE_KINDS = (JPEG, PNG, WEBP, BMP, TIFF, AVIF, HEIC)
READ_KINDS = ", ".join(kind.name for kind in IMAGE_KINDS[:-1]) + f" and {IMAGE_KINDS[-1].name}"
"""The list as people read it."""

READ_EXTENSIONS = frozenset(extension for kind in IMAGE_KINDS for extension in kind.extensions)

_HEIC_BRANDS = frozenset((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"))
_AVIF_BRANDS = frozenset((b"avif", b"avis"))
_HEADS = (
    (JPEG, re.compile(rb"\xff\xd8\xff")),
    (PNG, re.compile(rb"\x89PNG\r\n\x1a\n")),
    (WEBP, re.compile(rb"RIFF....WEBP", re.DOTALL)),
    (BMP, re.compile(rb"BM")),
    (TIFF, re.compile(rb"II[*+]\0|MM\0[*+]")),
)


def recognise_kind(data: bytes) -> ImageKind | None:
    """The kind by the first bytes; None for what is not read."""
    head = data[:32]
    if head[4:8] == b"ftyp":
        # The general brand "mif1" may come first; what follows it says which codec.
        brands = {head[8:12], head[16:20], head[20:24], head[24:28], head[28:32]}
        if brands & _AVIF_BRANDS:
            return AVIF
        return HEIC if brands & _HEIC_BRANDS else None
    return next((kind for kind, pattern in _HEADS if pattern.match(head)), None)
