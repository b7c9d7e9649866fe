"""Reading a .tar that a stranger made, without unpacking it to where it says.

A .tar has no list of its members: they are walked once, header by header, and of each only its
place, its size and its name are kept. A compressed one has no random access either, so its plain
.tar is first written to one nameless temporary file, whose size is bounded: no name of the archive
ever becomes a name on the disk, and every file is then read where it lies.
"""

import bz2
import gzip
import io
import lzma
import os
import shutil
import tarfile
import tempfile
import zlib
from array import array
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, Self, cast

import zstandard

from .archive_names import choose_encoding, decode_name
from .formats.trees import FileReadError, TreeError, bounded_stream, too_large
from .safe_zip import ArchiveLimits, check_ratio, check_total, checked_path, shown_name

_CHUNK_BYTES = 1 << 20
_MAX_HEADER_BYTES = 1 << 20
_MAX_WINDOW_BYTES = 1 << 27  # what zstd --long=27 needs, and gzip and xz stay below
_FREE_BYTES_LEFT = 256 * 1024**2
_ERRORS = (OSError, EOFError, zlib.error, lzma.LZMAError, zstandard.ZstdError, ValueError)


class TarTree:
    """A checked .tar as a :class:`~annotator.labels.formats.trees.Tree`. Raises TreeError.

    ``handle``: of the plain .tar; it is closed with the tree.
    """

    def __init__(self, handle: BinaryIO, *, limits: ArchiveLimits | None = None) -> None:
        self._handle = handle
        self._starts, self._sizes = array("Q"), array("Q")
        self._folders: dict[str, dict[str, int]] = {}
        try:
            self._index(limits or ArchiveLimits())
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._handle.close()

    def folders(self) -> Iterator[str]:
        yield from sorted(self._folders)

    def names(self, folder: str) -> list[str]:
        return sorted(self._folders.get(folder, ()))

    def size(self, path: str) -> int:
        return self._sizes[self._place(path)]

    def read(self, path: str, *, limit_bytes: int) -> bytes:
        with self.open(path, limit_bytes=limit_bytes) as stream:
            return stream.read()

    def open(self, path: str, *, limit_bytes: int) -> BinaryIO:
        place = self._place(path)
        if self._sizes[place] > limit_bytes:
            raise FileReadError(too_large(limit_bytes))
        member = _Member(self._handle, self._starts[place], self._sizes[place])
        return bounded_stream(member, limit_bytes=self._sizes[place])

    def _place(self, path: str) -> int:
        folder, _, name = path.rpartition("/")
        try:
            return self._folders[folder][name]
        except KeyError:
            raise FileReadError("The archive holds no such file.") from None

    def _index(self, limits: ArchiveLimits) -> None:
        size_bytes = self._handle.seek(0, os.SEEK_END)
        encoding = choose_encoding(name for name, _, _ in self._members(limits))
        total = 0
        for name, start, size in self._members(limits):
            path = checked_path(decode_name(name, encoding))
            if start + size > size_bytes:
                raise TreeError("The .tar archive is cut off, or damaged.")
            total += size
            check_total(total, limits)
            folder, _, base = path.rpartition("/")
            names = self._folders.setdefault(folder, {})
            if base in names:
                raise TreeError(f"The archive holds “{shown_name(path)}” twice.")
            names[base] = len(self._starts)
            self._starts.append(start)
            self._sizes.append(size)

    def _members(self, limits: ArchiveLimits) -> Iterator[tuple[bytes, int, int]]:
        """Name, place and size of each plain file; links and devices end it with TreeError."""
        self._handle.seek(0)
        headers = _Headers(self._handle)
        count = 0
        try:
            with tarfile.open(fileobj=cast(BinaryIO, headers), mode="r:") as archive:
                while (member := archive.next()) is not None:
                    cast(Any, archive).members.clear()  # it would keep them all
                    count += 1
                    if count > limits.max_entries:
                        limit = f"{limits.max_entries:,}"
                        raise TreeError(f"The .tar archive lists more than {limit} files.")
                    if member.isdir():
                        checked_path(f"{member.name}/")
                        continue
                    _check_kind(member)
                    name = member.name.encode("utf-8", "surrogateescape")
                    yield name, member.offset_data, member.size
                end = archive.offset
        except (tarfile.TarError, *_ERRORS) as error:
            raise TreeError("The file is not a .tar archive, or it is damaged.") from error
        self._handle.seek(end)
        if self._handle.read(tarfile.BLOCKSIZE).strip(b"\0"):  # tarfile ends at a bad header
            raise TreeError("The .tar archive is damaged.")


