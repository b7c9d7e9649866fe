"""Recording a live stream into a file, packet by packet, without decoding it.

Runs as a child process: a stream may be hostile. Either it arrives on standard input (HTTP: whoever
started this has connected to an address that was checked), or its address does, as JSON (RTSP)::

    python -m annotator.labels.video.recording '{"file": …, "seconds": 60, "is_address": false}'

The file is Matroska, which can be read however it ends. It writes a line of JSON a second: how many
seconds are recorded; the last line says whether the stream ended by itself.
"""

import json
import sys
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av

from .choosing import limit_memory
from .packets import timed
from .reading import VideoError

FORMATS = "mpegts,flv,matroska,webm,mpjpeg,mov,mp4,h264,hevc,mpeg,ogg,asf"
"""Containers that can be read while they arrive."""

_TIMELESS = {"mpjpeg"}
"""Images one after the other without a time: FFmpeg would take 25 a second for granted."""

_OPEN_SECONDS = 20.0
_SILENT_SECONDS = 15.0
_LATE_SECONDS = 30.0
"""So much longer than the time that was asked for, whatever its packets say."""

_TELL_SECONDS = 1.0
_MOST_STREAMS = "16"


def record(
    source: Any,
    file: Path,
    seconds: float,
    *,
    options: dict[str, str],
    container_format: str | None = None,
    tell: Callable[[dict[str, Any]], None] = lambda _: None,
) -> float:
    """Record ``seconds`` of a stream; returns how many came. Raises VideoError where none did."""
    recorder = _Recorder(file, seconds, tell)
    try:
        with av.open(
            source,
            format=container_format,
            options={"max_streams": _MOST_STREAMS, **options},
            timeout=(_OPEN_SECONDS, _SILENT_SECONDS),
            metadata_errors="replace",
        ) as incoming:
            recorder.record(incoming)
    except (av.FFmpegError, OSError, ValueError) as error:
        if recorder.recorded <= 0:
            raise VideoError(
                "No video came from there: the stream does not answer, or is of a kind that "
                f"is not read ({type(error).__name__})."
            ) from None
    if recorder.recorded <= 0:
        raise VideoError("The stream ended before an image came.")
    return recorder.recorded


class _Recorder:
    def __init__(self, file: Path, seconds: float, tell: Callable[[dict[str, Any]], None]) -> None:
        self.file, self.seconds, self.tell = file, seconds, tell
        self.recorded = 0.0
        self._first: float | None = None

    def record(self, incoming: Any) -> None:
        video = [each for each in incoming.streams.video if each.codec_context is not None][:1]
        if not video:
            raise VideoError("The stream holds no images.")
        sound = [each for each in incoming.streams.audio if each.codec_context is not None][:1]
        with av.open(str(self.file), "w", format="matroska") as made:
            streams = {each.index: made.add_stream_from_template(each) for each in [*video, *sound]}
            self._copy(incoming, made, streams, video[0])

    def _copy(self, incoming: Any, made: Any, streams: dict[int, Any], video: Any) -> None:
        began = told = time.monotonic()
        has_begun = False
        wanted = [each for each in incoming.streams if each.index in streams]
        packets = incoming.demux(wanted)
        if incoming.format.name in _TIMELESS:
            packets = _timed_by_arrival(packets)
        for packet in timed(packets):
            is_image = packet.stream.index == video.index
            has_begun = has_begun or (is_image and packet.is_keyframe)
            if not has_begun:  # what comes before the first whole image cannot be shown
                continue
            at = float((packet.pts if packet.pts is not None else packet.dts) * packet.time_base)
            self._first = at if self._first is None else self._first
            if is_image and at - self._first >= self.seconds:
                self.recorded = self.seconds
                return
            if is_image:
                self.recorded = max(self.recorded, at - self._first, 0.001)
            packet.stream = streams[packet.stream.index]
            made.mux(packet)
            now = time.monotonic()
            if now - told >= _TELL_SECONDS:
                told = now
                self.tell({"seconds": round(self.recorded, 1)})
            if now - began > self.seconds + _LATE_SECONDS:
                return


def _timed_by_arrival(packets: Iterator[Any]) -> Iterator[Any]:
    """Packets of whole images, each with the time at which it came, in milliseconds."""
    began: float | None = None
    last = -1
    for packet in packets:
        now = time.monotonic()
        began = now if began is None else began
        last = max(last + 1, round((now - began) * 1000))
        packet.time_base = Fraction(1, 1000)
        packet.pts = packet.dts = last
        packet.duration = 0
        yield packet


def main(arguments: list[str]) -> int:
    request = json.loads(arguments[0])
    limit_memory()
    av.logging.set_level(None)

    def tell(progress: dict[str, Any]) -> None:
        sys.stdout.write(json.dumps(progress) + "\n")
        sys.stdout.flush()

    source: Any = sys.stdin.buffer
    options = {"format_whitelist": FORMATS, "protocol_whitelist": ""}
    if request["is_address"]:
        source = json.loads(sys.stdin.read())["address"]
        options = {
            "format_whitelist": "rtsp,sdp,rtp",
            "protocol_whitelist": "rtsp,rtp,tcp,udp",
            "rtsp_transport": "tcp",
        }
    try:
        recorded = record(
            source, Path(request["file"]), float(request["seconds"]), options=options, tell=tell
        )
    except VideoError as error:
        sys.stderr.write(str(error))
        return 3
    except OSError as error:
        sys.stderr.write(f"The recording cannot be written: {error.strerror}.")
        return 4
    tell({"seconds": recorded, "is_over": True})
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
