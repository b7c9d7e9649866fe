"""Live events: one Redis stream, read by every open page as server-sent events.

An event is a hint to look again, never the only carrier of a fact: the database is the truth, so
an event that cannot be published (Redis away) is logged and forgotten.
"""

import json
from typing import TypedDict

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction

from annotator.models import Dataset

from .publisher import STREAM, publish

__all__ = ["STREAM", "Event", "publish_event"]


class Event(TypedDict):
    kind: str
    dataset: str | None
    id: int | str | None
    data: object


def publish_event(
    kind: str,
    *,
    dataset: Dataset | None,
    slug: str = "",
    id: int | str | None = None,
    data: object | None = None,
) -> None:
    """Tell every member of ``dataset`` (None: everybody) once the transaction commits.

    ``slug``: under which pages know it, where that was another one until now. Who may hear it is
    decided by the dataset's id: another dataset may have its slug later.
    """
    name = slug or dataset.slug if dataset else None
    event: Event = {"kind": kind, "dataset": name, "id": id, "data": data or {}}
    body = json.dumps(event, cls=DjangoJSONEncoder, separators=(",", ":"))
    fields = {"event": body, "dataset_id": str(dataset.pk) if dataset else ""}
    transaction.on_commit(lambda: publish(fields))
