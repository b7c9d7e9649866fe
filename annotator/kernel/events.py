"""Live events: one Redis stream, read once by each web process for all of its open pages.

An event is a hint to look again, never the only carrier of a fact: the database is the truth, so
an event that cannot be published (Redis away) is logged and forgotten.
"""

import json
from collections.abc import Mapping
from typing import Literal, overload

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction

from annotator.models import Dataset

from .event_types import BatchNumbers, ImageKind, ObjectKind, People, TilesState
from .publisher import publish


@overload
def publish_event(kind: ImageKind, *, dataset: Dataset, id: str) -> None: ...
@overload
def publish_event(
    kind: Literal["images.changed", "insights.changed"], *, dataset: Dataset
) -> None: ...
@overload
def publish_event(kind: ObjectKind, *, dataset: Dataset, id: int, slug: str = "") -> None: ...
@overload
def publish_event(kind: Literal["worker.changed"], *, dataset: None) -> None: ...
@overload
def publish_event(
    kind: Literal["prediction.changed", "weights.changed"], *, dataset: Dataset | None, id: int
) -> None: ...
@overload
def publish_event(
    kind: Literal["image.presence"], *, dataset: Dataset, id: str, data: People
) -> None: ...
@overload
def publish_event(
    kind: Literal["image.tiles"], *, dataset: Dataset, id: str, data: TilesState
) -> None: ...
@overload
def publish_event(
    kind: Literal["run.batch"], *, dataset: Dataset, id: int, data: BatchNumbers
) -> None: ...


def publish_event(
    kind: str,
    *,
    dataset: Dataset | None,
    slug: str = "",
    id: int | str | None = None,
    data: Mapping[str, object] | None = None,
) -> None:
    """Tell every member of ``dataset`` (None: everybody) once the transaction commits.

    ``slug``: under which pages know it, where that was another one until now. Who may hear it is
    decided by the dataset's id: another dataset may have its slug later.
    """
    name = None if dataset is None else slug or dataset.slug
    parts = {"kind": kind, "dataset": name, "id": id, "data": data}
    event = {key: part for key, part in parts.items() if part is not None}
    body = json.dumps(event, cls=DjangoJSONEncoder, separators=(",", ":"))
    fields = {"event": body, "dataset_id": str(dataset.pk) if dataset else ""}
    transaction.on_commit(lambda: publish(fields))
