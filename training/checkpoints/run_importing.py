"""Taking in what was trained elsewhere: a cpu worker turns an upload into a run.

A checkpoint from outside is opened by the engine alone, which refuses what is not weights; only
then does it become a checkpoint of ours, known by its hash.
"""

import secrets
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.utils import timezone

from annotator.kernel.plain_text import list_names
from annotator.labels.formats.trees import FileReadError, TreeError
from annotator.labels.safe_zip import ZipTree
from annotator.models import Split
from annotator.models.jobs import ACTIVE_STATES, JobState
from training import paths
from training.engine.checkpoints.base_models import BASE_MODELS
from training.evaluations.evaluations import queue_evaluation
from training.jobs.announce import announce
from training.jobs.engine_job import EngineJob, RefusedError
from training.jobs.engine_process import EngineEvent
from training.jobs.supervising import Outcome
from training.jobs.train_arguments import list_arguments
from training.models import Checkpoint, Run, RunImport, RunOrigin
from training.runs.epochs import add_epochs, draw_sparkline
from training.versions.freezing import hash_file
from training.versions.payloads import class_names

from .run_folders import (
    LIMITS,
    MAX_PLOT_BYTES,
    MAX_WEIGHTS_BYTES,
    RunFolder,
    find_best_epoch,
    make_parameters,
    read_run_folder,
)

_NOTHING = RunFolder(weights={}, texts={}, plots={}, arguments={}, epochs=[], content_sha256="")


