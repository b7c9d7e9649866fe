"""What becomes of a source that has arrived: a dry run, which a person makes an import."""

from django.contrib.auth.models import User
from django.db import transaction

from annotator import paths
from annotator.kernel.errors import ServiceError
from annotator.kernel.turns import write_turn
from annotator.models import Dataset, Import, Upload

from . import imports
from .arriving.addresses import check_url
from .arriving.downloading import URL, name_of
from .arriving.server_folders import SERVER, find_source
from .arriving.uploads import end_upload, whole_uploads


def start_source_import(
    dataset: Dataset,
    *,
    source_path: str,
    source_name: str,
    created_by: User | None,
    owns_source: bool = False,
) -> Import:
    """Start what follows a source that has arrived: a look at it, for a person to choose by."""
    return imports.start_dry_run(
        dataset,
        source_path=source_path,
        source_name=source_name,
        created_by=created_by,
        owns_source=owns_source,
    )


def import_upload(upload: Upload) -> None:
    """Make the import of an upload that is whole, once; what prevents it becomes its ``error``.

    One without a dataset waits for its prediction.
    """
    if upload.dataset is None:
        return
    try:
        with write_turn(), transaction.atomic():
            row = Upload.objects.select_for_update().get(pk=upload.pk)
            if row.is_ended or row.offset_bytes < row.length_bytes:
                return
            job = start_source_import(
                upload.dataset,
                source_path=str(paths.upload_path(upload)),
                source_name=upload.name,
                created_by=upload.owner,
                owns_source=True,
            )
            end_upload(upload, import_id=job.pk)
    except Upload.DoesNotExist:
        return
    except ServiceError as error:
        if end_upload(upload, error=str(error)):
            paths.upload_path(upload).unlink(missing_ok=True)


def import_whole_uploads() -> None:
    """Make the imports that a crash prevented, between the last byte and the import's row."""
    for upload in whole_uploads():
        import_upload(upload)


def import_from_folder(dataset: Dataset, path: str, *, created_by: User) -> Import:
    """Import from a folder or an archive that lies on the server. Raises ServiceError."""
    source = find_source(path)
    return start_source_import(
        dataset,
        source_path=f"{SERVER}{source}",
        source_name=source.name.encode(errors="replace").decode(),
        created_by=created_by,
    )


def import_from_url(dataset: Dataset, url: str, *, created_by: User) -> Import:
    """Import an archive that a worker downloads first. Raises ServiceError."""
    check_url(url)
    return start_source_import(
        dataset,
        source_path=f"{URL}{url.strip()}",
        source_name=name_of(url.strip()),
        created_by=created_by,
    )
