"""An MP4 of a video that every browser plays: H.264 and its sound, at the times of the original.

Where the images are H.264 already they are copied; else, where something is drawn into them, or
where the copy does not decode to as many frames, they are encoded. The sound is copied wherever MP4
holds it. Imported in a child process alone.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from fractions import Fraction
from itertools import zip_longest
from pathlib import Path
from typing import Any, Self

import av
import numpy as np
from numpy.typing import NDArray

from .packets import timed
from .reading import FORMATS, VideoError, VideoFrame, VideoReader

Pixels = NDArray[np.uint8]
Draw = Callable[[int, Pixels], None]
"""Draws into the frame of a number; the pixels are RGB, as the frame is shown."""

COPIED_IMAGES = frozenset({"h264"})
COPIED_FORMATS = frozenset({"yuv420p", "yuvj420p"})
COPIED_SOUND = frozenset({"aac", "mp3"})
_MUX = {"movflags": "+faststart"}
_ENCODER = {"preset": "veryfast", "crf": "20"}
_MOST_STREAMS = 64


def make_mp4(
    source: Path,
    target: Path,
    *,
    draw: Draw | None = None,
    max_megapixels: float = 200.0,
    tell: Callable[[int], object] = lambda _: None,
) -> list[str]:
    """Write ``target``; returns sentences about what could not be kept. ``tell`` gets the number of
    each frame, and may raise. Raises VideoError."""
    with VideoReader(str(source), max_megapixels=max_megapixels) as reader:
        facts = reader.facts
        is_copied = (
            draw is None
            and facts.codec in COPIED_IMAGES
            and facts.pixel_format in COPIED_FORMATS
            and not facts.is_stretched
        )
        if not is_copied:
            return _encode(reader, source, target, draw, tell)
    with suppress(av.FFmpegError, VideoError, ValueError):
        problems = _copy(source, target, lambda _: tell(0))
        if _has_as_many_frames(source, target, max_megapixels, tell):
            return problems
    with VideoReader(str(source), max_megapixels=max_megapixels) as reader:
        return _encode(reader, source, target, draw, tell)


# --- copying ---------------------------------------------------------------------------------


def _has_as_many_frames(
    source: Path, copy: Path, max_megapixels: float, tell: Callable[[int], object]
) -> bool:
    """Whether a copy decodes to as many frames as its source, and to one at least.

    Both are decoded side by side, so memory does not grow with their length. Raises VideoError.
    """
    with (
        VideoReader(str(source), max_megapixels=max_megapixels) as old,
        VideoReader(str(copy), max_megapixels=max_megapixels) as new,
    ):
        for old_frame, new_frame in zip_longest(old.frames(), new.frames()):
            if old_frame is None or new_frame is None:
                return False
            tell(old_frame.number)
        return old.next_number > 0


def _copy(source: Path, target: Path, tell: Callable[[int], object]) -> list[str]:
    with _opened(source) as old, av.open(str(target), "w", format="mp4", options=_MUX) as new:
        image = old.streams.best("video")
        made = new.add_stream_from_template(image)
        sound = _Sound(source, new)
        with sound:
            for count, packet in enumerate(timed(_packets(old, image))):
                sound.mux_until(float(packet.dts * packet.time_base))
                packet.stream = made
                new.mux(packet)
                tell(count)
            sound.mux_until(float("inf"))
    return sound.problems


def _packets(container: Any, stream: Any) -> Iterator[Any]:
    """Packets up to the end, or to where the file is damaged."""
    packets = container.demux(stream)
    while True:
        try:
            yield next(packets)
        except (StopIteration, av.FFmpegError, OSError):
            return


# --- encoding --------------------------------------------------------------------------------


def _encode(
    reader: VideoReader,
    source: Path,
    target: Path,
    draw: Draw | None,
    tell: Callable[[int], object],
) -> list[str]:
    width, height = (side + side % 2 for side in (reader.facts.width, reader.facts.height))
    with av.open(str(target), "w", format="mp4", options=_MUX) as new:
        made: Any = new.add_stream("libx264", options=_ENCODER)
        made.width, made.height, made.pix_fmt = width, height, "yuv420p"
        made.time_base = made.codec_context.time_base = reader.time_base
        made.codec_context.framerate = Fraction(reader.facts.fps or 25).limit_denominator(1001)
        with _Sound(source, new) as sound:
            last_pts: int | None = None
            for frame in reader.frames():
                tell(frame.number)
                if last_pts is not None and frame.pts <= last_pts:
                    continue  # two images at one time: the first is shown
                last_pts = frame.pts
                sound.mux_until(float(frame.pts * reader.time_base))
                for packet in made.encode(_drawn(reader, frame, draw, (width, height))):
                    new.mux(packet)
            if last_pts is None:
                raise VideoError("None of its frames can be decoded: it is damaged or cut short.")
            for packet in made.encode():
                new.mux(packet)
            sound.mux_until(float("inf"))
    return sound.problems


def _drawn(
    reader: VideoReader, frame: VideoFrame, draw: Draw | None, size_wh: tuple[int, int]
) -> av.VideoFrame:
    rgb = reader.to_rgb(frame)
    if draw is not None:
        rgb = rgb if rgb.flags.writeable else rgb.copy()
        draw(frame.number, rgb)
    made = av.VideoFrame.from_ndarray(_fitted(rgb, size_wh), format="rgb24")
    made = made.reformat(format="yuv420p", dst_colorspace="ITU709", dst_color_range="MPEG")
    made.pts, made.time_base = frame.pts, reader.time_base
    return made


def _fitted(rgb: Pixels, size_wh: tuple[int, int]) -> Pixels:
    """The frame in the size of the file: H.264 wants even sides, and a stream may change its size
    on its way."""
    missing = (size_wh[1] - rgb.shape[0], size_wh[0] - rgb.shape[1])
    if missing == (0, 0):
        return rgb
    if all(side in (0, 1) for side in missing):
        return np.pad(rgb, ((0, missing[0]), (0, missing[1]), (0, 0)), mode="edge")
    scaled = av.VideoFrame.from_ndarray(rgb, format="rgb24").reformat(*size_wh)
    return scaled.to_ndarray().astype(np.uint8)


# --- sound -----------------------------------------------------------------------------------


class _Sound:
    """The sound of a file on its way into another one; nothing where there is none."""

    def __init__(self, source: Path, new: Any) -> None:
        self.problems: list[str] = []
        self._new = new
        self._old = _opened(source)
        self._made: Any = None
        self._waiting: Any = None
        streams = [each for each in self._old.streams.audio if each.codec_context is not None]
        self._stream: Any = streams[0] if streams else None
        self._resampler: Any = None
        if self._stream is None:
            if self._old.streams.audio:
                self.problems.append("Its sound is of a codec that is not read.")
            return
        self._name = self._stream.codec_context.codec.canonical_name
        if self._name in COPIED_SOUND:
            self._made = new.add_stream_from_template(self._stream)
        else:
            rate = self._stream.codec_context.sample_rate or 48_000
            self._made = new.add_stream("aac", rate=rate)
            self._made.layout = "stereo" if self._stream.codec_context.channels > 1 else "mono"
            self._resampler = av.AudioResampler(format="fltp", layout=self._made.layout, rate=rate)
        self._pieces = self._read()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._old.close()

    def mux_until(self, seconds: float) -> None:
        """Write what is heard up to a time on the clock of the file."""
        if self._made is None:
            return
        while True:
            if self._waiting is None:
                self._waiting = next(self._pieces, None)
            if self._waiting is None or self._at(self._waiting) > seconds:
                return
            packet, self._waiting = self._waiting, None
            packet.stream = self._made
            try:
                self._new.mux(packet)
            except (av.FFmpegError, ValueError):
                self._give_up()

    @staticmethod
    def _at(packet: Any) -> float:
        return float((packet.dts or 0) * packet.time_base) if packet.time_base else 0.0

    def _give_up(self) -> None:
        self.problems.append("A part of its sound is damaged and was left out.")
        self._pieces = iter(())

    def _read(self) -> Iterator[Any]:
        for packet in _packets(self._old, self._stream):
            if self._resampler is None:
                if packet.dts is not None and packet.size:
                    yield packet
                continue
            with suppress(av.FFmpegError, ValueError):
                for frame in packet.decode():
                    for piece in self._resampler.resample(frame):
                        yield from self._made.encode(piece)
        if self._resampler is not None:
            with suppress(av.FFmpegError, ValueError):
                for piece in self._resampler.resample(None):
                    yield from self._made.encode(piece)
                yield from self._made.encode(None)


def _opened(file: Path) -> Any:
    options = {
        "protocol_whitelist": "file",
        "format_whitelist": FORMATS,
        "max_streams": str(_MOST_STREAMS),
    }
    return av.open(f"file:{file}", options=options, metadata_errors="replace")
