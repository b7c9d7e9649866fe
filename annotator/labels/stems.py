"""Names of images without extension, with their folders or without, safe on every file system."""

import hashlib
import re
import unicodedata
from collections.abc import Callable

MAX_STEM_BYTES = 180
"""Leaves room for an extension and for a temporary name within the usual 255 bytes."""

MAX_NAME_LENGTH = 200
"""Characters of a name with its folders."""

_FILE_ENDING = re.compile(r"(?i)\.(jpe?g|png|webp|bmp|txt)$")
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


def clean_name(name: str) -> str:
    """A safe name of an image with its folders: ``cam1/0001``; ``name`` has no extension.

    Each part is cleaned as a stem is. A name that is safe already comes back as it is. Names that
    are cut keep apart by a hash.
    """
    parts = [part for part in name.replace("\\", "/").split("/") if part not in {"", ".", ".."}]
    *folders, stem = [clean_stem(f"{part}.x") for part in parts] or ["image"]
    cleaned = "/".join([*map(_clean_folder, folders), stem])
    if len(cleaned) <= MAX_NAME_LENGTH:
        return cleaned
    digest = hashlib.sha256(cleaned.encode()).hexdigest()[:10]
    stem = stem[: MAX_NAME_LENGTH - 50].rstrip(". ")
    folder = cleaned[: MAX_NAME_LENGTH - len(stem) - 12].rstrip("/. ")
    return f"{folder}-{digest}/{stem}"


def _clean_folder(part: str) -> str:
    if part == "images":  # Ultralytics replaces the last one of a path by "labels"
        return "images_"
    # A folder must not have the name that another image's file may have.
    return _FILE_ENDING.sub(r"_\1", part)


def unique_stem(stem: str, *, is_taken: Callable[[str], bool]) -> str:
    """``stem``, or the first of ``stem-2``, ``stem-3``, … that is free."""
    if not is_taken(stem):
        return stem
    number = 2
    while is_taken(f"{stem}-{number}"):
        number += 1
    return f"{stem}-{number}"
