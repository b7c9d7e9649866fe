"""Ignore regions painted out of an image, so that nothing is learned from what lies in them."""

import io
import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from PIL import Image as Pillow
from PIL import ImageDraw
from PIL.JpegImagePlugin import JpegImageFile, get_sampling

from annotator.labels.polygons.geometry import Polygons

GREY = 114
"""Of each channel: what Ultralytics puts around images, so that models know it as nothing."""


def paint_out(data: bytes, regions: Sequence[Polygons]) -> bytes:
    """Return an image file in the same format, size and mode, with ``regions`` (pixels) grey.

    The rest stays as it is, bit by bit where the format is lossless; a JPEG keeps its tables of
    quantisation and its sampling, so that it loses next to nothing.
    """
    with Pillow.open(io.BytesIO(data)) as source:
        source.load()
        kept: dict[str, Any] = {}
        if profile := source.info.get("icc_profile"):
            kept["icc_profile"] = profile
        # A JPEG with others behind it (a depth or gain map, as telephones write them) is an MPO.
        code = "JPEG" if isinstance(source, JpegImageFile) else source.format or "PNG"
        image = source if source.mode in ("L", "RGB") else source.convert("RGB")
        fill = GREY if image.mode == "L" else (GREY, GREY, GREY)
        image.paste(fill, mask=_mask_of(regions, size_wh=image.size))
        if isinstance(source, JpegImageFile):
            kept |= (
                {"qtables": source.quantization, "subsampling": get_sampling(source)}
                if image is source
                else {"quality": 95, "subsampling": 0}
            )
        elif code == "WEBP":
            kept |= {"lossless": True}
        written = io.BytesIO()
        image.save(written, code, **kept)
        return written.getvalue()


def _mask_of(regions: Sequence[Polygons], *, size_wh: tuple[int, int]) -> Pillow.Image:
    """What lies in any of the regions; each part by the even-odd rule over its rings."""
    mask = Pillow.new("1", size_wh)
    for region in regions:
        for polygon in region:
            x0, y0, x1, y1 = _window_of(polygon[0], size_wh=size_wh)
            if x0 >= x1 or y0 >= y1:
                continue
            inside = np.zeros((y1 - y0, x1 - x0), dtype=bool)
            for ring in polygon:
                drawn = Pillow.new("1", (x1 - x0, y1 - y0))
                points = np.array(ring, dtype=np.float64).reshape(-1, 2) - (x0, y0)
                ImageDraw.Draw(drawn).polygon(points.reshape(-1).tolist(), fill=1)
                inside ^= np.asarray(drawn)
            mask.paste(1, (x0, y0), mask=Pillow.fromarray(inside))
    return mask


def _window_of(ring: Sequence[float], *, size_wh: tuple[int, int]) -> tuple[int, int, int, int]:
    """Whole pixels around a ring, within the image: what is drawn is drawn there alone."""
    width, height = size_wh
    xs, ys = ring[0::2], ring[1::2]
    return (
        max(0, math.floor(min(xs)) - 1),
        max(0, math.floor(min(ys)) - 1),
        min(width, math.ceil(max(xs)) + 2),
        min(height, math.ceil(max(ys)) + 2),
    )
