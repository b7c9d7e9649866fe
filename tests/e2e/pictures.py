"""Small pictures and archives, drawn for the tests."""

import io
import zipfile
from collections.abc import Mapping

from PIL import Image, ImageDraw


def draw_picture(size_wh: tuple[int, int] = (320, 240), *, format: str = "JPEG") -> bytes:
    """A pond with one bright object, as an encoded image."""
    width, height = size_wh
    picture = Image.new("RGB", size_wh, (70, 110, 120))
    ImageDraw.Draw(picture).ellipse(
        (width * 0.25, height * 0.25, width * 0.75, height * 0.75), fill=(230, 190, 60)
    )
    encoded = io.BytesIO()
    picture.save(encoded, format)
    return encoded.getvalue()


def pack_zip(files: Mapping[str, bytes | str]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()
