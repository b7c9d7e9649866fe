"""The images of a request, one after the other, however many they are.

Files are decoded ahead in a thread while the network computes. What waits is bounded in number and
in bytes, so memory follows neither the number of images nor, beyond the largest one, their size.
"""

import json
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image
from ultralytics.utils.patches import imread

from training.engine.protocol import EngineError
from training.engine.requests import PredictImage, PredictRequest

Pixels = npt.NDArray[np.uint8]

_BYTES_AHEAD = 1 << 28
_HINT = "Send images, or the path of a file with one {key, path} in each line."


class Decoded(NamedTuple):
    """``pixels``: as Ultralytics reads them; none where the file cannot be read."""

    image: PredictImage
    pixels: Pixels | None


def requested_images(request: PredictRequest) -> Iterator[PredictImage]:
    """The images of a request. A list in a file is read as they are asked for.

    Raises ``bad_request`` for a line that is none.
    """
    if ("images" in request) == ("images_file" in request):
        raise EngineError(
            "bad_request", "The request has to have either images or images_file.", _HINT
        )
    if "images" in request:
        return iter(request["images"])
    path = Path(request["images_file"])
    if not path.is_file():
        raise EngineError("bad_request", f"The list of images {path} does not exist.", _HINT)
    return _read_list(path)


def count_images(request: PredictRequest) -> int:
    """How many images a request has: as it says itself, else as many as its lines."""
    if "images" in request:
        return len(request["images"])
    if "total" in request:
        return request["total"]
    with Path(request["images_file"]).open("rb") as lines:
        return sum(1 for line in lines if line.strip())


def decode_ahead(
    images: Iterator[PredictImage], *, count: int, threads: int = 1
) -> Iterator[Decoded]:
    """The pixels of each image in turn, at most ``count`` of them decoded before they are asked
    for."""
    with ThreadPoolExecutor(max_workers=threads) as pool:
        ahead: deque[tuple[PredictImage, int, Future[Pixels | None]]] = deque()
        upcoming = ((image, _decoded_bytes(image["path"])) for image in images)
        waiting = next(upcoming, None)
        try:
            while waiting or ahead:
                room = _BYTES_AHEAD - sum(size for _, size, _ in ahead)
                while waiting and (not ahead or (len(ahead) < count and waiting[1] <= room)):
                    image, size = waiting
                    ahead.append((image, size, pool.submit(read_picture, image["path"])))
                    room -= size
                    waiting = next(upcoming, None)
                image, _, future = ahead.popleft()
                yield Decoded(image, future.result())
                del future  # lets go of the pixels
        finally:
            for _, _, future in ahead:
                future.cancel()


def batches_of_one_size(images: Iterator[Decoded], count: int) -> Iterator[list[Decoded]]:
    """Batches of at most ``count`` images of one size each.

    Images of several sizes in one batch would be padded to squares, so that what is found in one
    would depend on its neighbours.
    """
    batch: list[Decoded] = []
    size = 0
    for decoded in images:
        is_other = batch and _shape(batch[0]) != _shape(decoded)
        if is_other or len(batch) == count or size > _BYTES_AHEAD:
            yield batch
            batch, size = [], 0
        batch.append(decoded)
        size += 0 if decoded.pixels is None else decoded.pixels.nbytes
    if batch:
        yield batch


def read_picture(path: str) -> Pixels | None:
    """Pixels as Ultralytics reads them (BGR, EXIF orientation applied), or none."""
    try:
        pixels: Pixels | None = imread(path)
    except Exception:  # whatever a decoder raises, the picture is unreadable
        return None
    return pixels


def _read_list(path: Path) -> Iterator[PredictImage]:
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            if line.strip():
                yield _row(line, f"Line {number} of the list of images {path}")


def _row(line: bytes, where: str) -> PredictImage:
    try:
        row = json.loads(line)
    except ValueError as error:
        raise EngineError("bad_request", f"{where} is not JSON: {error}.", _HINT) from error
    keys = row.keys() if isinstance(row, dict) else ()
    if set(keys) != {"key", "path"} or not all(isinstance(row[key], str) for key in keys):
        raise EngineError("bad_request", f"{where} is not an object of key and path.", _HINT)
    return {"key": row["key"], "path": row["path"]}


def _decoded_bytes(path: str) -> int:
    """Memory that an image takes, by its header; more than is allowed ahead where that is not
    known."""
    try:
        with Image.open(path) as image:
            return image.width * image.height * 3
    except Exception:  # whatever Pillow raises: too large, damaged, a format that it does not know
        return _BYTES_AHEAD


def _shape(decoded: Decoded) -> tuple[int, ...] | None:
    return None if decoded.pixels is None else decoded.pixels.shape
