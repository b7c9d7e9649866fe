"""Taking in what was trained elsewhere: a cpu worker turns an upload into a run.

A checkpoint from outside is opened by the engine alone, which refuses what is not weights; only
then does it become a checkpoint of ours, known by its hash.
"""

import logging
import secrets
import shutil
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from django.db import transaction
from django.utils import timezone

from annotator.kernel.errors import sentence_of
from annotator.kernel.jobs import (
    LeaseLostError,
    claim_job,
    fail_job,
    finish_job,
    make_owner,
    mark_cancelled,
    report_progress,
)
from annotator.kernel.plain_text import list_names
from annotator.labels.formats.trees import FileReadError, TreeError
from annotator.labels.safe_zip import ZipTree
from annotator.models import Split
from annotator.models.jobs import JobState
from training import paths
from training.engine.checkpoints.base_models import BASE_MODELS
from training.evaluations.evaluations import queue_evaluation
from training.jobs.announce import announce
from training.jobs.engine_process import EngineEvent, RunLockedError, engine_lock
from training.jobs.nudges import release_lease
from training.jobs.supervising import MAX_ATTEMPTS, Outcome, supervise_engine
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

logger = logging.getLogger(__name__)

_NOTHING = RunFolder(weights={}, texts={}, plots={}, arguments={}, epochs=[], content_sha256="")


class _RefusedError(Exception):
    """It cannot become a run; the message is a sentence for a person."""


def import_run(import_id: int) -> None:
    """Work a queued run import off; does nothing if it is not to be had."""
    job = claim_job(RunImport, import_id, make_owner())
    if job is None:
        return
    announce(job)
    upload = paths.run_import_path(job)
    staging = upload.with_name(f"{upload.stem}-{secrets.token_hex(4)}")
    try:
        for leftover in upload.parent.glob(f"{upload.stem}-*"):  # of an attempt that died
            shutil.rmtree(leftover, ignore_errors=True)
        (staging / "weights").mkdir(parents=True)
        _conclude(job, _Taking(job, staging).work())
    except (LeaseLostError, RunLockedError):
        return
    except (_RefusedError, TreeError, FileReadError) as reason:
        fail_job(job, str(reason))
    except Exception as error:
        logger.exception("%s failed in Segloop itself", job)
        fail_job(
            job,
            f"Segloop could not take it in: {sentence_of(error)}",
            "The worker's log says more.",
        )
    finally:
        shutil.rmtree(staging, ignore_errors=True)
        job.refresh_from_db()
        if not job.is_active:
            upload.unlink(missing_ok=True)
    announce(job)


def _conclude(job: RunImport, outcome: Outcome) -> None:
    """Say how it ended where it did not become a run."""
    if outcome.state == "interrupted":
        release_lease(job)
    elif outcome.state == "cancelled":
        mark_cancelled(job)
    elif outcome.state == "failed":
        fail_job(job, outcome.error, outcome.hint)


class _Taking:
    """One upload on its way to a run. ``staging`` becomes the folder of the run."""

    def __init__(self, job: RunImport, staging: Path) -> None:
        self.job = job
        self.staging = staging
        self.folder = _NOTHING

    def work(self) -> Outcome:
        """Raises _RefusedError, TreeError, FileReadError, LeaseLostError."""
        if self.job.state == JobState.CANCELLING:
            return Outcome("cancelled", {})
        if self.job.attempts > MAX_ATTEMPTS:
            return Outcome("failed", {}, f"It was interrupted {MAX_ATTEMPTS} times.")
        upload = paths.run_import_path(self.job)
        if upload.suffix == ".zip":
            self._say("Unpacking the run")
            self._unpack(upload)
        else:
            shutil.copyfile(upload, self.staging / "weights" / "best.pt")
        told: EngineEvent = {}
        # best.pt last: what it says of itself is what the run is described by
        for path in sorted((self.staging / "weights").iterdir(), reverse=True):
            self._say(f"Looking into {path.name}")
            outcome = self._inspect(path)
            if outcome.state != "finished":
                return outcome
            told = outcome.event
            self._check_classes(self._name_of(path), told["class_names"])
        self._become_run(told)
        return Outcome("finished", told)

    def _say(self, message: str) -> None:
        report_progress(self.job, done=0, message=message)
        announce(self.job)

    def _unpack(self, upload: Path) -> None:
        with ZipTree(upload, limits=LIMITS) as tree:
            self.folder = folder = read_run_folder(tree)
            version = self.job.version
            if folder.content_sha256 not in ("", version.content_sha256):
                raise _RefusedError(
                    f"It was not trained on version {version.number} but on another one: choose "
                    "the version whose archive went out."
                )
            for kind, path in folder.weights.items():
                target = self.staging / "weights" / f"{kind}.pt"
                tree.copy(path, target, limit_bytes=MAX_WEIGHTS_BYTES)
            for name, path in {**folder.texts, **folder.plots}.items():
                tree.copy(path, self.staging / name, limit_bytes=MAX_PLOT_BYTES)

    def _inspect(self, path: Path) -> Outcome:
        with engine_lock(paths.job_lock_path("runimport", self.job.pk)) as lock:
            outcome = supervise_engine(
                self.job,
                "inspect",
                {"checkpoint": str(path), "config_dir": str(paths.engine_config_dir())},
                log=self.staging / paths.LOG_NAME,
                on_event=lambda _event: None,
                lock=lock,
            )
        # A checkpoint alone was given our name for it: its owner knows it by theirs.
        return replace(outcome, error=outcome.error.replace(path.name, self._name_of(path)))

    def _name_of(self, path: Path) -> str:
        return path.name if self.folder.weights else self.job.source_name

    def _check_classes(self, name: str, found: list[str]) -> None:
        version = self.job.version
        expected = class_names(version)
        if found != expected:
            raise _RefusedError(
                f"{name} knows the classes {list_names(found)}; version {version.number} has "
                f"{list_names(expected)}. Choose the version that it was trained on."
            )

    def _become_run(self, told: EngineEvent) -> None:
        """Make the rows and put the folder in place; in one transaction with the job's end."""
        job, folder = self.job, self.folder
        arguments = {**told["arguments"], **folder.arguments}
        hashes = {path.stem: hash_file(path) for path in (self.staging / "weights").iterdir()}
        with transaction.atomic():
            run = self._create_run(told, arguments)
            add_epochs(run, folder.epochs)
            Run.objects.filter(pk=run.pk).update(sparkline=draw_sparkline(run))
            for kind, sha256 in hashes.items():
                self._create_checkpoint(run, kind, sha256)
            RunImport.objects.filter(pk=job.pk, lease_owner=job.lease_owner).update(run=run)
            if not finish_job(job):
                raise LeaseLostError(f"{job} is held by another worker")
            queue_evaluation(
                run.checkpoints.get(kind="best"), Split.VAL, created_by_id=job.created_by_id
            )
            transaction.on_commit(partial(announce, run))
            target = paths.run_dir(run)
            shutil.rmtree(target, ignore_errors=True)
            target.parent.mkdir(parents=True, exist_ok=True)
            self.staging.rename(target)

    def _create_run(self, told: EngineEvent, arguments: dict[str, Any]) -> Run:
        job, epochs = self.job, self.folder.epochs
        best = find_best_epoch(epochs)
        now = timezone.now()
        is_folder = paths.run_import_path(job).suffix == ".zip"
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
