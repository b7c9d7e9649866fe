"""Going on with an archive where its download broke, though it lies nowhere.

While an archive is streamed, a *journal* notes of each file its size and checksum before it goes
out. To go on at byte n the files are listed anew and compared with the journal: where each of them
is what was sent, the archive continues, with its length; where one has changed, the range is
refused and everything is sent anew. So the bytes of two requests never mix two states.
What is generated (labels, JSON) is spooled to disk meanwhile; images are read where they lie.
"""

import json
import os
import shutil
import tempfile
import time
import zlib
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import IO, NamedTuple

from .stored_zip import (
    PIECE_BYTES,
    WHOLE_BYTES,
    ChangedError,
    Content,
    Directory,
    Known,
    Watcher,
    descriptor,
    dos_stamp,
    local_header,
    needs_zip64,
    stream_zip,
)

_FLUSH_EVERY = 1 << 20


class _Line(NamedTuple):
    """``is_part``: so much of an entry went out, the rest did not (yet)."""

    is_part: bool
    name_crc: int
    size: int
    crc: int
    mtime_ns: int


class Journal(Watcher):
    """Notes what is sent, in a file that :func:`plan_rest` reads."""

    def __init__(self, path: Path, *, skip: int = 0) -> None:
        """``skip``: entries that stand in it already."""
        self._file = path.open("a")
        self._skip = skip
        self._unflushed = 0

    def entry(self, entry: Known, mtime_ns: int) -> None:
        self._write("E", entry.name, entry.size, entry.crc, mtime_ns)
        self._skip -= 1

    def part(self, name: str, size: int, crc: int, mtime_ns: int) -> None:
        self._write("P", name, size, crc, mtime_ns)

    def close(self) -> None:
        self._file.close()

    def _write(self, kind: str, name: str, size: int, crc: int, mtime_ns: int) -> None:
        if self._skip > 0:
            return
        name_crc = zlib.crc32(name.encode())
        self._file.write(f"{kind} {name_crc} {size} {crc} {mtime_ns}\n")
        self._unflushed += size
        if self._unflushed > _FLUSH_EVERY:  # before it is sent, also where this process is killed
            self._file.flush()
            self._unflushed = 0


def _read_journal(path: Path) -> Iterator[_Line]:
    with path.open() as lines:
        next(lines)
        for line in lines:
            if line.endswith("\n"):
                kind, *numbers = line.split()
                yield _Line(kind == "P", *map(int, numbers))


def begin(files: Iterable[tuple[str, Content]], journal: Path) -> Iterator[bytes]:
    """Stream an archive that can be continued."""
    stamp = dos_stamp(time.time())
    journal.parent.mkdir(parents=True, exist_ok=True)
    journal.write_text(f"{stamp}\n")
    watcher = Journal(journal)
    try:
        yield from stream_zip(files, stamp=stamp, watcher=watcher)
    finally:
        watcher.close()


class Rest:
    """What is still to be sent of an archive; ``total`` is the length of the whole."""

    def __init__(self, journal: Path, folder: Path, *, stamp: int, skip: int, total: int) -> None:
        self._journal, self._folder, self._stamp, self._skip = journal, folder, stamp, skip
        self.total = total

    def close(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)

    def pieces(self, start: int, stop: int) -> Iterator[bytes]:
        """The bytes from ``start`` up to ``stop``."""
        try:
            yield from _cut(self._pieces_from(start), stop - start)
        finally:
            self.close()

    def _pieces_from(self, start: int) -> Iterator[bytes]:
        directory = Directory(self._stamp)
        watcher = Journal(self._journal, skip=self._skip)
        offset = 0
        try:
            with (self._folder / "spool").open("rb") as spool:
                for planned in _read_plan(self._folder / "plan"):
                    length = planned.length(self._stamp)
                    if offset + length <= start:
                        entry = planned.known(spool)
                        watcher.entry(entry, planned.mtime_ns)
                    else:
                        pieces = _Sending(planned, spool, self._stamp, watcher)
                        yield from _drop(pieces, max(0, start - offset))
                        entry = pieces.entry
                    directory.add(entry, offset)
                    offset += length
            yield from _drop(directory.pieces(offset), max(0, start - offset))
        finally:
            directory.close()
            watcher.close()


