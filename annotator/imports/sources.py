"""Where an import reads: a folder or an archive on the server, or the sample pond."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol, runtime_checkable

from django.conf import settings

from annotator import paths
from annotator.labels.archives import open_tree
from annotator.labels.formats import find_format, read_dataset
from annotator.labels.formats.base import AmbiguousFormatError, ReadLimits, Source
from annotator.labels.formats.image_index import image_paths
from annotator.labels.formats.trees import Tree, TreeError
from annotator.labels.formats.xml_formats.cvat import Cvat
from annotator.labels.safe_zip import ArchiveLimits
from annotator.labels.video.frames_tree import FramesSource, FramesTree
from annotator.models import Import
from sample_pond import SamplePond

from .arriving.server_folders import SERVER, ConfinedTree, is_inside
from .options import VIDEO
from .uploads import MAX_IMAGE_BYTES

POND = "pond:"
"""``source_path`` of an import that draws: ``pond:<images>:<seed>``."""


@runtime_checkable
class KnownTree(Protocol):
    """A tree that says by itself what is in it: ``source``, and its ``format`` in words."""

    source: Source
    format: str


class OtherSource(NamedTuple):
    """A kind of source of another room, by the prefix of its ``source_path``.

    ``open`` gets the ``source_path`` and returns a tree, which is a :class:`KnownTree`.
    ``follow`` is called once the images are in, with the job still held; it may be called twice.
    """

    open: Callable[[str], Tree]
    is_there: Callable[[str], bool]
    follow: Callable[[Import], None]


OTHER_SOURCES: dict[str, OtherSource] = {}
"""Filled when the applications are set up."""

__all__ = [
    "OTHER_SOURCES",
    "POND",
    "VIDEO",
    "AmbiguousFormatError",
    "KnownTree",
    "OtherSource",
    "drop_source",
    "find_other",
    "is_source_there",
    "open_source",
    "recognise",
]


def find_other(source_path: str) -> OtherSource | None:
    """The kind of another room that a ``source_path`` is of."""
    return OTHER_SOURCES.get(source_path.partition(":")[0] + ":")


def open_source(source_path: str, *, name: str = "") -> Tree:
    """The tree behind a ``source_path``; ``name``: what a person calls it. Raises TreeError."""
    if (other := find_other(source_path)) is not None:
        return other.open(source_path)
    if source_path.startswith(POND):
        count, seed = source_path.removeprefix(POND).split(":")
        return SamplePond(int(count), seed=int(seed))
    path = Path(source_path.removeprefix(SERVER))
    if source_path.startswith(SERVER):
        if not is_inside(path):
            raise TreeError(f"“{path}” is in none of the folders that an administrator allows.")
        if path.is_dir():
            return ConfinedTree(path)
    limit = int(settings.MAX_UPLOAD_GIGABYTES * 4 * 1024**3)
    work_dir = paths.uploads_dir()
    work_dir.mkdir(parents=True, exist_ok=True)
    limits = ArchiveLimits(max_total_bytes=limit)
    return open_tree(path, limits=limits, work_dir=work_dir, name=name)


def is_source_there(source_path: str) -> bool:
    """Whether an import that stopped can still read its source."""
    if source_path.startswith(POND):
        return True
    if (other := find_other(source_path)) is not None:
        return other.is_there(source_path)
    return Path(source_path.removeprefix(SERVER)).exists()


def recognise(tree: Tree, *, format: str = "", also: Sequence[str] = ()) -> tuple[str, Source]:
    """Recognise the dataset of a source: the name of its format, and what reads it.

    ``also``: folders of images to take although the dataset does not name them. Nothing is
    changed. Raises TreeError, of it AmbiguousFormatError where two formats fit.
    """
    if isinstance(tree, KnownTree):
        return tree.format, tree.source
    limits = ReadLimits(MAX_IMAGE_BYTES, settings.MAX_IMAGE_MEGAPIXELS, tuple(also))
    if isinstance(tree, FramesTree):
        return _recognise_beside_videos(tree, limits, format)
    found = find_format(tree, format=format)
    return found.name, read_dataset(tree, limits=limits, format=found.name)


def _recognise_beside_videos(
    tree: FramesTree, limits: ReadLimits, format: str
) -> tuple[str, Source]:
    """Of CVAT the labels may be those of frames; all other formats are of the images beside."""
    found = find_format(tree.rest, format=format if format != VIDEO else "")
    if found.name == Cvat.name:
        return found.name, FramesSource(tree, read_dataset(tree, limits=limits, format=found.name))
    try:
        inner = read_dataset(tree.rest, limits=limits, format=found.name)
    except TreeError:
        if next(image_paths(tree.rest), None) is not None:
            raise
        return VIDEO, FramesSource(tree, None)
    return found.name, FramesSource(tree, inner)


def drop_source(job: Import) -> None:
    """Remove an archive that was uploaded for this import alone."""
    source = Path(job.source_path)
    if job.owns_source and source.parent == paths.uploads_dir():
        source.unlink(missing_ok=True)
