"""What becomes of a source that has arrived: a dry run, which a person makes an import."""

from django.contrib.auth.models import User
from django.db import transaction

from annotator import paths
from annotator.kernel.errors import ServiceError
from annotator.kernel.turns import write_turn
from annotator.models import Dataset, Import, Upload

from . import imports
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
    """Make the import of an upload that is whole, once; what prevents it becomes its ``error``."""
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