class _Planned(NamedTuple):
    """``crc`` None: not read yet. ``path`` "": it lies in the spool at ``at``."""

    name: str
    size: int
    crc: int | None
    follows: bool
    is_sized: bool
    path: str
    at: int
    mtime_ns: int

    def head(self, stamp: int) -> int:
        crc = None if self.follows else 0
        size = self.size if self.is_sized else None
        return len(local_header(self.name, stamp=stamp, size=size, crc=crc))

    def length(self, stamp: int) -> int:
        size = self.size if self.is_sized else None
        behind = descriptor(size=0, crc=0, is_zip64=needs_zip64(size)) if self.follows else b""
        return self.head(stamp) + self.size + len(behind)

    def content(self, spool: IO[bytes]) -> Iterator[bytes]:
        """Raises ChangedError where the file is not what was planned."""
        left = self.size
        with Path(self.path).open("rb") if self.path else nullcontext(spool) as handle:
            if self.path:
                status = os.fstat(handle.fileno())
                if (status.st_size, status.st_mtime_ns) != (self.size, self.mtime_ns):
                    raise ChangedError(f"{self.name} changed while it was sent")
            else:
                handle.seek(self.at)
            while left and (piece := handle.read(min(left, PIECE_BYTES))):
                left -= len(piece)
                yield piece
        if left:
            raise ChangedError(f"{self.name} changed while it was sent")

    def known(self, spool: IO[bytes]) -> Known:
        crc = self.crc
        if crc is None:
            crc = 0
            for piece in self.content(spool):
                crc = zlib.crc32(piece, crc)
        return Known(self.name, self.size, crc, self.follows)


class _Sending:
    """One planned entry on its way; ``entry`` is known once it went out."""

    entry: Known

    def __init__(self, planned: _Planned, spool: IO[bytes], stamp: int, told: Watcher) -> None:
        self._planned, self._spool, self._stamp, self._told = planned, spool, stamp, told

    def __iter__(self) -> Iterator[bytes]:
        planned, told = self._planned, self._told
        if not planned.follows:
            self.entry = planned.known(self._spool)
            told.entry(self.entry, planned.mtime_ns)
            yield local_header(
                planned.name, stamp=self._stamp, size=planned.size, crc=self.entry.crc
            )
            yield from planned.content(self._spool)
            return
        size = planned.size if planned.is_sized else None
        told.part(planned.name, 0, 0, planned.mtime_ns)
        yield local_header(planned.name, stamp=self._stamp, size=size, crc=None)
        crc = sent = 0
        for piece in planned.content(self._spool):
            crc = zlib.crc32(piece, crc)
            sent += len(piece)
            told.part(planned.name, sent, crc, planned.mtime_ns)
            yield piece
        self.entry = Known(planned.name, sent, crc, follows=True)
        told.entry(self.entry, planned.mtime_ns)
        yield descriptor(size=sent, crc=crc, is_zip64=needs_zip64(size))


def plan_rest(files: Iterable[tuple[str, Content]], journal: Path, *, start: int) -> Rest:
    """Compare ``files`` with what was sent, and plan the rest.

    Raises ChangedError where a file is not what was sent, or where byte ``start`` was not reached.
    """
    with journal.open() as lines:
        stamp = int(lines.readline())
    folder = Path(tempfile.mkdtemp(prefix="rest-", dir=journal.parent))
    try:
        return _plan(files, journal, folder, stamp=stamp, start=start)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _plan(
    files: Iterable[tuple[str, Content]], journal: Path, folder: Path, *, stamp: int, start: int
) -> Rest:
    sent = _Sent(_read_journal(journal))
    directory = Directory(stamp)
    offset = reached = 0
    with (folder / "spool").open("w+b") as spool, (folder / "plan").open("w") as plan:
        for name, content in files:
            planned = _plan_entry(name, content, spool)
            planned, part = sent.compare(planned, spool)
            plan.write(json.dumps(planned) + "\n")
            directory.add(Known(name, planned.size, 0, planned.follows), offset)
            if part is not None:
                reached = offset + planned.head(stamp) + part
            offset += planned.length(stamp)
            if part is None and not sent.is_over:
                reached = offset
    whole = sent.check_over()
    total = offset + directory.measure(offset)
    directory.close()
    if start > (total if whole else reached):
        raise ChangedError("The archive was not sent so far")
    return Rest(journal, folder, stamp=stamp, skip=sent.count, total=total)


