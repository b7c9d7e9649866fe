from annotator.imports.imports import begin_import, run_import
from annotator.models import Import


def take_in(import_id: int) -> Import:
    """Work the dry run off, and the import itself where that found something."""
    job = run_import(import_id)
    assert job is not None
    if job.state != "finished":
        return job
    job = run_import(begin_import(job, {}).pk)
    assert job is not None
    return job
