"""Weights, and everything else that can be predicted with, as the API answers it."""

from datetime import datetime
from typing import Any, Literal, TypedDict

from django.contrib.auth.models import User
from django.db.models import Q, QuerySet

from annotator.kernel.errors import ServiceError
from annotator.kernel.jobs import Progress, progress_of
from annotator.models import Dataset
from annotator.models.jobs import JobState
from annotator.permissions import datasets_of
from training import paths
from training.checkpoints.payloads import checkpoints_for_payload, mask_map50_of
from training.checkpoints.usable import ModelKind, as_usable
from training.engine.checkpoints.base_models import BASE_MODELS, weights_path
from training.jobs.payloads import UserPayload, user_payload
from training.jobs.weights import can_fetch_weights
from training.models import Checkpoint, Export, ExportFormat, Weights, WeightsOrigin

from .weights import weights_seen_by

PAGE_SIZE = 50
_KINDS: tuple[ModelKind, ...] = ("checkpoint", "export", "weights")


class WeightsPayload(TypedDict):
    """``reference``: by which a prediction names it. ``dataset``: slug; "" for everybody's.

    ``class_names``, ``colors``, ``image_size``, ``base_model`` (one of Segloop's, "" for others)
    and ``parameters`` are known once it is finished."""

    id: int
    reference: str
    name: str
    file_name: str
    origin: WeightsOrigin
    dataset: str
    state: JobState
    progress: Progress
    error: str
    error_hint: str
    class_names: list[str]
    colors: list[str]
    image_size: int
    base_model: str
    parameters: int
    size_bytes: int
    sha256: str
    created_by: UserPayload | None
    created_at: datetime
    finished_at: datetime | None


class ModelPayload(TypedDict):
    """One thing that can be predicted with. ``dataset``: whose members may use it, its slug; "" for
    everybody. ``state``: only "finished" can be used now; "missing" is pretrained weights that are
    not here: ``can_fetch`` says whether a worker can get them, ``error`` what to put where if not.
    ``run``: of a checkpoint or an exported model; ``format``: of an exported model. ``tags`` and
    ``mask_map50`` (as the list of checkpoints shows it): of a checkpoint."""

    reference: str
    kind: ModelKind
    id: int | None
    name: str
    file_name: str
    dataset: str
    dataset_name: str
    class_names: list[str]
    colors: list[str]
    image_size: int
    state: Literal["queued", "running", "cancelling", "cancelled", "failed", "finished", "missing"]
    error: str
    can_fetch: bool
    origin: Literal["run", "uploaded", "pretrained"]
    run: int | None
    format: ExportFormat | None
    checkpoint_kind: str
    tags: list[str]
    mask_map50: float | None
    size_bytes: int
    created_at: datetime | None


class ModelPage(TypedDict):
    """``next``: the cursor of the next page; None at the end."""

    next: str | None
    results: list[ModelPayload]


def weights_for_payload() -> QuerySet[Weights]:
    return Weights.objects.select_related("dataset", "created_by")


def weights_payload(weights: Weights) -> WeightsPayload:
    model = as_usable(weights)
    return {
        "id": weights.pk,
        "reference": model.reference,
        "name": weights.name,
        "file_name": weights.file_name,
        "origin": WeightsOrigin(weights.origin),
        "dataset": "" if weights.dataset is None else weights.dataset.slug,
        "state": JobState(weights.state),
        "progress": progress_of(weights),
        "error": weights.error,
        "error_hint": weights.error_hint,
        "class_names": model.class_names,
        "colors": model.colors,
        "image_size": weights.image_size,
        "base_model": weights.base_model,
        "parameters": weights.parameters,
        "size_bytes": weights.size_bytes,
        "sha256": weights.sha256,
        "created_by": user_payload(weights.created_by),
        "created_at": weights.created_at,
        "finished_at": weights.finished_at,
    }


# --- all models ----------------------------------------------------------------------------------


def list_models(
    user: User, *, search: str = "", cursor: str = "", page_size: int = PAGE_SIZE
) -> ModelPage:
    """Return a page of what ``user`` can predict with: checkpoints, exported models that are ready,
    weights, each kind with the newest first; then pretrained weights that are not here.

    As many queries whatever there is. Raises ServiceError for a cursor that is none.
    """
    datasets = datasets_of(user)
    kind, before = _read_cursor(cursor)
    found: list[ModelPayload] = []
    for each in _KINDS[_KINDS.index(kind) :] if kind else ():
        rows = _rows(each, datasets, search).order_by("-pk")
        if each == kind and before:
            rows = rows.filter(pk__lt=before)
        wanted = page_size + 1 - len(found)
        found += [_payload(row) for row in rows[:wanted]]
        if len(found) > page_size:
            last = found[page_size - 1]
            return {"next": last["reference"], "results": found[:page_size]}
    return {"next": None, "results": [*found, *_list_missing(search)]}


