"""Stems: the name of an image without folder and extension, safe on every file system."""

import hashlib
import re
import unicodedata
from collections.abc import Callable

MAX_STEM_BYTES = 180
"""Leaves room for an extension and for a temporary name within the usual 255 bytes."""

_UNSAFE = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]')
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?")


def clean_stem(name: str) -> str:
    """A safe stem for a file name: NFC, no separators or control characters, of bounded length.

    A stem that is safe already comes back as it is. Names that are cut keep apart by a hash.
    """
    text = unicodedata.normalize("NFC", name.replace("\\", "/").rsplit("/", 1)[-1])
    stem = text.rsplit(".", 1)[0] if "." in text[1:] else text
    stem = "".join(
        "_" if unicodedata.category(char) in {"Cc", "Cf", "Cs"} else char for char in stem
    )
    stem = _UNSAFE.sub("_", stem).strip(" ").lstrip(".").rstrip(". ")
    if not stem:
        stem = "image"
    if _RESERVED.fullmatch(stem):
        stem = f"_{stem}"
    encoded = stem.encode()
    if len(encoded) > MAX_STEM_BYTES:
        digest = hashlib.sha256(encoded).hexdigest()[:10]
        stem = f"{encoded[: MAX_STEM_BYTES - 11].decode(errors='ignore').rstrip('. ')}-{digest}"
    return stem


def unique_stem(stem: str, *, is_taken: Callable[[str], bool]) -> str:
    """``stem``, or the first of ``stem-2``, ``stem-3``, … that is free."""
    if not is_taken(stem):
        return stem
    number = 2
    while is_taken(f"{stem}-{number}"):
        number += 1
    return f"{stem}-{number}"
