"""What can be predicted with, whatever it is: a checkpoint, an exported model, other weights."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from django.contrib.auth.models import User

from annotator.datasets.colors import color_of_index
from annotator.kernel.errors import ServiceError
from annotator.models import Dataset
from annotator.models.jobs import JobState
from annotator.permissions import datasets_of
from training import paths
from training.jobs.engine_job import RefusedError
from training.models import (
    Checkpoint,
    CheckpointKind,
    Export,
    ExportFormat,
    Run,
    ServedModel,
    UsesModel,
    Weights,
)
from training.versions.freezing import hash_file
from training.versions.payloads import class_names

ModelKind = Literal["checkpoint", "export", "weights"]

_REFERENCE = re.compile(r"(run|checkpoint|export|weights):(\d{1,18})")


@dataclass(frozen=True)
class UsableModel:
    """``path``: what Ultralytics loads, a file or (OpenVINO, Core ML) a folder. ``sha256``: of the
    .pt that it is or was made from. ``colors`` are hexadecimal, one a class. ``dataset``: whose
    members may use it; None: everybody.
    """

    kind: ModelKind
    id: int
    name: str
    path: Path
    sha256: str
    class_names: list[str]
    colors: list[str]
    image_size: int
    dataset: Dataset | None
    row: Checkpoint | Export | Weights

    @property
    def reference(self) -> str:
        """By which it is found again: ``checkpoint:12``."""
        return f"{self.kind}:{self.id}"

    @property
    def foreign_keys(self) -> dict[str, Checkpoint | Export | Weights | None]:
        """The values of :class:`UsesModel`."""
        return {
            kind: self.row if kind == self.kind else None
            for kind in ("checkpoint", "export", "weights")
        }


def model_of(row: UsesModel) -> UsableModel:
    """Return the model that a row uses."""
    used = row.checkpoint or row.export or row.weights
    assert used is not None  # noqa: S101 - a constraint of the table
    return as_usable(used)


def as_usable(row: Checkpoint | Export | Weights) -> UsableModel:
    if isinstance(row, Weights):
        return UsableModel(
            kind="weights",
            id=row.pk,
            name=row.name,
            path=weights_file(row),
            sha256=row.sha256,
            class_names=list(row.class_names),
            colors=[color_of_index(index) for index in range(len(row.class_names))],
            image_size=row.image_size,
            dataset=row.dataset,
            row=row,
        )
    checkpoint = row if isinstance(row, Checkpoint) else row.checkpoint
    run = checkpoint.run
    name = f"{run.name} · {checkpoint.kind}.pt"
    if isinstance(row, Export):
        name = f"{run.name} · {checkpoint.kind} · {ExportFormat(row.format).label}"
    return UsableModel(
        kind="checkpoint" if isinstance(row, Checkpoint) else "export",
        id=row.pk,
        name=name,
        path=paths.checkpoint_path(row)
        if isinstance(row, Checkpoint)
        else paths.exported_model_path(row),
        sha256=checkpoint.sha256,
        class_names=class_names(run.version),
        colors=[item["color"] for item in run.version.classes],
        image_size=(
            run.parameters["image_size"] if isinstance(row, Checkpoint) else row.image_size
        ),
        dataset=run.dataset,
        row=row,
    )


def weights_file(weights: Weights) -> Path:
    if weights.origin == "pretrained":
        return paths.weights_dir() / weights.file_name
    return paths.uploaded_weights_path(weights)


def unchanged_model(model: UsableModel) -> str:
    """Return the path of a model for the engine. A .pt can hold code: only the very file that a run
    wrote, or that the restricted unpickler has opened, is loaded. Raises RefusedError."""
    if not model.path.exists():
        raise RefusedError(f"The file {model.path} is gone.")
    if model.kind != "export" and hash_file(model.path) != model.sha256:
        raise RefusedError(f"The file {model.path} was changed since; it is not opened.")
    return str(model.path)


def find_model(reference: str, user: User | None = None) -> UsableModel:
    """Return what ``reference`` names: ``7`` or ``run:7`` (its best checkpoint), ``checkpoint:12``,
    ``export:3``, ``weights:4`` or the name of a served model.

    Only what ``user`` may use; None: everything (the command line). Raises ServiceError, the same
    for what is not there and what the person may not see.
    """
    reference = reference.strip()
    found = _REFERENCE.fullmatch(f"run:{reference}" if reference.isdecimal() else reference)
    row = _find_served(reference, user) if found is None else _find_row(found[1], int(found[2]))
    if row is None or (user is not None and not _may_use(user, row)):
        raise ServiceError(f"There is no model “{reference}”.", code="model_missing")
    if isinstance(row, Weights | Export) and row.state != JobState.FINISHED:
        raise ServiceError(f"“{reference}” is not ready (it is {row.state}).", code="model_busy")
    model = as_usable(row)
    if not model.path.exists():
        raise ServiceError(f"The file of “{model.name}” is gone.", code="model_file_missing")
    return model


def _find_row(kind: str, pk: int) -> Checkpoint | Export | Weights | None:
    if kind == "run":
        return _best_of(pk)
    if kind == "checkpoint":
        rows = Checkpoint.objects.select_related("run__dataset", "run__version")
        return rows.filter(pk=pk, run__dataset__deleted_at__isnull=True).first()
    if kind == "export":
        exports = Export.objects.select_related(
            "checkpoint__run__dataset", "checkpoint__run__version"
        )
        return exports.filter(pk=pk, checkpoint__run__dataset__deleted_at__isnull=True).first()
    weights = Weights.objects.select_related("dataset")
    return weights.filter(pk=pk, dataset__deleted_at__isnull=True).first()


def _best_of(run_id: int) -> Checkpoint | None:
    run = Run.objects.filter(pk=run_id, dataset__deleted_at__isnull=True).first()
    if run is None:
        return None
    checkpoints = {row.kind: row for row in run.checkpoints.all()}
    checkpoint = checkpoints.get(CheckpointKind.BEST) or checkpoints.get(CheckpointKind.LAST)
    if checkpoint is None:
        raise ServiceError(
            f"Run {run_id} has no checkpoint yet (it is {run.state}).", code="checkpoint_missing"
        )
    return checkpoint


def _find_served(name: str, user: User | None) -> Checkpoint | Export | Weights | None:
    """A name is known to the members of its own dataset only, whatever it points at."""
    rows = ServedModel.objects.filter(name=name, dataset__deleted_at__isnull=True)
    served = rows.first() if user is None else rows.filter(dataset__in=datasets_of(user)).first()
    return None if served is None else served.checkpoint or served.export or served.weights


def _may_use(user: User, row: Checkpoint | Export | Weights) -> bool:
    dataset = as_usable(row).dataset
    return dataset is None or datasets_of(user).filter(pk=dataset.pk).exists()
