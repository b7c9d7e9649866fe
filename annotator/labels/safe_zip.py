"""Reading a .zip that a stranger made, without unpacking it.

Nothing is ever written where the archive says, and no member is read beyond a limit; the checks
here refuse what no honest dataset holds before the first byte is taken: paths that leave the
archive, links, encryption, names twice, members that overlap, and far too much of anything.
"""

import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Self, cast

from .archive_names import choose_encoding, decode_name
from .formats.trees import FileReadError, TreeError, bounded_stream, too_large

_END = struct.Struct("<4s4H2LH")
_END64_LOCATOR = struct.Struct("<4sLQL")
_END64 = struct.Struct("<4sQ2H2L4Q")
_ENTRY = struct.Struct("<4s6H3L5H2L")
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA}
_MAX_PATH_LENGTH = 1024
_MAX_NAME_BYTES = 255
_CHUNK_BYTES = 1 << 20
_IS_UTF8 = 0x800
_UNICODE_NAME = 0x7075


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """How much an archive may hold. The ratio counts only beyond ``ratio_free_bytes``."""

    max_entries: int = 1_000_000
    max_total_bytes: int = 200 * 1024**3
    max_ratio: float = 100.0
    ratio_free_bytes: int = 512 * 1024**2


class ZipTree:
    """A checked .zip as a :class:`~annotator.labels.formats.trees.Tree`. Raises TreeError."""

    def __init__(self, path: Path, *, limits: ArchiveLimits | None = None) -> None:
        limits = limits or ArchiveLimits()
        with path.open("rb") as handle:
            _check_entry_count(handle, limits.max_entries)
        try:
            self._archive = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, ValueError, NotImplementedError, struct.error) as error:
            raise TreeError("The file is not a .zip archive, or it is damaged.") from error
        try:
            self._members = _checked_members(self._archive.infolist())
            _check_sizes(list(self._members.values()), path.stat().st_size, limits)
        except BaseException:
            self.close()
            raise
        self._folders: dict[str, list[str]] = {}
        for member in self._members:
            folder, _, name = member.rpartition("/")
            self._folders.setdefault(folder, []).append(name)
        for names in self._folders.values():
            names.sort()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._archive.close()

    def folders(self) -> Iterator[str]:
        yield from sorted(self._folders)

    def names(self, folder: str) -> list[str]:
        return self._folders.get(folder, [])

    def size(self, path: str) -> int:
        return self._member(path).file_size

    def read(self, path: str, *, limit_bytes: int) -> bytes:
        return b"".join(self._chunks(path, limit_bytes))

    def open(self, path: str, *, limit_bytes: int) -> BinaryIO:
        member = self._member(path)
        if member.file_size > limit_bytes:
            raise FileReadError(too_large(limit_bytes))
        with _told_as_damaged():
            handle = self._archive.open(member)
        return bounded_stream(
            cast(BinaryIO, handle), limit_bytes=member.file_size, told=_told_as_damaged
        )

    def copy(self, path: str, target: Path, *, limit_bytes: int) -> None:
        """Write a file to ``target``, a chunk at a time. Raises FileReadError, and OSError where
        it cannot be written."""
        with target.open("wb") as handle:
            for chunk in self._chunks(path, limit_bytes):
                handle.write(chunk)

    def _chunks(self, path: str, limit_bytes: int) -> Iterator[bytes]:
        member = self._member(path)
        if member.file_size > limit_bytes:
            raise FileReadError(too_large(limit_bytes))
        size = 0
        with _told_as_damaged():
            handle = self._archive.open(member)
        with handle:
            while True:
                with _told_as_damaged():
                    chunk = handle.read(_CHUNK_BYTES)
                size += len(chunk)
                if not chunk or size > member.file_size:
                    break
                yield chunk
        if size != member.file_size:
            raise FileReadError("The file is not as long as the archive says.")

    def _member(self, path: str) -> zipfile.ZipInfo:
        try:
            return self._members[path]
        except KeyError:
            raise FileReadError("The archive holds no such file.") from None


@contextmanager
def _told_as_damaged() -> Iterator[None]:
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, RuntimeError) as error:
        raise FileReadError("The file is damaged inside the archive.") from error
    except (OSError, NotImplementedError, MemoryError) as error:
        raise FileReadError("The file cannot be read from the archive.") from error


def _check_entry_count(handle: BinaryIO, max_entries: int) -> None:
    """Count the entries in the central directory before zipfile makes an object of each."""
    size = handle.seek(0, 2)
    tail_start = max(0, size - _END.size - 65_535)
    handle.seek(tail_start)
    tail = handle.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < _END.size:
        raise TreeError("The file is not a .zip archive, or it is damaged.")
    directory_size = int(_END.unpack_from(tail, at)[5])
    locator_at = tail_start + at - _END64_LOCATOR.size
    end = tail_start + at
    if locator_at >= 0:
        handle.seek(locator_at)
        locator = handle.read(_END64_LOCATOR.size)
        if locator[:4] == b"PK\x06\x07":
            end = locator_at - _END64.size
            handle.seek(max(end, 0))
            record = handle.read(_END64.size)
            if len(record) != _END64.size or record[:4] != b"PK\x06\x06":
                raise TreeError("The .zip archive is damaged.")
            directory_size = int(_END64.unpack(record)[8])
    if directory_size > min(end, max_entries * 512):
        raise TreeError("The .zip archive is damaged or lists far too many files.")
    handle.seek(end - directory_size)
    directory = handle.read(directory_size)
    at = count = 0
    while at + _ENTRY.size <= len(directory):
        fields = _ENTRY.unpack_from(directory, at)
        at += _ENTRY.size + fields[10] + fields[11] + fields[12]
        count += 1
        if count > max_entries:
            raise TreeError(f"The .zip archive lists more than {max_entries:,} files.")


