"""A .zip of stored files that is made while it is sent, in memory that does not grow.

Images are compressed already, so nothing is compressed again, and where each byte lies follows from
names and sizes alone: a download that broke goes on where it stopped (:mod:`.resumable_zip`).
Layout: PKWARE APPNOTE 6.3.9, sections 4.3 to 4.5 (Zip64).
"""

import io
import os
import struct
import tempfile
import time
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

Content = bytes | Path | Iterable[bytes]
"""Of a file in the archive: as it is, where it lies, or piece by piece."""

WHOLE_BYTES = 8 << 20
"""Files up to this size are read at once; larger ones, and what comes in pieces, are followed by
their checksum, since it is not known before."""
PIECE_BYTES = 1 << 20

_LIMIT = 0xFFFFFFFF
_MOST_ENTRIES = 0xFFFF
_DIRECTORY_IN_MEMORY = 4 << 20
_UTF8, _SIZES_FOLLOW = 1 << 11, 1 << 3
_FILE_MODE, _FOLDER_MODE = (0o100644 << 16), (0o040755 << 16) | 0x10


class Known(NamedTuple):
    """What the directory at the end says of an entry."""

    name: str
    size: int
    crc: int
    follows: bool
    """Whether its size and checksum follow its content."""


def dos_stamp(seconds: float) -> int:
    """Date and time as a .zip writes them, in UTC; before 1980 there is none."""
    year, month, day, hour, minute, second, *_ = time.gmtime(seconds)
    if not 1980 <= year <= 2107:
        return 0x21 << 16
    date = (year - 1980) << 9 | month << 5 | day
    return date << 16 | hour << 11 | minute << 5 | second // 2


def local_header(name: str, *, stamp: int, size: int | None, crc: int | None) -> bytes:
    """What stands before an entry. ``crc`` None: it follows; ``size`` None: that, too."""
    follows = crc is None
    extra = b""
    shown = size or 0
    if size is None:
        extra, shown = struct.pack("<HHQQ", 1, 16, 0, 0), _LIMIT
    elif size >= _LIMIT:
        extra, shown = struct.pack("<HHQQ", 1, 16, size, size), _LIMIT
    encoded = name.encode()
    head = struct.pack(
        "<4sHHHIIIIHH",
        b"PK\3\4",
        45 if extra else 20,
        _UTF8 | (_SIZES_FOLLOW if follows else 0),
        0,
        stamp,
        crc or 0,
        shown,
        shown,
        len(encoded),
        len(extra),
    )
    return head + encoded + extra


def descriptor(*, size: int, crc: int, is_zip64: bool) -> bytes:
    """What stands behind an entry whose checksum was not known before."""
    return struct.pack("<4sIQQ" if is_zip64 else "<4sIII", b"PK\7\10", crc, size, size)


class Directory:
    """The end of an archive: its list of entries. Held on disk once it grows."""

    def __init__(self, stamp: int) -> None:
        self._stamp = stamp
        self._count = 0
        self._size = 0
        self._file = tempfile.SpooledTemporaryFile(_DIRECTORY_IN_MEMORY)  # noqa: SIM115

    def add(self, entry: Known, offset: int) -> None:
        extra = b""
        size, at = entry.size, offset
        if entry.size >= _LIMIT:
            extra, size = struct.pack("<QQ", entry.size, entry.size), _LIMIT
        if offset >= _LIMIT:
            extra, at = extra + struct.pack("<Q", offset), _LIMIT
        if extra:
            extra = struct.pack("<HH", 1, len(extra)) + extra
        encoded = entry.name.encode()
        version = 45 if extra else 20
        head = struct.pack(
            "<4sBBHHHIIIIHHHHHII",
            b"PK\1\2",
            version,
            3,  # made on Unix
            version,
            _UTF8 | (_SIZES_FOLLOW if entry.follows else 0),
            0,
            self._stamp,
            entry.crc,
            size,
            size,
            len(encoded),
            len(extra),
            0,
            0,
            0,
            _FOLDER_MODE if entry.name.endswith("/") else _FILE_MODE,
            at,
        )
        self._file.write(head + encoded + extra)
        self._size += len(head) + len(encoded) + len(extra)
        self._count += 1

    def pieces(self, offset: int) -> Iterator[bytes]:
        """The directory as it stands at ``offset``."""
        self._file.seek(0)
        while piece := self._file.read(PIECE_BYTES):
            yield piece
        self._file.close()
        yield self._end(offset)

    def close(self) -> None:
        self._file.close()

    def measure(self, offset: int) -> int:
        """Its size in bytes, were it to begin at ``offset``."""
        return self._size + len(self._end(offset))

    def _end(self, offset: int) -> bytes:
        count, size = self._count, self._size
        zip64 = b""
        if count >= _MOST_ENTRIES or size >= _LIMIT or offset >= _LIMIT:
            counts = (count, count, size, offset)
            zip64 = struct.pack("<4sQHHIIQQQQ", b"PK\6\6", 44, 45, 45, 0, 0, *counts)
            zip64 += struct.pack("<4sIQI", b"PK\6\7", 0, offset + size, 1)
            count, size, offset = (
                min(count, _MOST_ENTRIES),
                min(size, _LIMIT),
                min(offset, _LIMIT),
            )
        end = struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, count, count, size, offset, 0)
        return zip64 + end


