"""Where the files of an image may lie, the likeliest place first."""

from pathlib import Path

from annotator import paths
from annotator.models import Image, Split


def find_image_file(image: Image) -> Path:
    """Return where the image's pixels lie, also in the moment between a save and its move."""
    if image.deleted_at is None and (usual := paths.image_path(image)).exists():
        return usual
    places = _places_of(image, _picture_places(image), image.file_name)
    return next((path for path in places if path.exists()), places[0])


def _picture_places(image: Image) -> list[Path]:
    images = paths.dataset_dir(image.dataset) / "images"
    folders = (*Split.values, paths.UNLABELLED)
    return [paths.image_path(image), *(images / folder / image.file_name for folder in folders)]


def _label_places(image: Image) -> list[Path]:
    return [paths.label_path(image), *(paths.label_path(image, split=s) for s in Split.values)]


def _places_of(image: Image, live: list[Path], name: str) -> list[Path]:
    """Return where a file of ``image`` may lie, the likeliest place first.

    The places in the dataset folder belong to another image of its name once the files of a
    deleted image are in the trash.
    """
    trashed = paths.trashed_image_dir(image.pk) / name
    if image.deleted_at is None:
        return [*live, trashed]
    return [trashed, *live] if image.label_pending else [trashed]


def find_label_file(image: Image) -> Path | None:
    """Return the label file, wherever a move of the image left it."""
    places = _places_of(image, _label_places(image), f"{image.stem}.txt")
    return next((path for path in places if path.exists()), None)
