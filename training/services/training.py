"""Training: a gpu worker works a run off.

A run that was interrupted (its worker died, the host restarted) is claimed again when its lease is
over and goes on from last.pt; without one it starts again. A lock that the engine process inherits
makes sure that two engines never train the same run, whatever the leases say.
"""

import contextlib
import logging
import os
import shutil
import time
from typing import Any, cast

from django.conf import settings
from django.db import transaction

from annotator.models import Split
from annotator.models.jobs import JobState
from annotator.services.events import publish_event
from annotator.services.jobs import (
    LeaseLostError,
    cancel_job,
    claim_job,
    fail_job,
    finish_job,
    make_owner,
    mark_cancelled,
    report_progress,
)
from training import paths
from training.models import Checkpoint, CheckpointKind, Epoch, Run

from .announce import announce
from .engine_process import EngineEvent, EngineLock, RunLockedError, engine_lock
from .epochs import draw_sparkline, fill_gaps, store_epoch
from .evaluations import queue_evaluation
from .freezing import find_changed_files, hash_file
from .nudges import release_lease
from .payloads import EpochPayload, epoch_payload
from .supervising import MAX_ATTEMPTS, Outcome, supervise_engine

logger = logging.getLogger(__name__)

PROGRESS_EVERY_SECONDS = 2.0
MAX_LOADER_WORKERS = 8


def train_run(run_id: int) -> None:
    """Train a queued run, or one that was left; does nothing if it is not to be had."""
    run = _claim(run_id)
    if run is None:
        return
    announce(run)
    try:
        with engine_lock(paths.job_lock_path("run", run.pk)) as lock:
            outcome = _Training(run).work(lock)
        _conclude(run, outcome)
    except LeaseLostError:
        logger.warning("%s: the lease was lost, its engine was stopped", run)
        return
    except RunLockedError:
        logger.warning("%s: an earlier engine still trains it; later again", run)
        release_lease(run)
        return
    except Exception as error:
        logger.exception("%s failed in Segloop itself", run)
        fail_job(
            run, f"Segloop could not go on with the run: {error}", "The worker's log says more."
        )
    announce(run)


def _claim(run_id: int) -> Run | None:
    """Take the run, once its version is frozen. (A version that fails fails its runs.)"""
    waiting = Run.objects.select_related("version", "dataset").filter(pk=run_id).first()
    if waiting is None or waiting.version.state != JobState.FINISHED:
        return None
    if waiting.dataset.deleted_at is not None:
        cancel_job(waiting)
    run = claim_job(Run, run_id, make_owner())
    if run is not None and run.attempts > MAX_ATTEMPTS:
        fail_job(
            run,
            f"The run was interrupted {MAX_ATTEMPTS} times and was given up.",
            "Look whether the machine runs out of memory, then start it again.",
        )
        announce(run)
        return None
    return run


