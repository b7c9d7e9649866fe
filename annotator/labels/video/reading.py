"""Decoding a video by PyAV (FFmpeg), frame by frame, with the same memory whatever its length.

Imported only in a child process: a video may be hostile. Formats that name other files (playlists,
image sequences) are not opened, no protocol but that of files is, and a frame beyond the limit of
pixels ends the reading. Times are the stream's own (pts), counted from the start of the stream,
never numbers of frames; frames are numbered from 0 in the order in which they are shown.
"""

import struct
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import Any, NamedTuple, Self

import av
import numpy as np
from av.video.reformatter import VideoReformatter
from numpy.typing import NDArray
from PIL import Image

from .color import compress_range, is_hdr
from .rules import SMALL_WH

FORMATS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,mpegvideo,m4v,h264,hevc,av1,obu,ivf,flv,"
    "asf,ogg,mxf,dv"
)
"""Containers that hold everything in one file."""

_BT601, _BT709 = 5, 1
_UNSPECIFIED = 2
_SMALL_FRAME_PIXELS = 33_200_000
"""Up to 8K, decoded by several threads; a larger frame by one."""

_MOST_ASPECT = 4.0
_QUARTERS = {
    0: None,
    90: Image.Transpose.ROTATE_90,
    180: Image.Transpose.ROTATE_180,
    270: Image.Transpose.ROTATE_270,
}
_MOST_STREAMS = 64


class VideoError(Exception):
    """The video cannot be read; the message is for a person."""


@dataclass(frozen=True, slots=True)
class VideoFacts:
    """What a video says of itself. ``width``, ``height``: as it is shown, turned, with square
    pixels. ``frames``, ``duration_ms``: as its header says, None where it says nothing.
    ``rotation``: degrees that the image is turned to the right to be shown.
    """

    width: int
    height: int
    duration_ms: int | None
    frames: int | None
    fps: float | None
    codec: str
    container: str
    rotation: int
    is_mirrored: bool
    is_hdr: bool
    bits: int
    has_alpha: bool
    has_sound: bool
    is_stretched: bool
    """Its pixels are not square."""
    sound: str
    """The codec of its sound, "" for none."""
    pixel_format: str

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


class VideoFrame(NamedTuple):
    """``time_ms``: from the start of the stream; ``pts``: what :meth:`VideoReader.seek` takes."""

    number: int
    time_ms: int
    pts: int
    decoded: av.VideoFrame


