"""Recording a stream: its images keep the times at which they came."""

import io
import itertools
import time
from collections.abc import Iterator
from pathlib import Path

from PIL import Image

from annotator.labels.video.reading import VideoReader
from annotator.labels.video.recording import FORMATS, record
from tests.annotator.videos import scenes

PAUSE = 0.1


class MotionJpeg:
    """A camera that sends a JPEG every tenth of a second, as its readers ask for bytes."""

    def __init__(self) -> None:
        self._parts = self._images()
        self._rest = b""

    def _images(self) -> Iterator[bytes]:
        for pixels in itertools.cycle(scenes(4)):
            data = io.BytesIO()
            Image.fromarray(pixels).save(data, "JPEG")
            head = f"--f\r\nContent-Type: image/jpeg\r\nContent-Length: {data.tell()}\r\n\r\n"
            yield head.encode() + data.getvalue() + b"\r\n"

    def read(self, size: int) -> bytes:
        if not self._rest:
            time.sleep(PAUSE)
            self._rest = next(self._parts)
        data, self._rest = self._rest[:size], self._rest[size:]
        return data


def test_images_without_times_have_those_of_their_arrival(tmp_path: Path) -> None:
    file = tmp_path / "camera.mkv"
    options = {"format_whitelist": FORMATS}
    recorded = record(MotionJpeg(), file, 1.0, options=options, container_format="mpjpeg")
    assert recorded == 1.0
    with VideoReader(str(file)) as reader:
        times_ms = [frame.time_ms for frame in reader.frames()]
    # At 25 a second, as the format has it, a second would be 25 images that took 2.5 seconds.
    assert 2 <= len(times_ms) <= 1.0 / PAUSE + 2
    assert times_ms == sorted(set(times_ms))
    assert times_ms[-1] < 1000
