"""What a person chooses for a report: the confidence, and whose it is."""

import base64
from dataclasses import dataclass

from django.template.loader import render_to_string

from annotator.kernel.errors import ServiceError
from annotator.labels.pixels.images import ImageError, make_thumbnail, take_image

MOST_LOGO_BYTES = 2 * 1024**2
MOST_LOGO_MEGAPIXELS = 25.0
LOGO_SIDE_PX = 480
_STARTS = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")
"""Of a PNG and of a JPEG: a logo is nothing else, whatever its name says."""


@dataclass(frozen=True)
class ReportOptions:
    """``confidence``: None is the evaluation's best; ``logo``: an SVG around a checked JPEG."""

    confidence: float | None = None
    purpose: str = ""
    author: str = ""
    logo: str = ""


def draw_logo(data: bytes) -> str:
    """Return an uploaded PNG or JPEG as an SVG, painted anew. Raises ServiceError."""
    if len(data) > MOST_LOGO_BYTES:
        raise ServiceError("A logo may have 2 MB at most.", code="bad_logo")
    if not data.startswith(_STARTS):
        raise ServiceError("A logo is a PNG or a JPEG file.", code="bad_logo")
    try:
        taken = take_image(data, max_megapixels=MOST_LOGO_MEGAPIXELS)
        small = make_thumbnail(taken.data, side_px=LOGO_SIDE_PX, as_jpeg=True)
    except ImageError as error:
        raise ServiceError(f"The logo cannot be used: {error}", code="bad_logo") from error
    longest = max(taken.width, taken.height)
    scale = min(1.0, LOGO_SIDE_PX / longest)
    logo = {
        "width": max(1, round(taken.width * scale)),
        "height": max(1, round(taken.height * scale)),
        "data": base64.b64encode(small).decode(),
    }
    return render_to_string("training/report_logo.svg", {"logo": logo})
