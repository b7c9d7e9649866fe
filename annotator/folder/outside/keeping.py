"""Files that leave a live folder are kept in the trash; files that are gone are looked for."""

import contextlib
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from annotator import paths
from annotator.folder.placing import fsync_folders_of, move_live_file
from annotator.images.deep import window_of
from annotator.kernel.files import fsync_dir, write_atomically
from annotator.kernel.followers import PIXEL_KEEPERS
from annotator.labels.pixels.images import ImageError, take_image
from annotator.models import FolderChange, Image, ImageOriginal

from .files import see
from .pixels import hash_of


def keep_away(change: FolderChange, path: Path) -> str:
    """Move a file out of the live folder into the trash. Returns where it lies, below the data
    folder."""
    target = paths.outside_change_dir(change) / path.name
    move_live_file(path, target)
    fsync_dir(target.parent)
    return _below_root(target)


def keep_copy(change: FolderChange, content: bytes, name: str) -> str:
    """Keep what a file held that is about to be written anew."""
    target = paths.outside_change_dir(change) / name
    write_atomically(target, content)
    return _below_root(target)


def _below_root(path: Path) -> str:
    return path.relative_to(settings.DATA_ROOT).as_posix()


def remove_expired() -> int:
    """Delete what was kept for longer than the trash keeps things. Returns how much went."""
    until = time.time() - settings.TRASH_DAYS * 86_400
    count = 0
    for folder in _subfolders(paths.outside_dir()):
        for kept in _subfolders(folder):
            if kept.stat().st_mtime < until:
                shutil.rmtree(kept, ignore_errors=True)
                count += 1
        with contextlib.suppress(OSError):  # others are left in it
            folder.rmdir()
    return count


def _subfolders(folder: Path) -> Iterator[Path]:
    if folder.is_dir():
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    yield Path(entry.path)


def restore_pixels(image: Image, target: Path) -> bool:
    """Lay the file of an image at ``target``, from a version or from its original of more than 8
    bits. False: nobody has it any more."""
    for path in (found for keeper in PIXEL_KEEPERS for found in keeper(image)):
        seen = see(path)
        if seen is None or seen.size != image.size_bytes or hash_of(path) != image.sha256:
            continue
        _lay(path, target)
        return True
    content = _render_again(image)
    if content is None:
        return False
    write_atomically(target, content)
    return True


def _lay(source: Path, target: Path) -> None:
    """A second name of the same bytes, as a version has it, or a copy."""
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.name[:60]}.{os.getpid()}.tmp")
    temporary.unlink(missing_ok=True)
    try:
        os.link(source, temporary)
    except OSError:  # another disk, or a file system without hard links
        shutil.copyfile(source, temporary)
    temporary.replace(target)
    temporary.unlink(missing_ok=True)  # two names of one file: the rename did nothing
    fsync_folders_of([target])


def _render_again(image: Image) -> bytes | None:
    """The file of an image of more than 8 bits, if it comes out as it was."""
    original = ImageOriginal.objects.filter(image=image).first()
    if original is None:
        return None
    try:
        data = paths.original_path(image, original.extension).read_bytes()
        window = window_of(image.dataset)
        taken = take_image(data, max_megapixels=float("inf"), window=window)
    except (OSError, ImageError):
        return None
    return taken.data if taken.sha256 == image.sha256 else None
