"""Reading pictures and making thumbnails."""

from contextlib import suppress

from django.http import Http404

from annotator import paths
from annotator.kernel.files import write_atomically
from annotator.labels.pixels.images import make_thumbnail
from annotator.models import Image

from .places import find_image_file
from .tiles import is_tiled, make_big_thumbnail


def read_picture(image: Image) -> bytes:
    """Return the bytes of the picture. Raises Http404 when its file is gone."""
    for _ in range(2):  # a save may move the file between looking and reading
        with suppress(FileNotFoundError):
            return find_image_file(image).read_bytes()
    raise Http404


def read_thumbnail(image: Image) -> bytes:
    """Return the thumbnail as WebP; it is made the first time and kept under ``cache/``."""
    path = paths.thumbnail_path(image)
    with suppress(FileNotFoundError):
        return path.read_bytes()
    content = make_big_thumbnail(image) if is_tiled(image) else make_thumbnail(read_picture(image))
    with suppress(OSError):  # a full disk costs time, not the picture
        write_atomically(path, content)
    return content
