"""One image, uploaded by a person."""

from uuid import uuid4

from django.db import IntegrityError

from annotator.folder.intake import clear_staging, intake_lock, stage_image, staging_dir, take_in
from annotator.folder.live_folder import clear_names
from annotator.images.deep import take_image_for
from annotator.images.tiles import request_tiles_of_new
from annotator.kernel.disk import check_disk_space
from annotator.kernel.errors import ConflictError, ServiceError
from annotator.kernel.events import publish_event
from annotator.labels.pixels.images import ImageError
from annotator.labels.stems import clean_stem
from annotator.models import Dataset, Image, Split

MAX_IMAGE_BYTES = 512 * 1024**2


def upload_image(dataset: Dataset, *, file_name: str, data: bytes, split: str = "") -> Image:
    """Take in one image, not labelled yet.

    Without ``split`` one in five goes to val, by the hash of the file. Raises ServiceError for a
    file that is no image, ConflictError when the image or the name is there already.
    """
    check_disk_space(len(data))
    try:
        taken = take_image_for(dataset, data)
    except ImageError as error:
        raise ServiceError(f"{file_name}: {error}", code="bad_image") from error
    split = split or (Split.VAL if int(taken.upload_sha256[:8], 16) % 5 == 0 else Split.TRAIN)
    stem = clean_stem(file_name)
    name = f"upload-{uuid4().hex}"
    try:
        item = stage_image(
            dataset, taken, stem=stem, split=split, staging=staging_dir(dataset, name)
        )
        with intake_lock(dataset):
            _check_is_new(dataset, stem, taken.upload_sha256)
            clear_names(dataset, [stem])
            with take_in(dataset, [item]):
                publish_event("images.changed", dataset=dataset)
    except IntegrityError as error:
        raise ConflictError(f"There is an image “{stem}” already.", code="stem_taken") from error
    finally:
        clear_staging(dataset, name)
    request_tiles_of_new(item.image)
    return item.image


def _check_is_new(dataset: Dataset, stem: str, upload_sha256: str) -> None:
    same = dataset.images.filter(upload_sha256=upload_sha256).first()
    if same is not None:
        raise ConflictError(
            f"The same image is in the dataset already, as “{same.file_name}”.", code="duplicate"
        )
    named = dataset.images.filter(stem=stem).first()
    if named is not None:
        raise ConflictError(
            f"There is an image “{stem}” already (in {named.split}). Rename the file.",
            code="stem_taken",
        )
