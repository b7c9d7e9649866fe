"""Served models: a name, and the model that it points at."""

import re

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import Prefetch, QuerySet

from annotator.kernel.errors import ConflictError, NotAllowedError, ServiceError
from annotator.kernel.events import publish_event
from annotator.models import Dataset
from training.checkpoints.usable import UsableModel, model_of
from training.models import ServedModel, ServedMove

from .asking import load
from .errors import NoEngineError
from .stats import forget_stats

LOAD_TIMEOUT = 60.0
MOST_REQUESTS_PER_MINUTE = 6000
MOVES_LOOKED_AT = 20

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")


def served_rows() -> QuerySet[ServedModel]:
    """Names of datasets that are not in the trash, each with its model."""
    related = (
        *("dataset", "created_by"),
        *("checkpoint__run__dataset", "checkpoint__run__version"),
        *("export__checkpoint__run__dataset", "export__checkpoint__run__version"),
        "weights__dataset",
    )
    return ServedModel.objects.select_related(*related).filter(dataset__deleted_at__isnull=True)


def served_for_payload() -> QuerySet[ServedModel]:
    """Names with everything a payload shows."""
    latest = _moves().order_by("-pk")[:MOVES_LOOKED_AT]
    return served_rows().prefetch_related(Prefetch("moves", latest, to_attr="latest_moves"))


def _moves() -> QuerySet[ServedMove]:
    related = (
        "moved_by",
        *("checkpoint__run__dataset", "checkpoint__run__version"),
        *("export__checkpoint__run__dataset", "export__checkpoint__run__version"),
        "weights__dataset",
    )
    return ServedMove.objects.select_related(*related)


def moves_for_payload(served: ServedModel) -> QuerySet[ServedMove]:
    return _moves().filter(served=served)


def latest_moves(served: ServedModel) -> list[ServedMove]:
    """Return the last moves of a name, the newest first."""
    found: list[ServedMove] | None = getattr(served, "latest_moves", None)
    return list(moves_for_payload(served)[:MOVES_LOOKED_AT]) if found is None else found


def check_name(name: str) -> None:
    """Raise ServiceError for a name that is none, or that a reference could be taken for."""
    if not _NAME.fullmatch(name):
        raise ServiceError(
            "A name has small letters, digits, “-” and “_”, and begins with a letter or digit: "
            "helmets, cats-v2.",
            code="bad_name",
        )
    if name.isdecimal():
        raise ServiceError("A name of digits alone would be the number of a run.", code="bad_name")


def create_served(
    name: str,
    model: UsableModel,
    dataset: Dataset,
    *,
    requests_per_minute: int,
    created_by: User,
) -> ServedModel:
    """Give a model a name. The model is loaded first: one that cannot be loaded gets none.

    Without a worker it gets its name nevertheless. Raises ServiceError, ConflictError.
    """
    check_name(name)
    _check_dataset(model, dataset)
    if ServedModel.objects.filter(name=name).exists():
        raise _taken(name)
    _load(model)
    try:
        with transaction.atomic():
            served = ServedModel.objects.create(
                name=name,
                dataset=dataset,
                requests_per_minute=requests_per_minute,
                created_by=created_by,
                **model.foreign_keys,
            )
            ServedMove.objects.create(served=served, moved_by=created_by, **model.foreign_keys)
    except IntegrityError as error:
        raise _taken(name) from error
    publish_event("served.changed", dataset=dataset, id=served.pk)
    return served


def move_served(served: ServedModel, model: UsableModel, *, moved_by: User) -> None:
    """Point a name at another model, once that is loaded; no request waits for it.

    Requests under way end with the model that they began with. Raises ServiceError,
    ModelFailedError.
    """
    _check_dataset(model, served.dataset)
    before = model_of(served)
    if before.reference == model.reference:
        raise ConflictError(
            f"“{served.name}” points at {model.name} already.", code="served_already"
        )
    _load(model)
    with transaction.atomic():
        moved = ServedModel.objects.filter(pk=served.pk, **{f"{before.kind}_id": before.id}).update(
            **model.foreign_keys
        )
        if not moved:
            raise ConflictError(
                f"“{served.name}” was moved by somebody else just now: look again.", code="moved"
            )
        ServedMove.objects.create(served=served, moved_by=moved_by, **model.foreign_keys)
    publish_event("served.changed", dataset=served.dataset, id=served.pk)


def move_back(served: ServedModel, *, moved_by: User) -> None:
    """Point a name at the model that it pointed at before. Raises ConflictError."""
    move_served(served, former_model(served), moved_by=moved_by)


def former_model(served: ServedModel) -> UsableModel:
    """Return the model that a name pointed at last before its present one."""
    former = find_former(served)
    if former is None:
        raise ConflictError(f"“{served.name}” has pointed at one model only.", code="never_moved")
    return former


def find_former(served: ServedModel) -> UsableModel | None:
    present = model_of(served).reference
    for move in latest_moves(served):
        model = model_of(move)
        if model.reference != present:
            return model
    return None


def set_requests_per_minute(served: ServedModel, most: int) -> None:
    ServedModel.objects.filter(pk=served.pk).update(requests_per_minute=most)
    publish_event("served.changed", dataset=served.dataset, id=served.pk)


def delete_served(served: ServedModel) -> None:
    """Stop serving a name; the model itself stays."""
    dataset, served_id = served.dataset, served.pk
    served.delete()
    forget_stats(served_id)
    publish_event("served.changed", dataset=dataset, id=served_id)


def _check_dataset(model: UsableModel, dataset: Dataset) -> None:
    """A name shows its model to all members of its dataset."""
    if model.dataset is not None and model.dataset.pk != dataset.pk:
        raise NotAllowedError(
            f"“{model.name}” belongs to the dataset “{model.dataset.name}”: a name of "
            f"“{dataset.name}” would show it to other people.",
            code="other_dataset",
        )


def _load(model: UsableModel) -> None:
    """Load a model before a name points at it. Without a worker nobody is answered anyway."""
    try:
        load(model, LOAD_TIMEOUT)
    except NoEngineError:
        return


def _taken(name: str) -> ConflictError:
    return ConflictError(f"The name “{name}” is taken: choose another.", code="name_taken")
