"""The bytes of one image from an address that a person names: checked, small, and soon there."""

import http.client
import time
from urllib.parse import urlsplit

from annotator.imports.arriving.addresses import AddressError
from annotator.imports.arriving.http_source import request
from annotator.kernel.errors import TooLargeError

MOST_IMAGE_BYTES = 24 << 20
MOST_SECONDS = 15.0
_PIECE_BYTES = 256 * 1024


def too_large() -> TooLargeError:
    return TooLargeError(
        f"An image that is answered at once has {MOST_IMAGE_BYTES >> 20} MB at most. Start a "
        "prediction for larger ones."
    )


def fetch_image(url: str) -> bytes:
    """Return what an address answers. Raises AddressError, TooLargeError."""
    host = urlsplit(url).hostname
    deadline = time.monotonic() + MOST_SECONDS
    content = bytearray()
    try:
        with request(url, {"Accept-Encoding": "identity", "User-Agent": "Segloop"}) as answer:
            if answer.status != 200:
                raise AddressError(f"{host} answered {answer.status}: there is no image for us.")
            length = answer.headers.get("Content-Length", "")
            if length.isdigit() and int(length[:18]) > MOST_IMAGE_BYTES:
                raise too_large()
            while piece := answer.read(_PIECE_BYTES):
                content += piece
                if len(content) > MOST_IMAGE_BYTES:
                    raise too_large()
                if time.monotonic() > deadline:
                    raise AddressError(f"{host} sends too slowly: the image was not there in time.")
    except (OSError, http.client.HTTPException) as error:
        raise AddressError(f"{host} did not send the image ({error}). Try again later.") from error
    return bytes(content)