class Watcher:
    """Is told what of the archive goes out, before it does. This one forgets it."""

    def entry(self, entry: Known, mtime_ns: int) -> None:
        """The next entry, whole (it may have been told in part before)."""

    def part(self, name: str, size: int, crc: int, mtime_ns: int) -> None:
        """So much of the next entry."""


def stream_zip(
    files: Iterable[tuple[str, Content]], *, stamp: int, watcher: Watcher | None = None
) -> Iterator[bytes]:
    """Yield an archive of ``files`` (name, content) in pieces."""
    told = watcher or Watcher()
    directory = Directory(stamp)
    offset = 0
    try:
        for name, content in files:
            begin = offset
            if isinstance(content, bytes):
                entry = Known(name, len(content), zlib.crc32(content), follows=False)
                told.entry(entry, 0)
                header = local_header(name, stamp=stamp, size=entry.size, crc=entry.crc)
                offset += len(header) + len(content)
                yield header + content
            elif isinstance(content, Path):
                with content.open("rb", buffering=0) as handle:
                    status = os.fstat(handle.fileno())
                    if status.st_size <= WHOLE_BYTES:
                        data = handle.read(status.st_size)
                        entry = Known(name, len(data), zlib.crc32(data), follows=False)
                        told.entry(entry, status.st_mtime_ns)
                        header = local_header(name, stamp=stamp, size=entry.size, crc=entry.crc)
                        offset += len(header) + len(data)
                        yield header
                        yield data
                    else:
                        sent = _Follows(name, status.st_size, status.st_mtime_ns, told)
                        for piece in sent.pieces(read_pieces(handle), stamp):
                            offset += len(piece)
                            yield piece
                        entry = sent.known()
            else:
                sent = _Follows(name, None, 0, told)
                for piece in sent.pieces(content, stamp):
                    offset += len(piece)
                    yield piece
                entry = sent.known()
            directory.add(entry, begin)
        yield from directory.pieces(offset)
    finally:
        directory.close()


class _Follows:
    """An entry whose checksum follows."""

    def __init__(self, name: str, size: int | None, mtime_ns: int, told: Watcher) -> None:
        self._name, self._size, self._mtime_ns, self._told = name, size, mtime_ns, told
        self._sent = self._crc = 0

    def pieces(self, content: Iterable[bytes], stamp: int) -> Iterator[bytes]:
        self._told.part(self._name, 0, 0, self._mtime_ns)
        yield local_header(self._name, stamp=stamp, size=self._size, crc=None)
        for piece in content:
            self._crc = zlib.crc32(piece, self._crc)
            self._sent += len(piece)
            self._told.part(self._name, self._sent, self._crc, self._mtime_ns)
            yield piece
        if self._size is not None and self._sent != self._size:
            raise ChangedError(f"{self._name} changed while it was read")
        self._told.entry(self.known(), self._mtime_ns)
        yield descriptor(size=self._sent, crc=self._crc, is_zip64=needs_zip64(self._size))

    def known(self) -> Known:
        return Known(self._name, self._sent, self._crc, follows=True)


class ChangedError(OSError):
    """A file changed while it was sent: what was promised cannot be kept."""


def needs_zip64(size: int | None) -> bool:
    return size is None or size >= _LIMIT


def read_pieces(handle: BinaryIO | io.FileIO) -> Iterator[bytes]:
    while piece := handle.read(PIECE_BYTES):
        yield piece
