"""Which files are videos: by name in a folder or an archive, by content where one stands alone.

What a video really holds decides its decoder (:mod:`.reading`), which opens it in a child process.
"""

import re

VIDEO_EXTENSIONS = frozenset(
    {
        *("mp4", "m4v", "mov", "qt", "mkv", "webm", "avi", "mpg", "mpeg", "mpe", "m2v", "ts"),
        *("mts", "m2ts", "flv", "wmv", "asf", "ogv", "3gp", "3g2", "mxf"),
    }
)

_MP4_IMAGES = frozenset((b"heic", b"heix", b"heim", b"heis", b"mif1", b"avif"))
_HEADS = (
    re.compile(rb"\x1a\x45\xdf\xa3"),  # Matroska, WebM
    re.compile(rb"RIFF....AVI ", re.DOTALL),
    re.compile(rb"....(moov|mdat|wide|free|skip)", re.DOTALL),  # QuickTime
    re.compile(rb"\x00\x00\x01[\xba\xb3]"),  # MPEG program stream, MPEG-1/2 video
    re.compile(rb"FLV\x01"),
    re.compile(rb"\x30\x26\xb2\x75\x8e\x66\xcf\x11"),  # ASF, WMV
    re.compile(rb"OggS"),
    re.compile(rb"\x06\x0e\x2b\x34"),  # MXF
    re.compile(rb"\x47.{187}\x47.{187}\x47", re.DOTALL),  # MPEG transport stream
    re.compile(rb"....\x47.{191}\x47", re.DOTALL),  # the same with time codes (.m2ts)
)


def is_video_name(name: str) -> bool:
    return not name.startswith(".") and name.rpartition(".")[2].lower() in VIDEO_EXTENSIONS


def looks_like_video(head: bytes) -> bool:
    """Whether the first 512 bytes of a file are those of a video (or of sound alone: its streams
    say which)."""
    if head[4:8] == b"ftyp":
        return head[8:12] not in _MP4_IMAGES
    return any(pattern.match(head) for pattern in _HEADS)