class _Training:
    """One attempt at a run."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.next_progress = 0.0
        self.resume = False

    def work(self, lock: EngineLock) -> Outcome:
        """Train until the engine ends. Raises LeaseLostError."""
        run = self.run
        if run.state == JobState.CANCELLING:  # asked for while nobody held it
            return Outcome("cancelled", {})
        self._prepare_folder()
        outcome = supervise_engine(
            run,
            "train",
            self._request(),
            log=paths.run_log_path(run),
            on_event=self.handle,
            lock=lock,
        )
        self._record_checkpoints(outcome)
        return outcome

    def _prepare_folder(self) -> None:
        """Keep what can be gone on from; clear anything else but the log."""
        run, folder = self.run, paths.run_dir(self.run)
        self.resume = run.attempts > 1 and paths.weights_path(run, CheckpointKind.LAST).is_file()
        if not self.resume:
            if folder.exists():
                for entry in folder.iterdir():
                    if entry.name != paths.LOG_NAME:
                        shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
            run.epoch_rows.all().delete()
            self._update(epoch=0, sparkline=[], best_epoch=None, best_box=None, best_mask=None)
        folder.mkdir(parents=True, exist_ok=True)

    def _request(self) -> dict[str, object]:
        run = self.run
        parameters = run.parameters
        model = run.base_model
        if run.source_checkpoint is not None:
            model = str(paths.checkpoint_path(run.source_checkpoint))
        return {
            "data_yaml": str(paths.data_yaml_path(run.version)),
            "model": model,
            "resume": self.resume,
            "epochs": parameters["epochs"],
            "imgsz": parameters["image_size"],
            "batch": parameters["batch"],
            "device": parameters["device"],
            "seed": parameters["seed"],
            "patience": parameters["patience"],
            "lr0": parameters["learning_rate"],
            "workers": loader_workers(parameters["device"]),
            "run_dir": str(paths.run_dir(run)),
            "weights_dir": str(paths.weights_dir()),
            "allow_download": settings.ALLOW_WEIGHTS_DOWNLOAD,
            "config_dir": str(paths.engine_config_dir()),
        }

    def _update(self, **values: Any) -> None:
        """Change the row while we hold it. Raises LeaseLostError."""
        rows = Run.objects.filter(pk=self.run.pk, lease_owner=self.run.lease_owner)
        if rows.update(**values) != 1:
            raise LeaseLostError(f"{self.run} is held by another worker")
        for name, value in values.items():
            setattr(self.run, name, value)

    # --- events of the engine ----------------------------------------------------------------

    def handle(self, event: EngineEvent) -> None:
        match event["type"]:
            case "started":
                self._update(device_name=event["device_name"])
                self._report(self.run.epoch, None, None)
                announce(self.run)
            case "batch":
                self._on_batch(event)
            case "epoch":
                self._on_epoch(event)
            case "checkpoint" if event["kind"] == CheckpointKind.BEST:
                self._on_best(event["epoch"])

    def _report(self, epoch: int, batch: int | None, batches: int | None) -> None:
        """Progress in batches where they are known, so that it moves within an epoch too."""
        epochs = self.run.parameters["epochs"]
        message = f"Epoch {min(epoch + 1, epochs)} of {epochs}"
        if batch is None or batches is None:
            done, total, unit = epoch, epochs, "epochs"
        else:
            done, total, unit = epoch * batches + batch, epochs * batches, "batches"
            message += f", batch {batch} of {batches}"
        report_progress(self.run, done=done, total=total, unit=unit, message=message)

    def _on_batch(self, event: EngineEvent) -> None:
        data = {key: value for key, value in event.items() if key != "type"}
        publish_event("run.batch", dataset=self.run.dataset.slug, id=self.run.pk, data=data)
        now = time.monotonic()
        if now >= self.next_progress:
            self.next_progress = now + PROGRESS_EVERY_SECONDS
            self._report(event["epoch"] - 1, event["batch"], event["batches"])
            announce(self.run)

    def _on_epoch(self, event: EngineEvent) -> None:
        number = event["epoch"]
        with transaction.atomic():
            self._fill_gaps(number)
            row = store_epoch(self.run, cast(EpochPayload, event))
            self._update(epoch=number, sparkline=draw_sparkline(self.run))
            self._report(number, None, None)
        publish_event(
            "run.epoch", dataset=self.run.dataset.slug, id=self.run.pk, data=epoch_payload(row)
        )
        announce(self.run)

    def _fill_gaps(self, below: int) -> None:
        fill_gaps(self.run, paths.run_dir(self.run) / "results.csv", below=below)

    def _on_best(self, number: int) -> None:
        row = Epoch.objects.filter(run=self.run, number=number).first()
        if row is not None:
            self._update(best_epoch=number, best_box=row.box, best_mask=row.mask)
            announce(self.run)

    # --- the end -----------------------------------------------------------------------------

    def _record_checkpoints(self, outcome: Outcome) -> None:
        """Note best.pt and last.pt as they now lie on the disk."""
        if outcome.state == "interrupted":
            return
        run = self.run
        if outcome.state == "finished":
            event = outcome.event
            self._fill_gaps(event["epochs_done"] + 1)
            self._update(
                epoch=event["epochs_done"],
                sparkline=draw_sparkline(run),
                best_epoch=event["best_epoch"] or run.epoch,
                best_box=event["box"],
                best_mask=event["mask"],
            )
        last = Epoch.objects.filter(run=run, number=run.epoch).first()
        for kind, epoch, box, mask in (
            (CheckpointKind.BEST, run.best_epoch, run.best_box, run.best_mask),
            (CheckpointKind.LAST, run.epoch, last and last.box, last and last.mask),
        ):
            path = paths.weights_path(run, kind)
            if path.is_file():
                Checkpoint.objects.update_or_create(
                    run=run,
                    kind=kind,
                    defaults={
                        "epoch": epoch or run.epoch,
                        "size_bytes": path.stat().st_size,
                        "sha256": hash_file(path),
                        "box": box,
                        "mask": mask,
                    },
                )


def _conclude(run: Run, outcome: Outcome) -> None:
    """Say in the database what came of the run."""
    if outcome.state == "interrupted":
        release_lease(run)
    elif outcome.state == "cancelled":
        mark_cancelled(run)
    elif outcome.state == "failed":
        fail_job(run, outcome.error, outcome.hint)
    elif changed := find_changed_files(run.version):
        fail_job(
            run,
            f"Version {run.version.number} was changed while it was trained on: "
            f"{', '.join(changed[:3])}{' …' if len(changed) > 3 else ''}. "
            "The result cannot be trusted.",
            "Look what writes into the folder of versions, then freeze again and repeat the run.",
        )
    else:
        _finish(run)


def _finish(run: Run) -> None:
    with transaction.atomic():
        if not finish_job(run):
            raise LeaseLostError(f"{run} is held by another worker")
        best = run.checkpoints.filter(kind=CheckpointKind.BEST).first()
        if best is not None:
            queue_evaluation(best, Split.VAL, created_by_id=run.created_by_id)


def loader_workers(device: str) -> int:
    """Return how many processes load images: none on the processor, which computes itself."""
    if device == "cpu":
        return 0
    with contextlib.suppress(AttributeError):
        return min(MAX_LOADER_WORKERS, len(os.sched_getaffinity(0)))
    return min(MAX_LOADER_WORKERS, os.cpu_count() or 1)