def _plan_entry(name: str, content: Content, spool: IO[bytes]) -> _Planned:
    if isinstance(content, Path):
        status = content.stat()
        follows = status.st_size > WHOLE_BYTES
        return _Planned(
            name, status.st_size, None, follows, True, str(content), 0, status.st_mtime_ns
        )
    at = spool.tell()
    crc = size = 0
    for piece in [content] if isinstance(content, bytes) else content:
        spool.write(piece)
        crc = zlib.crc32(piece, crc)
        size += len(piece)
    is_sized = isinstance(content, bytes)
    return _Planned(name, size, crc, not is_sized, is_sized, "", at, 0)


class _Sent:
    """The journal, read entry by entry."""

    def __init__(self, lines: Iterator[_Line]) -> None:
        self._lines = lines
        self._next = self._read()
        self.count = 0
        self.is_over = False

    def _read(self) -> _Line | None:
        """The next entry; the last of its parts where it was not finished."""
        part = None
        for line in self._lines:
            if not line.is_part:
                return line
            part = line
        return part

    def compare(self, planned: _Planned, spool: IO[bytes]) -> tuple[_Planned, int | None]:
        """The entry with the checksum that was sent, and how much of it is sure to have been sent:
        None for all. Raises ChangedError."""
        line = self._next
        if line is None:
            self.is_over = True
            return planned, None
        is_same = zlib.crc32(planned.name.encode()) == line.name_crc
        is_same &= planned.mtime_ns == line.mtime_ns
        if line.is_part:
            self._next, self.is_over = None, True
            is_same &= line.size <= planned.size
            if not planned.path:
                is_same &= _crc_of(spool, planned.at, line.size) == line.crc
            if not is_same:
                raise ChangedError(f"{planned.name} changed since it was sent")
            return planned, line.size
        is_same &= planned.size == line.size and planned.crc in (None, line.crc)
        if not is_same:
            raise ChangedError(f"{planned.name} changed since it was sent")
        self._next = self._read()
        self.count += 1
        return planned._replace(crc=line.crc), None

    def check_over(self) -> bool:
        """Whether every file had gone out. Raises ChangedError where more than these did."""
        if self._next is not None:
            raise ChangedError("A file that was sent is gone")
        return not self.is_over


def _crc_of(spool: IO[bytes], at: int, size: int) -> int:
    end = spool.tell()
    spool.seek(at)
    crc = 0
    while size and (piece := spool.read(min(size, PIECE_BYTES))):
        crc = zlib.crc32(piece, crc)
        size -= len(piece)
    spool.seek(end)
    return crc


def _read_plan(path: Path) -> Iterator[_Planned]:
    with path.open() as lines:
        for line in lines:
            yield _Planned(*json.loads(line))


def _drop(pieces: Iterable[bytes], count: int) -> Iterator[bytes]:
    """All but the first ``count`` bytes."""
    for piece in pieces:
        if count >= len(piece):
            count -= len(piece)
            continue
        yield piece[count:] if count else piece
        count = 0


def _cut(pieces: Iterable[bytes], count: int) -> Iterator[bytes]:
    """The first ``count`` bytes."""
    for piece in pieces:
        if count <= 0:
            return
        yield piece[:count]
        count -= len(piece)