class RunImporting(EngineJob[RunImport]):
    """One upload on its way to a run. ``staging`` becomes the folder of the run."""

    model = RunImport
    command = "inspect"

    def __init__(self, job: RunImport) -> None:
        super().__init__(job)
        self.upload = paths.run_import_path(job)
        self.staging = self.upload.with_name(f"{self.upload.stem}-{secrets.token_hex(4)}")
        self.folder = _NOTHING
        self.looked_into = Path()
        self.hashes: dict[str, str] = {}

    def in_place(self, work: Callable[[str], Outcome]) -> Outcome:
        return work("cpu")

    def attempt(self) -> Outcome:
        for leftover in self.upload.parent.glob(f"{self.upload.stem}-*"):  # of one that died
            shutil.rmtree(leftover, ignore_errors=True)
        weights = self.staging / "weights"
        weights.mkdir(parents=True)
        if self.upload.suffix == ".zip":
            self.say("Unpacking the run")
            try:
                self._unpack(self.upload)
            except (TreeError, FileReadError) as reason:
                raise RefusedError(str(reason)) from reason
        else:
            shutil.copyfile(self.upload, weights / "best.pt")
        # best.pt last: what it says of itself is what the run is described by
        for path in sorted(weights.iterdir(), reverse=True):
            self.looked_into = path
            self.say(f"Looking into {path.name}")
            outcome = super().attempt()
            if outcome.state != "finished":
                # A checkpoint alone was given our name for it: its owner knows it by theirs.
                error = outcome.error.replace(path.name, self._name_of(path))
                return replace(outcome, error=error)
            self._check_classes(self._name_of(path), outcome.event["class_names"])
        self.hashes = {path.stem: hash_file(path) for path in weights.iterdir()}
        return outcome

    def request(self, device: str) -> dict[str, object]:
        return {"checkpoint": str(self.looked_into)}

    def log(self) -> Path:
        return self.staging / paths.LOG_NAME

    def _unpack(self, upload: Path) -> None:
        with ZipTree(upload, limits=LIMITS) as tree:
            self.folder = folder = read_run_folder(tree)
            version = self.job.version
            if folder.content_sha256 not in ("", version.content_sha256):
                raise RefusedError(
                    f"It was not trained on version {version.number} but on another one: choose "
                    "the version whose archive went out."
                )
            for kind, path in folder.weights.items():
                target = self.staging / "weights" / f"{kind}.pt"
                tree.copy(path, target, limit_bytes=MAX_WEIGHTS_BYTES)
            for name, path in {**folder.texts, **folder.plots}.items():
                tree.copy(path, self.staging / name, limit_bytes=MAX_PLOT_BYTES)

    def _name_of(self, path: Path) -> str:
        return path.name if self.folder.weights else self.job.source_name

    def _check_classes(self, name: str, found: list[str]) -> None:
        version = self.job.version
        expected = class_names(version)
        if found != expected:
            raise RefusedError(
                f"{name} knows the classes {list_names(found)}; version {version.number} has "
                f"{list_names(expected)}. Choose the version that it was trained on."
            )

    def finish(self, event: EngineEvent) -> dict[str, object]:
        """Make the rows of the run and, last, put its folder in place."""
        job, folder = self.job, self.folder
        arguments = {**event["arguments"], **folder.arguments}
        run = self._create_run(event, arguments)
        add_epochs(run, folder.epochs)
        Run.objects.filter(pk=run.pk).update(sparkline=draw_sparkline(run))
        for kind, sha256 in self.hashes.items():
            self._create_checkpoint(run, kind, sha256)
        best = run.checkpoints.get(kind="best")
        queue_evaluation(best, Split.VAL, created_by_id=job.created_by_id)
        job.run = run
        job.save(update_fields=["run"])
        announce(run)
        target = paths.run_dir(run)
        shutil.rmtree(target, ignore_errors=True)
        target.parent.mkdir(parents=True, exist_ok=True)
        self.staging.rename(target)
        return {}

    def clear(self) -> None:
        shutil.rmtree(self.staging, ignore_errors=True)
        if not RunImport.objects.filter(pk=self.job.pk, state__in=ACTIVE_STATES).exists():
            self.upload.unlink(missing_ok=True)

    def _create_run(self, told: EngineEvent, arguments: dict[str, Any]) -> Run:
        job, epochs = self.job, self.folder.epochs
        best = find_best_epoch(epochs)
        now = timezone.now()
        is_folder = self.upload.suffix == ".zip"
        return Run.objects.create(
            dataset=job.dataset,
            version=job.version,
            name=Path(job.source_name).stem[:120],
            origin=RunOrigin.ELSEWHERE if is_folder else RunOrigin.UPLOADED,
            base_model=_find_base_model(told, arguments),
            parameters=make_parameters(
                arguments,
                epoch_count=len(epochs),
                image_size=told["imgsz"],
                defaults=_argument_defaults(),
            ),
            epoch=epochs[-1]["epoch"] if epochs else 0,
            best_epoch=best and best["epoch"],
            best_box=best and best["box"],
            best_mask=best and best["mask"],
            device_name="elsewhere",
            state=JobState.FINISHED,
            started_at=now - timedelta(seconds=sum(row["seconds"] for row in epochs)),
            finished_at=now,
            created_by_id=job.created_by_id,
        )

    def _create_checkpoint(self, run: Run, kind: str, sha256: str) -> None:
        epochs = self.folder.epochs
        row = find_best_epoch(epochs) if kind == "best" else (epochs[-1] if epochs else None)
        Checkpoint.objects.create(
            run=run,
            kind=kind,
            epoch=row["epoch"] if row else 0,
            size_bytes=(self.staging / "weights" / f"{kind}.pt").stat().st_size,
            sha256=sha256,
            box=row and row["box"],
            mask=row and row["mask"],
        )


def _find_base_model(told: EngineEvent, arguments: dict[str, Any]) -> str:
    """Pretrained or from scratch, as its arguments say; else by its layout; else its own name."""
    said = Path(str(arguments.get("model") or "")).name
    if said in BASE_MODELS:
        return said
    found: str = told["base_model"] or said[:40] or "unknown"
    return found


def _argument_defaults() -> dict[str, object]:
    return {item["name"]: item["default"] for item in list_arguments()["arguments"]}