def _read_cursor(cursor: str) -> tuple[ModelKind, int]:
    if not cursor:
        return _KINDS[0], 0
    kind, _, number = cursor.partition(":")
    if kind not in _KINDS or not (number.isdecimal() and len(number) < 19):
        raise ServiceError("This is no cursor of the list of models.", code="bad_cursor")
    return kind, int(number)


def _rows(kind: ModelKind, datasets: QuerySet[Dataset], search: str) -> QuerySet[Any]:
    if kind == "checkpoint":
        checkpoints = checkpoints_for_payload().filter(run__dataset__in=datasets)
        if search:
            checkpoints = checkpoints.filter(_named("run__", search))
        return checkpoints
    if kind == "export":
        exports = Export.objects.select_related(
            "checkpoint__run__dataset", "checkpoint__run__version"
        ).filter(checkpoint__run__dataset__in=datasets, state=JobState.FINISHED)
        if search:
            exports = exports.filter(
                _named("checkpoint__run__", search) | Q(format__icontains=search)
            )
        return exports
    weights = weights_seen_by(datasets).select_related("dataset")
    if search:
        weights = weights.filter(
            Q(name__icontains=search)
            | Q(file_name__icontains=search)
            | Q(dataset__name__icontains=search)
        )
    return weights


def _named(run: str, search: str) -> Q:
    fields = ("name", "base_model", "dataset__name")
    conditions = [Q(**{f"{run}{field}__icontains": search}) for field in fields]
    return conditions[0] | conditions[1] | conditions[2]


def _payload(row: Checkpoint | Export | Weights) -> ModelPayload:
    model = as_usable(row)
    checkpoint = row.checkpoint if isinstance(row, Export) else row
    payload: ModelPayload = {
        "reference": model.reference,
        "kind": model.kind,
        "id": row.pk,
        "name": model.name,
        "file_name": model.path.name,
        "dataset": "" if model.dataset is None else model.dataset.slug,
        "dataset_name": "" if model.dataset is None else model.dataset.name,
        "class_names": model.class_names,
        "colors": model.colors,
        "image_size": model.image_size,
        "state": "finished",
        "error": "",
        "can_fetch": False,
        "origin": "run",
        "run": checkpoint.run_id if isinstance(checkpoint, Checkpoint) else None,
        "format": ExportFormat(row.format) if isinstance(row, Export) else None,
        "checkpoint_kind": checkpoint.kind if isinstance(checkpoint, Checkpoint) else "",
        "tags": row.tags if isinstance(row, Checkpoint) else [],
        "mask_map50": mask_map50_of(row) if isinstance(row, Checkpoint) else None,
        "size_bytes": row.size_bytes,
        "created_at": row.created_at if isinstance(row, Export | Weights) else None,
    }
    if isinstance(row, Weights):
        payload["file_name"] = row.file_name
        payload["origin"] = "uploaded" if row.origin == WeightsOrigin.UPLOADED else "pretrained"
        payload["state"] = JobState(row.state).value  # type: ignore[typeddict-item]
        payload["error"] = f"{row.error} {row.error_hint}".strip()
    return payload


def _list_missing(search: str) -> list[ModelPayload]:
    """Pretrained weights that are not here and that nobody has asked for."""
    can_fetch = can_fetch_weights()
    asked = set(
        Weights.objects.filter(origin=WeightsOrigin.PRETRAINED).values_list("file_name", flat=True)
    )
    models: list[ModelPayload] = []
    for base in BASE_MODELS.values():
        path = weights_path(base, paths.weights_dir())
        is_here = path is None or path.is_file()
        if is_here or base.id in asked or search.casefold() not in base.id:
            continue
        models.append(
            {
                "reference": "",
                "kind": "weights",
                "id": None,
                "name": base.id,
                "file_name": base.id,
                "dataset": "",
                "dataset_name": "",
                "class_names": [],
                "colors": [],
                "image_size": 640,
                "state": "missing",
                "error": "" if can_fetch else f"Put the file {base.id} at {path}.",
                "can_fetch": can_fetch,
                "origin": "pretrained",
                "run": None,
                "format": None,
                "checkpoint_kind": "",
                "tags": [],
                "mask_map50": None,
                "size_bytes": 0,
                "created_at": None,
            }
        )
    return models
