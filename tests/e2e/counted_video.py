"""A video whose frames carry their number in their pixels, and a prediction whose objects do, too.

The top of frame n shows n in bits (white: 1), so a screenshot says which frame it is. The only
object of frame n lies in the lower half, in column n of 16 by row n // 16: so the masks that are
drawn say of which frame they are. Run as a script, in the environment of a system, it stores such
a prediction and prints its id.
"""

import sys
from fractions import Fraction
from itertools import cycle
from pathlib import Path
from typing import Any

import av
import numpy as np

SIZE = WIDTH, HEIGHT = 320, 192
FRAMES = 128
BITS = 8
CELL = WIDTH // 16, HEIGHT // 2 // 8
UNEQUAL_MS = (17, 33, 50, 41, 120)
"""Between frames: a variable frame rate."""


def times_ms() -> list[int]:
    """When each frame begins."""
    times, now = [], 0
    for _, step in zip(range(FRAMES), cycle(UNEQUAL_MS), strict=False):
        times.append(now)
        now += step
    return times


def cell_of(number: int) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of a frame's object."""
    left, top = number % 16 * CELL[0], HEIGHT // 2 + number // 16 * CELL[1]
    return left, top, left + CELL[0], top + CELL[1]


def write_video(path: Path) -> None:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=30, options={"crf": "12", "g": "30"})
        stream.width, stream.height = SIZE
        stream.pix_fmt = "yuv420p"
        stream.codec_context.time_base = Fraction(1, 1000)
        for number, time_ms in enumerate(times_ms()):
            pixels = np.full((HEIGHT, WIDTH, 3), 128, dtype=np.uint8)
            for bit in range(BITS):
                width = WIDTH // BITS
                shade = 235 if number >> bit & 1 else 16
                pixels[: HEIGHT // 4, bit * width : (bit + 1) * width] = shade
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
            frame.pts, frame.time_base = time_ms, Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


def store_prediction() -> int:
    """A finished prediction on that video, as if a model had found one object in each frame."""
    from django.contrib.auth.models import User

    from annotator.models.jobs import JobState
    from training import paths
    from training.models import PredictedImage, Prediction, SourceKind, Weights
    from training.predictions.video.columns import ColumnsWriter

    person = User.objects.order_by("pk").first()
    weights = Weights.objects.create(
        name="counter", file_name="counter.pt", origin="uploaded", size_bytes=1, sha256="0" * 64,
        class_names=["number"], image_size=320, state=JobState.FINISHED, created_by=person,
    )  # fmt: skip
    times = times_ms()
    prediction = Prediction.objects.create(
        weights=weights,
        source_kind=SourceKind.VIDEO,
        source_name="counter.mp4",
        source={"file": "video.mp4"},
        class_names=["number"],
        confidence=0.25,
        image_count=FRAMES,
        instance_count=FRAMES,
        state=JobState.FINISHED,
        created_by=person,
        video={
            **{"width": WIDTH, "height": HEIGHT, "fps": 20.0, "frame_count": FRAMES},
            **{"duration_ms": times[-1] + UNEQUAL_MS[0], "start_ms": 0, "is_variable": True},
            **{"codec": "h264", "has_audio": False, "rotation": 0, "problems": [], "notes": []},
            **{"file": "video.mp4", "is_played": True},
        },
    )
    path = paths.prediction_video_path(prediction)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_video(path)
    PredictedImage.objects.bulk_create(
        [_row(prediction.pk, number, time_ms) for number, time_ms in enumerate(times)]
    )
    ColumnsWriter(prediction, FRAMES).close()
    return prediction.pk


def _row(prediction: int, number: int, time_ms: int) -> Any:
    from training.models import PredictedImage

    left, top, right, bottom = cell_of(number)
    polygon = [float(value) for value in (left, top, right, top, right, bottom, left, bottom)]
    box = [float(value) for value in (left, top, right, bottom)]
    found = {"class_index": 0, "confidence": 0.9, "track": 1, "polygon": polygon, "box": box}
    return PredictedImage(
        prediction_id=prediction, position=number, frame=number, time_ms=time_ms,
        file_name=f"{number}.jpg", extension="jpg", sha256="0" * 64, width=WIDTH, height=HEIGHT,
        instances=[found], is_done=True,
    )  # fmt: skip


if __name__ == "__main__":
    import django

    django.setup()
    sys.stdout.write(f"{store_prediction()}\n")
