"""Where the image of an evaluation is seen: in the live dataset, or in the version's folder.

The evaluation knows file names; the version's manifest knows which image each was. The picture
comes from the live dataset while it is still the same there, else from the version's folder.
"""

from collections.abc import Collection, Iterable
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple, TypedDict
from uuid import UUID

from django.http import Http404

from annotator.labels.pixels.images import make_thumbnail
from annotator.models import Image, Split
from training import paths
from training.models import Evaluation, Version
from training.versions.folds import is_of_fold
from training.versions.freezing import read_manifest


class ImagePlace(TypedDict):
    """``image``: the live image, null where it is gone."""

    image: str | None
    image_url: str
    thumbnail_url: str


class _Frozen(NamedTuple):
    image_id: str
    sha256: str


def find_places(evaluation: Evaluation, file_names: Iterable[str]) -> dict[str, ImagePlace]:
    """Return the place of each image of an evaluation, by its file name."""
    frozen = _frozen_images(evaluation.version)
    splits = _splits(evaluation)
    wanted = {
        name: next(filter(None, (frozen.get(f"images/{split}/{name}") for split in splits)), None)
        for name in file_names
    }
    live = Image.objects.in_bulk([UUID(image.image_id) for image in wanted.values() if image])
    return {name: _place(evaluation.version, name, image, live) for name, image in wanted.items()}


def find_file_names(evaluation: Evaluation, image_ids: Collection[str]) -> dict[str, str]:
    """Return the file names of images in an evaluation, by image; others are left out.

    A file name has the folders of the image's name.
    """
    if not image_ids:
        return {}
    heads = tuple(f"images/{split}/" for split in _splits(evaluation))
    return {
        image.image_id: path.split("/", 2)[2]
        for path, image in _frozen_images(evaluation.version).items()
        if image.image_id in image_ids and path.startswith(heads)
    }


def find_picture(evaluation: Evaluation, file_name: str) -> Path | None:
    """Return where an evaluated picture lies in the version's folder."""
    folder = paths.version_dir(evaluation.version) / "images"
    found = (folder / split / file_name for split in _splits(evaluation))
    return next((path for path in found if path.is_file()), None)


def _splits(evaluation: Evaluation) -> tuple[str, ...]:
    """A fold's images come from the version's train and val alike; no two have one name."""
    is_divided_anew = is_of_fold(evaluation) and evaluation.split != Split.TEST
    return (Split.TRAIN, Split.VAL) if is_divided_anew else (evaluation.split,)


def _place(
    version: Version, file_name: str, frozen: _Frozen | None, live: dict[UUID, Image]
) -> ImagePlace:
    image = live.get(UUID(frozen.image_id)) if frozen else None
    image_url = thumbnail_url = ""
    if image is not None and frozen is not None and image.sha256 == frozen.sha256:
        image_url = f"/api/files/images/{image.pk}/{image.sha256}.{image.extension}"
        thumbnail_url = f"/api/files/thumbnails/{image.pk}/{image.sha256}.webp"
    elif frozen is not None:
        address = f"/api/versions/{version.pk}/files/{frozen.sha256}"
        image_url = f"{address}{Path(file_name).suffix}"
        thumbnail_url = f"{address}.thumbnail.webp"
    return {
        "image": str(image.pk) if image else None,
        "image_url": image_url,
        "thumbnail_url": thumbnail_url,
    }


def _frozen_images(version: Version) -> dict[str, _Frozen]:
    manifest = paths.manifest_path(version)
    try:
        written_ns = manifest.stat().st_mtime_ns
    except FileNotFoundError:
        return {}
    return _read_frozen(version.pk, written_ns)


@lru_cache(maxsize=8)
def _read_frozen(version_id: int, _written_ns: int) -> dict[str, _Frozen]:
    version = Version.objects.select_related("dataset").get(pk=version_id)
    return {
        item["path"]: _Frozen(item["id"], item.get("painted_sha256", item["sha256"]))
        for item in read_manifest(version)["images"]
    }


def read_frozen_picture(version: Version, sha256: str) -> tuple[bytes, str]:
    """Return the bytes and the extension of a picture in a version. Raises Http404."""
    for name, image in _frozen_images(version).items():
        if image.sha256 == sha256:
            path = paths.version_dir(version) / name
            if path.is_file():
                return path.read_bytes(), path.suffix.removeprefix(".")
    raise Http404


def read_frozen_thumbnail(version: Version, sha256: str) -> bytes:
    return make_thumbnail(read_frozen_picture(version, sha256)[0])
