"""What an image file says of itself, without its pixels being read."""

import hashlib
import warnings
from pathlib import Path
from typing import NamedTuple

from PIL import Image as PillowImage

from annotator.labels.pixels.image_kinds import recognise_kind

from .files import open_regular

_ORIENTATION_TAG = 0x0112
_HEAD_BYTES = 64


class Probe(NamedTuple):
    """``size_wh`` as it is shown; ``reason``: why the file cannot be an image here, "" if not."""

    size_wh: tuple[int, int]
    reason: str = ""


def hash_of(path: str | Path) -> str:
    """The SHA-256 of a file that is no link. Raises OSError."""
    with open_regular(path) as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def probe(path: Path) -> Probe:
    """Look at the head of a file. Whether its pixels are whole shows when it is taken in."""
    try:
        with open_regular(path) as handle:
            head = handle.read(_HEAD_BYTES)
            handle.seek(0)
            kind = recognise_kind(head)
            if not head:
                return Probe((0, 0), "The file is empty (0 bytes).")
            if kind is None:
                return Probe((0, 0), "The file is not an image that Segloop reads.")
            if kind.code == "HEIC":
                import pillow_heif  # 8 MB of memory that few need

                size = pillow_heif.open_heif(handle).size
                return Probe((int(size[0]), int(size[1])))
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                with PillowImage.open(handle) as image:
                    width, height = image.size
                    turned = int(image.getexif().get(_ORIENTATION_TAG, 1)) > 4
    except OSError as error:
        return Probe((0, 0), f"The file cannot be read: {error.strerror or 'it is damaged'}.")
    except Exception:  # on damaged files Pillow's readers raise almost anything
        return Probe((0, 0), "The image is damaged or cut short.")
    return Probe((height, width) if turned else (width, height))
