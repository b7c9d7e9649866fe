"""The hash of a model's file, or of all files of a model that is a folder. No torch."""

import hashlib
from pathlib import Path

_PIECE_BYTES = 1 << 20


def hash_model(path: Path) -> str:
    """Return the sha256 of a file; of a folder that of the names and hashes of its files."""
    if path.is_file():
        return _hash_file(path)
    whole = hashlib.sha256()
    for file in sorted(item for item in path.rglob("*") if item.is_file()):
        whole.update(f"{file.relative_to(path).as_posix()}\0{_hash_file(file)}\n".encode())
    return whole.hexdigest()


def _hash_file(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE_BYTES):
            digest.update(piece)
    return digest.hexdigest()


def size_of_model(path: Path) -> int:
    """Return the bytes of a file, or of all files of a folder."""
    if path.is_file():
        return path.stat().st_size
    return sum(item.stat().st_size for item in path.rglob("*") if item.is_file())
