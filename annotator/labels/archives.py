"""Opening what a dataset comes in: a folder or an archive, told apart by content."""

import tarfile
from pathlib import Path

from .formats.trees import FileTree, FolderTree, Tree, TreeError
from .safe_tar import TarTree, unpack_stream
from .safe_zip import ArchiveLimits, ZipTree
from .video.kinds import is_video_name, looks_like_video

_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_COMPRESSED = {
    b"\x1f\x8b": "gzip",
    b"\x28\xb5\x2f\xfd": "zstandard",
    b"BZh": "bzip2",
    b"\xfd7zXZ\x00": "xz",
}
_NOT_READ = {b"7z\xbc\xaf\x27\x1c": "a 7z archive", b"Rar!": "a RAR archive"}


def open_tree(
    path: Path,
    *,
    limits: ArchiveLimits | None = None,
    work_dir: Path | None = None,
    name: str = "",
) -> Tree:
    """A folder, a .zip, or a .tar, plain or compressed (gzip, zstandard, bzip2, xz), as a tree; so
    is a video, as a folder that holds nothing else, under its ``name`` ("": that of the file).

    What a file is decides its content, never its suffix. A compressed .tar is unpacked into one
    nameless file in ``work_dir`` (the system's folder for temporary files if None), which is gone
    when the tree is closed. Raises TreeError.
    """
    limits = limits or ArchiveLimits()
    if path.is_dir():
        return FolderTree(path)
    try:
        with path.open("rb") as handle:
            head = handle.read(tarfile.BLOCKSIZE)
    except FileNotFoundError as error:
        raise TreeError(f"There is no folder and no file “{path}”.") from error
    except OSError as error:
        raise TreeError(f"The file cannot be read: {error.strerror}.") from error
    if head.startswith(_ZIP):
        return ZipTree(path, limits=limits)
    if _is_tar(head):
        return TarTree(path.open("rb"), limits=limits)
    for magic, method in _COMPRESSED.items():
        if head.startswith(magic):
            return TarTree(
                unpack_stream(path, method, limits=limits, work_dir=work_dir), limits=limits
            )
    for magic, kind in _NOT_READ.items():
        if head.startswith(magic):
            raise TreeError(f"This is {kind}, which is not read; make a .zip of it.")
    if looks_like_video(head):
        return FileTree(path, _video_name(name or path.name))
    try:
        return ZipTree(path, limits=limits)  # it may have something before its first member
    except TreeError as error:
        raise TreeError(
            "The file is no archive that is read (.zip, .tar, .tar.gz, .tar.zst) and no video, or "
            "it is damaged."
        ) from error


def looks_like_archive(head: bytes) -> bool:
    """Whether the first 512 bytes of a file are those of an archive, also of one that
    :func:`open_tree` refuses by name."""
    known = (*_ZIP, *_COMPRESSED, *_NOT_READ)
    return head.startswith(known) or (len(head) == tarfile.BLOCKSIZE and _is_tar(head))


def _video_name(name: str) -> str:
    """What its content says it is, its name says too."""
    return name if is_video_name(name) else f"{name.lstrip('.') or 'video'}.mp4"


def _is_tar(head: bytes) -> bool:
    """Whether this is the header of a first member; its checksum says so."""
    if head == bytes(tarfile.BLOCKSIZE):
        return True  # an archive of nothing
    try:
        tarfile.TarInfo.frombuf(head, "utf-8", "surrogateescape")
    except tarfile.HeaderError:
        return False
    return True
