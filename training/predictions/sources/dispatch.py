"""Which job works off a prediction, by the kind of its source: the one place that knows."""

from typing import Any

from training.jobs.engine_job import EngineJob
from training.models import Prediction, SourceKind

WORKERS: dict[SourceKind, type[EngineJob[Any]]] = {}
"""Of videos and streams; filled when the applications are set up."""

VIDEO_KINDS = (SourceKind.VIDEO, SourceKind.STREAM)


def worker_of(prediction_id: int) -> type[EngineJob[Any]] | None:
    """Return what works off a prediction that is no list of images; None for one that is."""
    kinds = Prediction.objects.filter(pk=prediction_id).values_list("source_kind", flat=True)
    kind = kinds.first()
    return None if kind is None else WORKERS.get(SourceKind(kind))
