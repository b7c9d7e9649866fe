"""Every path of the annotator room, built here and nowhere else (layout: docs/architecture.md)."""

from pathlib import Path
from uuid import UUID

from django.conf import settings

from annotator.models import FINISHED, Dataset, FolderChange, Image, Import, Upload

UNLABELLED = "unlabelled"


def dataset_dir(dataset: Dataset) -> Path:
    return Path(settings.DATA_ROOT, "datasets", dataset.slug)


def split_folder_of(file: Path) -> Path | None:
    """Return the folder of a split that a file of a live folder lies in: ``images/train``, say."""
    datasets = Path(settings.DATA_ROOT) / "datasets"
    parts = file.relative_to(datasets).parts if file.is_relative_to(datasets) else ()
    has_split = len(parts) > 3 and parts[1] in ("images", "labels")
    return datasets.joinpath(*parts[:3]) if has_split else None


def trash_dir() -> Path:
    return Path(settings.DATA_ROOT) / "trash"


def trashed_images_dir() -> Path:
    return trash_dir() / "images"


def trashed_image_dir(image_id: UUID) -> Path:
    """The picture and the label file of a deleted image, under the names they had."""
    return trashed_images_dir() / str(image_id)


def outside_dir() -> Path:
    """What was put back of other programs' files in live folders."""
    return trash_dir() / "folder"


def outside_change_dir(change: FolderChange) -> Path:
    """The files of one change that was put back, or taken in with losses, under their names."""
    return outside_dir() / str(change.dataset_id) / str(change.pk)


def outside_edit_dir(image: Image, sha256: str) -> Path:
    """A label file that was put back when its image was opened or frozen."""
    return outside_dir() / str(image.dataset_id) / f"{image.pk}-{sha256[:12]}"


def image_folder(*, split: str, status: str) -> str:
    """Return the folder name under ``images/``: the split once finished, else ``unlabelled``."""
    return split if status in FINISHED else UNLABELLED


def image_path(image: Image) -> Path:
    folder = image_folder(split=image.split, status=image.status)
    slug = image.dataset.slug
    return Path(settings.DATA_ROOT, "datasets", slug, "images", folder, image.file_name)


def originals_dir(dataset: Dataset) -> Path:
    """Files of images of more than 8 bits a value, as they came."""
    return dataset_dir(dataset) / "originals"


def original_path(image: Image, extension: str) -> Path:
    return originals_dir(image.dataset) / f"{image.pk}.{extension}"


def label_path(image: Image, *, split: str = "") -> Path:
    """Return where the label file lies when the image is done (or would lie in ``split``)."""
    slug, folder = image.dataset.slug, split or image.split
    return Path(settings.DATA_ROOT, "datasets", slug, "labels", folder, f"{image.stem}.txt")


def thumbnail_path(image: Image) -> Path:
    sha = image.sha256
    return Path(settings.DATA_ROOT) / "cache" / "thumbnails" / sha[:2] / f"{sha}.webp"


def tiles_dir(image: Image) -> Path:
    sha = image.sha256
    return Path(settings.DATA_ROOT) / "cache" / "tiles" / sha[:2] / sha


def frames_dir(job: Import) -> Path:
    """Frames of videos that wait for their import; each can be decoded again."""
    return all_frames_dir() / f"import-{job.pk}"


def all_frames_dir() -> Path:
    return Path(settings.DATA_ROOT) / "cache" / "frames"


def uploads_dir() -> Path:
    """Uploaded archives wait here for their import; kept outside ``cache/``."""
    return Path(settings.DATA_ROOT) / "uploads"


def upload_path(upload: Upload) -> Path:
    """Where an upload grows, and stays until its import has ended."""
    return uploads_dir() / f"{upload.pk.hex}{upload.suffix}"


def exports_dir() -> Path:
    """Exports that were made as a job wait here to be downloaded."""
    return Path(settings.DATA_ROOT) / "exports"


def export_path(export_id: int) -> Path:
    return exports_dir() / f"{export_id}.zip"


def downloads_dir() -> Path:
    """What was sent of exports that are made while they are sent, so that they can go on."""
    return Path(settings.DATA_ROOT) / "cache" / "downloads"
