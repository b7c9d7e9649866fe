"""Which file a warm engine opens, and the hash that this very file must have."""

from functools import lru_cache
from pathlib import Path

from django.conf import settings

from annotator.kernel.errors import ServiceError
from training.checkpoints.usable import UsableModel
from training.engine.serving.files import hash_model, size_of_model
from training.models import Export


def relative_path(model: UsableModel) -> str:
    """Return the path below the data folder, which may lie elsewhere on a worker's host."""
    return model.path.resolve().relative_to(Path(settings.DATA_ROOT).resolve()).as_posix()


def sha256_of_model(model: UsableModel) -> str:
    """Return the hash that a warm engine compares before it opens the file.

    Of a checkpoint or weights it is noted when they are made or taken in; of an exported model when
    it is first asked for.
    """
    if not isinstance(model.row, Export):
        return model.sha256
    if not model.row.file_sha256:
        if not model.path.exists():
            raise ServiceError(f"The file of “{model.name}” is gone.", code="model_file_missing")
        found = _hash_once(model.path, model.path.stat().st_mtime_ns, size_of_model(model.path))
        Export.objects.filter(pk=model.row.pk, file_sha256="").update(file_sha256=found)
        model.row.refresh_from_db(fields=["file_sha256"])
    return model.row.file_sha256


@lru_cache(maxsize=64)
def _hash_once(path: Path, _mtime: int, _size: int) -> str:
    return hash_model(path)
