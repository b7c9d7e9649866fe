"""Folders of the server that an administrator opens to imports (SEGLOOP_IMPORT_ROOTS)."""

import os
from pathlib import Path
from typing import TypedDict

from django.conf import settings

from annotator.kernel.errors import ServiceError
from annotator.labels.formats.trees import FileReadError, FolderTree, TreeError

from .uploads import SUFFIXES

SERVER = "server:"
"""``source_path`` of an import from such a folder: whatever leads out of the roots is refused."""

MOST_ENTRIES = 1000


class Entry(TypedDict):
    name: str
    path: str
    is_folder: bool


class Listing(TypedDict):
    path: str
    above: str | None
    entries: list[Entry]
    has_more: bool
    is_allowed: bool


def roots() -> list[Path]:
    """Return the allowed folders that are there, as they really lie."""
    found = [Path(root).resolve() for root in settings.IMPORT_ROOTS]
    return [root for root in found if root.is_dir()]


def is_inside(path: str | Path, allowed: list[Path] | None = None) -> bool:
    """Whether a path, with every link followed, lies in an allowed folder."""
    real = Path(os.path.realpath(path))
    known = roots() if allowed is None else allowed
    return any(real == root or root in real.parents for root in known)


def find_source(text: str) -> Path:
    """Return the folder, archive or video of that path, as it really lies. Raises ServiceError."""
    if not settings.IMPORT_ROOTS:
        raise ServiceError(
            "No folder of the server is open to imports: an administrator names them in "
            "SEGLOOP_IMPORT_ROOTS.",
            code="no_import_roots",
        )
    path = Path(text)
    if not path.is_absolute() or "\0" in text or not is_inside(path):
        # The same sentence whether it is there or not: what lies elsewhere is nobody's business.
        allowed = ", ".join(str(root) for root in roots()) or "none of which is there"
        raise ServiceError(
            f"“{text[:200]}” is in none of the folders that an administrator allows ({allowed}).",
            code="outside_import_roots",
        )
    real = path.resolve()
    if real.is_dir() or (real.is_file() and real.name.lower().endswith(SUFFIXES)):
        return real
    raise ServiceError(
        f"There is no folder, no archive and no video “{text[:200]}”.", code="no_such_source"
    )


def list_folder(text: str = "") -> Listing:
    """Return what an import can be made of in a folder; of no folder: the allowed ones."""
    if not text:
        entries = [Entry(name=str(root), path=str(root), is_folder=True) for root in roots()]
        allowed = bool(settings.IMPORT_ROOTS)
        return Listing(path="", above=None, entries=entries, has_more=False, is_allowed=allowed)
    folder = find_source(text)
    if not folder.is_dir():
        raise ServiceError(f"“{text[:200]}” is no folder.", code="no_such_source")
    found: list[Entry] = []
    try:
        names = sorted((path.name for path in folder.iterdir()), key=str.casefold)
    except OSError as error:
        raise ServiceError(f"The folder cannot be read: {error.strerror}.") from error
    has_more = False
    for name in names:
        path = folder / name
        is_folder = path.is_dir()
        if name.startswith(".") or not (is_folder or name.lower().endswith(SUFFIXES)):
            continue
        if not is_inside(path):
            continue
        if len(found) == MOST_ENTRIES:
            has_more = True
            break
        shown = name.encode(errors="replace").decode()
        found.append(Entry(name=shown, path=str(path), is_folder=is_folder))
    above = "" if folder in roots() else str(folder.parent)
    return Listing(path=str(folder), above=above, entries=found, has_more=has_more, is_allowed=True)


class ConfinedTree(FolderTree):
    """A folder of the server whose links lead nowhere else.

    A file that is such a link is refused (FileReadError), a folder ends the import (TreeError).
    """

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self._allowed = roots()

    def _absolute(self, path: str) -> str:
        absolute = super()._absolute(path)
        if is_inside(absolute, self._allowed):
            return absolute
        if Path(absolute).is_dir():
            raise TreeError(
                f"“{path}” is a link that leads out of the folders that an administrator allows: "
                "remove it, and import again."
            )
        raise FileReadError("A link that leads out of the folders that an administrator allows.")
