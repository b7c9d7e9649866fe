"""The button "Create sample dataset"."""

from django.contrib.auth.models import User
from django.db import transaction

from annotator.datasets.datasets import create_dataset
from annotator.kernel.errors import ServiceError
from annotator.kernel.nudges import nudge_worker
from annotator.models import Import
from sample_pond import CLASS_NAMES, MAX_IMAGES

from .imports import create_import
from .sources import POND

DEFAULT_IMAGES = 100
_NAME = "Sample pond"
_DESCRIPTION = (
    "Ducks and, more rarely, swans on a pond, drawn by code. Reflections in the water are not "
    "labelled: a good model leaves them alone."
)


@transaction.atomic
def create_sample_dataset(
    owner: User | None, *, images: int = DEFAULT_IMAGES, name: str = _NAME, seed: int = 1
) -> Import:
    """Make a new dataset and queue the import that draws its images."""
    if not 1 <= images <= MAX_IMAGES:
        raise ServiceError(f"A sample pond has 1 to {MAX_IMAGES:,} images.", code="invalid")
    dataset = create_dataset(
        owner=owner,
        name=name,
        description=_DESCRIPTION,
        classes=[{"name": class_name} for class_name in CLASS_NAMES],
    )
    job = create_import(
        dataset,
        source_path=f"{POND}{images}:{seed}",
        source_name="Sample pond",
        created_by=owner,
    )
    nudge_worker("annotator.tasks.run_import", job.pk)
    return job