def _checked_members(infos: list[zipfile.ZipInfo]) -> dict[str, zipfile.ZipInfo]:
    members: dict[str, zipfile.ZipInfo] = {}
    encoding = choose_encoding(_raw_name(info) for info in infos if not _says_its_encoding(info))
    for info in infos:
        path = checked_path(_name_of(info, encoding))
        _check_kind(info, path)
        if info.is_dir() or path.endswith("/"):
            continue
        if path in members:
            raise TreeError(f"The archive holds “{shown_name(path)}” twice.")
        members[path] = info
    return members


def _says_its_encoding(info: zipfile.ZipInfo) -> bool:
    return bool(info.flag_bits & _IS_UTF8) or info.orig_filename.isascii()


def _raw_name(info: zipfile.ZipInfo) -> bytes:
    """The bytes of a name without the flag: zipfile reads them as cp437, which has all of them."""
    return info.orig_filename.encode("cp437", errors="replace")


def _name_of(info: zipfile.ZipInfo, encoding: str) -> str:
    name = info.orig_filename
    if not _says_its_encoding(info):
        raw = _raw_name(info)
        name = _name_in_extra(info.extra, raw) or decode_name(raw, encoding)
    return name


def _name_in_extra(extra: bytes, raw: bytes) -> str | None:
    """The Unicode name that Info-ZIP adds, where it belongs to this name (APPNOTE 4.6.9)."""
    while len(extra) >= 4:
        kind, size = struct.unpack_from("<HH", extra)
        field, extra = extra[4 : 4 + size], extra[4 + size :]
        if kind == _UNICODE_NAME and len(field) > 5 and field[0] == 1:
            if struct.unpack_from("<L", field, 1)[0] != zlib.crc32(raw):
                return None
            try:
                return field[5:].decode()
            except UnicodeDecodeError:
                return None
    return None


def checked_path(name: str) -> str:
    """A path inside an archive, with ``/``. Raises TreeError for one that no dataset has."""
    path = name.replace("\\", "/")
    parts = path.rstrip("/").split("/")
    if path.startswith("/") or (len(parts[0]) >= 2 and parts[0][1] == ":"):
        raise TreeError(
            f"The archive holds the absolute path “{shown_name(name)}”; nothing was taken."
        )
    if ".." in parts:
        raise TreeError(
            f"The archive holds “{shown_name(name)}”, which leads out of it; nothing was taken."
        )
    if any(ord(char) < 32 or char == "\x7f" for char in path):
        raise TreeError("The archive holds a name with control characters; nothing was taken.")
    if len(path) > _MAX_PATH_LENGTH or any(
        len(part.encode(errors="surrogatepass")) > _MAX_NAME_BYTES for part in parts
    ):
        raise TreeError(f"The archive holds a name that is too long: “{shown_name(name)}”.")
    is_folder = path.endswith("/")
    plain = "/".join(part for part in parts if part not in {"", "."})
    return f"{plain}/" if is_folder else plain


def _check_kind(info: zipfile.ZipInfo, path: str) -> None:
    if info.flag_bits & 0x1:
        raise TreeError("The archive is encrypted; make one without a password.")
    mode = info.external_attr >> 16
    if info.create_system == 3 and stat.S_IFMT(mode) not in {0, stat.S_IFREG, stat.S_IFDIR}:
        raise TreeError(f"The archive holds a link, “{shown_name(path)}”; nothing was taken.")
    if info.compress_type not in _METHODS:
        raise TreeError(
            f"“{shown_name(path)}” is compressed by a method that Segloop does not read; "
            "make the archive with ordinary (deflate) compression."
        )


def _check_sizes(infos: list[zipfile.ZipInfo], size_bytes: int, limits: ArchiveLimits) -> None:
    total = sum(info.file_size for info in infos)
    packed = sum(info.compress_size for info in infos)
    if packed > size_bytes:
        raise TreeError("Files overlap inside the archive: it is damaged, or a trap.")
    check_total(total, limits)
    check_ratio(total, size_bytes, limits)


def check_total(total_bytes: int, limits: ArchiveLimits) -> None:
    """Raise TreeError where an archive would take more than is allowed when unpacked."""
    if total_bytes > limits.max_total_bytes:
        allowed = limits.max_total_bytes / 1024**3
        raise TreeError(
            f"Unpacked, the archive would take {total_bytes / 1024**3:.1f} GB; "
            f"{allowed:.1f} GB are allowed."
        )


def check_ratio(total_bytes: int, packed_bytes: int, limits: ArchiveLimits) -> None:
    """Raise TreeError where an archive grows as no dataset does when it is unpacked."""
    if total_bytes > limits.ratio_free_bytes and total_bytes > limits.max_ratio * packed_bytes:
        raise TreeError(
            f"The archive would grow {total_bytes / packed_bytes:.0f}-fold when unpacked: a trap, "
            "or no dataset of images."
        )


def shown_name(name: str) -> str:
    """A name for a sentence: printable, and cut where it is long."""
    printable = "".join(char if char.isprintable() else "?" for char in name)
    return f"{printable[:80]}…" if len(printable) > 80 else printable