def _check_kind(member: tarfile.TarInfo) -> None:
    if member.issym() or member.islnk():
        raise TreeError(
            f"The archive holds a link, “{shown_name(member.name)}”: nothing was taken."
        )
    if member.issparse() or not member.isreg():
        raise TreeError(
            f"The archive holds “{shown_name(member.name)}”, which is no plain file: "
            "nothing was taken."
        )
    if member.size < 0:
        raise TreeError("The .tar archive is damaged.")


class _Headers:
    """The archive for tarfile, which would read a header of any size into memory."""

    def __init__(self, handle: BinaryIO) -> None:
        self._handle = handle
        self.seek, self.tell = handle.seek, handle.tell

    def read(self, count: int) -> bytes:
        if not 0 <= count <= _MAX_HEADER_BYTES:
            raise TreeError("The .tar archive holds a header of more than 1 MB.")
        return self._handle.read(count)


class _Member(io.RawIOBase):
    """One file inside the archive. Several may be read in turns."""

    def __init__(self, handle: BinaryIO, start: int, size: int) -> None:
        self._handle, self._at, self._end = handle, start, start + size

    def read(self, count: int = -1) -> bytes:
        left = self._end - self._at
        self._handle.seek(self._at)
        data = self._handle.read(left if count < 0 else min(count, left))
        self._at += len(data)
        if not data and left and count:
            raise FileReadError("The file is cut off inside the archive.")
        return data


def unpack_stream(
    path: Path, method: str, *, limits: ArchiveLimits, work_dir: Path | None
) -> BinaryIO:
    """The plain content of a compressed file as a nameless temporary file. Raises TreeError.

    It ends as soon as the limits are passed, or the disk would be full.
    """
    packed_bytes = path.stat().st_size
    # Not TemporaryDirectory: a file without a name is gone however the process ends.
    target = cast(BinaryIO, tempfile.TemporaryFile(dir=work_dir))  # noqa: SIM115
    total = 0
    try:
        with _opened(path, method) as stream:
            while chunk := stream.read(_CHUNK_BYTES):
                total += len(chunk)
                check_total(total, limits)
                check_ratio(total, packed_bytes, limits)
                if total % (64 * _CHUNK_BYTES) < _CHUNK_BYTES:
                    _check_disk(work_dir)
                target.write(chunk)
        target.flush()
    except BaseException as error:
        target.close()
        if isinstance(error, OSError) and error.errno is not None:
            raise TreeError(f"The archive cannot be unpacked: {error.strerror}.") from error
        if isinstance(error, _ERRORS):
            raise TreeError("The archive is damaged: it cannot be unpacked.") from error
        raise
    return target


def _check_disk(work_dir: Path | None) -> None:
    if shutil.disk_usage(work_dir or tempfile.gettempdir()).free < _FREE_BYTES_LEFT:
        raise TreeError("The disk is too full to unpack the archive.")


def _opened(path: Path, method: str) -> BinaryIO:
    if method == "zstandard":
        reader = zstandard.ZstdDecompressor(max_window_size=_MAX_WINDOW_BYTES).stream_reader(
            path.open("rb"), read_across_frames=True, closefd=True
        )
        return cast(BinaryIO, reader)
    if method == "xz":
        return cast(BinaryIO, lzma.open(path))
    return cast(BinaryIO, bz2.open(path) if method == "bzip2" else gzip.open(path))
