"""Small videos that the tests write."""

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

SIZE_WH = (96, 64)


def scene(number: int, *, size_wh: tuple[int, int] = SIZE_WH) -> NDArray[np.uint8]:
    """An image unlike that of any other number: large blocks of random colours."""
    width, height = size_wh
    blocks = np.random.default_rng(number).integers(0, 255, (8, 8, 3), dtype=np.uint8)
    rows = np.arange(height) * 8 // height
    columns = np.arange(width) * 8 // width
    return blocks[rows][:, columns]


def scenes(count: int, *, each: int = 1) -> Iterator[NDArray[np.uint8]]:
    """``count`` frames, of which ``each`` in a row are alike."""
    for number in range(count):
        yield scene(number // each)


@contextmanager
def _muxing(
    path: Path, *, fps: int, size_wh: tuple[int, int], codec: str, pixels: str, **options: Any
) -> Iterator[Any]:
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream(codec, rate=fps)
        stream.width, stream.height = size_wh
        stream.pix_fmt = pixels
        stream.codec_context.gop_size = 12
        if rotation := options.get("rotation"):
            stream.set_display_rotation(rotation)
        if aspect := options.get("aspect"):
            stream.codec_context.sample_aspect_ratio = aspect
        stream.time_base = Fraction(1, 1000)
        stream.codec_context.time_base = Fraction(1, 1000)
        yield container, stream
        for packet in stream.encode():
            container.mux(packet)


def write_video(
    path: Path,
    frames: Iterator[NDArray[np.uint8]] | list[NDArray[np.uint8]],
    *,
    fps: int = 10,
    times_ms: list[int] | None = None,
    size_wh: tuple[int, int] = SIZE_WH,
    codec: str = "libx264",
    pixels: str = "yuv420p",
    **options: Any,
) -> Path:
    """Write a video of RGB frames; ``times_ms``: when each is shown."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with _muxing(path, fps=fps, size_wh=size_wh, codec=codec, pixels=pixels, **options) as (
        container,
        stream,
    ):
        for number, pixels_rgb in enumerate(frames):
            frame: Any = av.VideoFrame.from_ndarray(pixels_rgb)
            frame.pts = times_ms[number] if times_ms else number * 1000 // fps
            frame.time_base = Fraction(1, 1000)
            for packet in stream.encode(frame):
                container.mux(packet)
    return path


def write_sound(path: Path) -> Path:
    """Write a second of silence, in a file that may hold video."""
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("aac", rate=48_000)
        for start in range(0, 48_000, 1024):
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
            frame.sample_rate, frame.pts = 48_000, start
            for packet in stream.encode(frame):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)
    return path


def remux(source: Path, target: Path, *, most_packets: int) -> Path:
    """Copy the first packets of a video into a container that has its header first."""
    with av.open(str(source)) as old, av.open(str(target), "w", format="matroska") as new:
        stream = old.streams.video[0]
        made = new.add_stream_from_template(stream)
        for count, packet in enumerate(old.demux(stream)):
            if packet.dts is None or count == most_packets:
                break
            packet.stream = made
            new.mux(packet)
    return target
