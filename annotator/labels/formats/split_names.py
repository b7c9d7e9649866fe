"""Splits by the names of folders, and by a hash where nothing names them."""

import hashlib
import re

from .base import SplitName

SPLIT_NAMES: tuple[SplitName, ...] = ("train", "val", "test")
_IMAGES = frozenset({"images", "image", "imgs", "img", "jpegimages", "photos", "pictures"})
UNLABELLED = frozenset({"unlabelled", "unlabeled"})
"""Folders beside those of the splits, of images that nobody looked at."""
_WORDS: dict[str, SplitName] = {
    "train": "train",
    "training": "train",
    "val": "val",
    "valid": "val",
    "validate": "val",
    "validation": "val",
    "dev": "val",
    "eval": "val",
    "evaluation": "val",
    "test": "test",
    "testing": "test",
    "trn": "train",
    "vld": "val",
    "tst": "test",
}
_SPLIT_FOLDER = re.compile(
    r"(?:\d{1,2}[-_. ]+)?(?:fold[-_ ]?\d{1,2}[-_ ]+)?(?:(?:obj|images?|imgs?|labels?)[-_ ]?)?"
    rf"({'|'.join(sorted(_WORDS, key=len, reverse=True))})"
    r"(?:[-_ ]?(?:set|split|data|dataset|images?|imgs?|labels?|seg|segmentation|yolo|final)){0,2}"
    r"(?:[-_ ]?20\d\d|[-_ ]?\d\d%?|[-_ ]?\(\d{1,2}\)| - copy)?",
    re.IGNORECASE,
)


def is_images_part(part: str) -> bool:
    """Whether a folder is called what nearly every dataset calls the folder of its images."""
    return part.lower() in _IMAGES


def split_of_part(part: str) -> SplitName | None:
    """The split that the name of one folder means: ``trainingset``, ``valid``, ``val2017`` …"""
    match = _SPLIT_FOLDER.fullmatch(part)
    return _WORDS[match[1].lower()] if match else None


def is_split_part(part: str) -> bool:
    """Whether a folder stands where the folders of splits stand."""
    return split_of_part(part) is not None or part.lower() in UNLABELLED


def split_by_name(folder: str) -> SplitName | None:
    """The split that the names of the folders of a path mean, the innermost first."""
    for part in reversed(folder.split("/")):
        if (split := split_of_part(part)) is not None:
            return split
    return None


def stem_hash(path: str) -> int:
    """A number that depends only on the stem: it divides a set the same way every time."""
    stem = path.rsplit("/", 1)[-1].rsplit(".", 1)[0]
    return int.from_bytes(hashlib.sha256(stem.encode(errors="surrogatepass")).digest()[:8])