class VideoReader:
    """An open video. ``file``: a path. Raises VideoError."""

    def __init__(self, file: str, *, max_megapixels: float = 200.0) -> None:
        self.max_pixels = int(max_megapixels * 1e6)
        self.damaged = 0
        """Packets and frames that could not be decoded."""
        self.is_cut = False
        """Reading ended with an error."""
        self.is_interlaced = False
        self.longest_gap_ms = (0, 0)
        """Between the two frames that follow each other after the longest time."""
        self.last_time_ms = -1
        self.next_number = 0
        self._behind: Iterator[VideoFrame] | None = None
        """What follows the frame that :meth:`find` found."""
        # At any level a decoder's own thread waits for the GIL to log, and whoever closes the
        # decoder waits for that thread with the GIL in hand: both wait for good.
        av.logging.set_level(None)
        self._file = file
        self._to_grey, self._to_rgb = VideoReformatter(), VideoReformatter()
        self._container = _open(file, self.max_pixels)
        try:
            self._stream = _video_stream(self._container)
            context = self._stream.codec_context
            self._check_size(context.width, context.height)
            is_small = context.width * context.height <= _SMALL_FRAME_PIXELS
            self._stream.thread_type = "AUTO" if is_small else "SLICE"
            context.thread_count = 0 if is_small else 1
            self._base = self._stream.time_base
            self._start = self._stream.start_time
            self.facts = self._describe()
        except BaseException:
            self._container.close()
            raise

    def _check_size(self, width: int, height: int) -> None:
        if width * height > self.max_pixels:
            raise VideoError(
                f"Its frames have {width:,} × {height:,} pixels; "
                f"{self.max_pixels / 1e6:g} megapixels are allowed."
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._container.close()

    @property
    def time_base(self) -> Fraction:
        """The unit of :attr:`VideoFrame.pts`, in seconds."""
        return Fraction(self._base)

    @property
    def start_ms(self) -> int:
        """Where the stream begins on the clock of its file, from which :attr:`VideoFrame.time_ms`
        is counted."""
        return round((self._start or 0) * float(self._base) * 1000)

    # --- frames -------------------------------------------------------------------------------

    def frames(self) -> Iterator[VideoFrame]:
        """Every frame that decodes, in the order in which they are shown.

        What is damaged is left out and counted; where reading breaks off, ``is_cut`` is set.
        """
        behind, self._behind = self._behind, None
        return self._read() if behind is None else behind

    def _read(self) -> Iterator[VideoFrame]:
        packets = self._container.demux(self._stream)
        while True:
            try:
                packet = next(packets)
            except StopIteration:
                return
            except (av.FFmpegError, OSError):
                self.is_cut = True
                yield from self._decoded(None)
                return
            yield from self._decoded(packet)

    def _decoded(self, packet: "av.Packet[Any] | None") -> Iterator[VideoFrame]:
        try:
            decoded_frames = self._stream.codec_context.decode(packet)
        except av.error.EOFError:
            return
        except (av.FFmpegError, MemoryError, ValueError):
            self.damaged += 1
            return
        for decoded in decoded_frames:
            if decoded.is_corrupt:
                self.damaged += 1
                continue
            self._check_size(decoded.width, decoded.height)
            yield self._numbered(decoded)

    def _numbered(self, decoded: av.VideoFrame) -> VideoFrame:
        if decoded.interlaced_frame:
            self.is_interlaced = True
        pts = decoded.pts
        if pts is None:
            step = 1 / (self.facts.fps or 25.0)
            pts = (self._start or 0) + round(self.next_number * step / self._base)
        if self._start is None:
            self._start = pts
        time_ms = max(0, self.last_time_ms, round((pts - self._start) * self._base * 1000))
        begin, end = self.longest_gap_ms
        if 0 <= self.last_time_ms < time_ms - (end - begin):
            self.longest_gap_ms = self.last_time_ms, time_ms
        frame = VideoFrame(self.next_number, time_ms, pts, decoded)
        self.last_time_ms = time_ms
        self.next_number += 1
        return frame

    def seek(self, frame_number: int, pts: int) -> bool:
        """Go on behind the frame of this number and time; False: it was not found there."""
        return self.find(frame_number, pts) is not None

    def find(self, frame_number: int, pts: int) -> VideoFrame | None:
        """Return the frame of this time, which has this number; :meth:`frames` goes on behind it.

        A decoder gives several frames at once, above all at the end: those behind the one that is
        looked for are kept, so the same iterator goes on.
        """
        try:
            self._container.seek(pts, stream=self._stream, backward=True, any_frame=False)
        except av.FFmpegError:
            return None
        self.next_number, self.last_time_ms = 0, -1
        frames = self._read()
        for frame in frames:
            if frame.pts == pts:
                self.next_number = frame_number + 1
                self._behind = frames
                return frame._replace(number=frame_number)
            if frame.pts > pts:
                return None
        return None

    # --- pixels -------------------------------------------------------------------------------

    def to_rgb(self, frame: VideoFrame) -> NDArray[np.uint8]:
        """The frame as it is shown: turned, with square pixels, 8 bits, on white, in BT.709's or
        BT.601's colours as the video says; (height, width, 3)."""
        decoded = frame.decoded
        space = decoded.colorspace
        if space in (_UNSPECIFIED, 0, 3):
            space = _BT709 if decoded.height >= 720 or decoded.width >= 1280 else _BT601
        if _is_rgb(decoded):
            space = _UNSPECIFIED
        rgb: NDArray[np.uint8]
        if is_hdr(decoded.color_trc):
            values = self._converted(decoded, "rgb48le", space)
            rgb = compress_range(values, color_trc=decoded.color_trc)
        elif _has_alpha(decoded.format.name):
            rgba = self._converted(decoded, "rgba", space).astype(np.uint16)
            alpha = rgba[:, :, 3:]
            rgb = ((rgba[:, :, :3] * alpha + 255 * (255 - alpha) + 127) // 255).astype(np.uint8)
        else:
            rgb = self._converted(decoded, "rgb24", space)
        return np.ascontiguousarray(self._shown(rgb, decoded))

    def _converted(self, decoded: av.VideoFrame, pixel_format: str, space: int) -> NDArray[Any]:
        options: dict[str, Any] = {} if space == _UNSPECIFIED else {"src_colorspace": space}
        converted = self._to_rgb.reformat(
            decoded, format=pixel_format, interpolation="BICUBIC", **options
        )
        return converted.to_ndarray()

    def _shown(self, rgb: NDArray[np.uint8], decoded: av.VideoFrame) -> NDArray[np.uint8]:
        width, height = _square(rgb.shape[1], rgb.shape[0], self._stream.sample_aspect_ratio)
        # Side data keep a frame in memory until the next collection: most are turned as the first.
        is_same = decoded.rotation == self._rotation
        turn = self._turn if is_same else _turn_of(decoded)
        if (width, height) == (rgb.shape[1], rgb.shape[0]) and turn == _Turn(0, is_mirrored=False):
            return rgb
        image = Image.fromarray(rgb)
        if image.size != (width, height):
            image = image.resize((width, height), Image.Resampling.BICUBIC)
        return np.asarray(turn.apply(image))

    def to_grey(self, frame: VideoFrame, size_wh: tuple[int, int] = SMALL_WH) -> NDArray[np.uint8]:
        """The brightness of a frame, small, not turned; (height, width)."""
        width, height = size_wh
        small = self._to_grey.reformat(
            frame.decoded, width, height, format="gray", interpolation="FAST_BILINEAR"
        )
        plane = small.planes[0]
        values = np.frombuffer(memoryview(plane), dtype=np.uint8).reshape(
            plane.height, plane.line_size
        )
        return values[:, : plane.width]

    # --- facts --------------------------------------------------------------------------------

    def _describe(self) -> VideoFacts:
        stream, context = self._stream, self._stream.codec_context
        self._turn, self._rotation = _turn_of_first(self._file, self.max_pixels)
        turn = self._turn
        width, height = _square(context.width, context.height, stream.sample_aspect_ratio)
        if turn.degrees in (90, 270):
            width, height = height, width
        rate = stream.average_rate or stream.guessed_rate
        pixel_format = context.pix_fmt or ""
        depth = max((each.bits for each in context.format.components), default=8)
        return VideoFacts(
            width=width,
            height=height,
            duration_ms=self._duration_ms(),
            frames=stream.frames or None,
            fps=round(float(rate), 4) if rate and rate < 100_000 else None,
            codec=context.codec.canonical_name or context.name,
            container=self._container.format.name.split(",")[0],
            rotation=turn.degrees,
            is_mirrored=turn.is_mirrored,
            is_hdr=is_hdr(context.color_trc or 0),
            bits=depth,
            has_alpha=_has_alpha(pixel_format),
            has_sound=bool(self._container.streams.audio),
            sound=_codec_of_sound(self._container),
            pixel_format=pixel_format,
            is_stretched=(width, height)
            not in (
                (context.width, context.height),
                (context.height, context.width),
            ),
        )

    def _duration_ms(self) -> int | None:
        """Of the stream; where only the file has one, that, as long as nothing else is in it."""
        stream = self._stream
        if stream.duration and stream.duration > 0:
            return round(float(stream.duration * self._base * 1000))
        if (told := _tagged_ms(stream.metadata.get("DURATION", ""))) is not None:
            return told
        if self._container.duration and self._container.duration > 0:
            return round(float(self._container.duration / 1000))
        return None


class _Turn(NamedTuple):
    """``degrees``: to the right, after mirroring left and right."""

    degrees: int
    is_mirrored: bool

    def apply(self, image: Image.Image) -> Image.Image:
        if self.is_mirrored:
            image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        turn = _QUARTERS[-self.degrees % 360]
        return image if turn is None else image.transpose(turn)


def _open(file: str, max_pixels: int) -> Any:
    options = {
        "protocol_whitelist": "file",
        "format_whitelist": FORMATS,
        "max_streams": str(_MOST_STREAMS),
        "max_pixels": str(max_pixels),
    }
    try:
        return av.open(f"file:{file}", options=options, metadata_errors="replace")
    except av.error.EOFError:
        raise VideoError("The file is empty or cut short.") from None
    except (av.FFmpegError, OSError, ValueError, MemoryError):
        raise VideoError(
            "It is no video that is read, or it is damaged or cut short (a file that is cut lacks "
            "its index)."
        ) from None


def _video_stream(container: Any) -> Any:
    streams = [
        each
        for each in container.streams.video
        if not each.disposition & av.stream.Disposition.attached_pic
    ]
    if not streams:
        if container.streams.audio:
            raise VideoError("It holds sound alone, no images.")
        raise VideoError("It holds no stream of images.")
    usable = [each for each in streams if each.codec_context is not None]
    if not usable:
        raise VideoError("Its images are of a codec that is not read.")
    best = container.streams.best("video")
    stream = best if best in usable else usable[0]
    if not stream.time_base:
        raise VideoError("Its stream of images has no unit of time: the file is damaged.")
    if stream.codec_context.width <= 0 or stream.codec_context.height <= 0:
        raise VideoError("Its stream of images has no size: the file is damaged or cut short.")
    for other in container.streams:
        if other.index != stream.index:
            other.discard = av.stream.Discard.all
    return stream


def _turn_of_first(file: str, max_pixels: int) -> tuple[_Turn, int]:
    """How the first frame is turned, and its rotation as PyAV has it: it carries what the container
    says.

    The file is opened once more, as not every format can be wound back.
    """
    with _open(file, max_pixels) as container:
        stream = _video_stream(container)
        try:
            for packet in container.demux(stream):
                for decoded in stream.codec_context.decode(packet):
                    return _turn_of(decoded), decoded.rotation
        except (av.FFmpegError, OSError, ValueError, MemoryError):
            pass
    return _Turn(0, is_mirrored=False), 0


def _turn_of(decoded: av.VideoFrame) -> _Turn:
    """From the display matrix (ISO/IEC 14496-12, 8.5.2): 9 numbers in native order."""
    try:
        data: Any = decoded.side_data.get("DISPLAYMATRIX")
    except (KeyError, ValueError):
        data = None
    if data is None:
        return _Turn(-decoded.rotation % 360 // 90 * 90, is_mirrored=False)
    a, b, _, c, d = struct.unpack_from("=5i", bytes(data))
    is_mirrored = a * d - b * c < 0
    if is_mirrored:
        a, b = -a, -b
    if abs(a) >= abs(b):
        return _Turn(0 if a >= 0 else 180, is_mirrored)
    return _Turn(90 if b > 0 else 270, is_mirrored)


def _square(width: int, height: int, aspect: Any) -> tuple[int, int]:
    """The size with square pixels: the larger side of a pixel is kept."""
    ratio = float(aspect) if aspect else 1.0
    if ratio <= 0 or not 1 / _MOST_ASPECT <= ratio <= _MOST_ASPECT:
        return width, height
    if ratio >= 1:
        return max(1, round(width * ratio)), height
    return width, max(1, round(height / ratio))


def _is_rgb(decoded: av.VideoFrame) -> bool:
    return bool(decoded.format.is_rgb)


def _codec_of_sound(container: Any) -> str:
    for stream in container.streams.audio:
        if stream.codec_context is not None:
            return str(stream.codec_context.codec.canonical_name or stream.codec_context.name)
        return "unknown"
    return ""


def _has_alpha(pixel_format: str) -> bool:
    return pixel_format.startswith(("yuva", "rgba", "bgra", "argb", "abgr", "gbrap", "ya8", "ya16"))


def _tagged_ms(text: str) -> int | None:
    """The length that Matroska keeps as text: ``00:01:02.500000000``."""
    parts = text.strip().split(":")
    try:
        hours, minutes, seconds = (float(part) for part in parts)
    except ValueError:
        return None
    return round((hours * 3600 + minutes * 60 + seconds) * 1000)
