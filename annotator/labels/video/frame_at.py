"""One frame of a video as a JPEG, found by its time.

Runs as a child process, with limits on memory; the image is written to standard output::

    python -m annotator.labels.video.frame_at '{"file": …, "frame": 12, "pts": 512}'

``pts``: in the stream's own units; null: the frame is counted from the beginning.
"""

import json
import sys

from PIL import Image

from .choosing import encode_frame, limit_memory
from .reading import VideoError, VideoReader


def frame_at(
    file: str, frame_number: int, pts: int | None, *, max_megapixels: float = 200.0
) -> bytes:
    """Return the frame as it is shown, as a JPEG of quality 95. Raises VideoError."""
    if pts is not None:
        with VideoReader(file, max_megapixels=max_megapixels) as reader:
            found = reader.find(frame_number, pts)
            if found is not None:
                return encode_frame(Image.fromarray(reader.to_rgb(found)))
    with VideoReader(file, max_megapixels=max_megapixels) as reader:
        for frame in reader.frames():
            if frame.number == frame_number:
                return encode_frame(Image.fromarray(reader.to_rgb(frame)))
    raise VideoError("The video has no such frame.")


def main(arguments: list[str]) -> int:
    request = json.loads(arguments[0])
    limit_memory()
    try:
        content = frame_at(
            request["file"],
            request["frame"],
            request["pts"],
            max_megapixels=request["max_megapixels"],
        )
    except VideoError as error:
        sys.stderr.write(str(error))
        return 3
    except MemoryError:
        sys.stderr.write("It needs more memory than a video may.")
        return 3
    sys.stdout.buffer.write(content)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
