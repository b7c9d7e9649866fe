"""One attempt at a run: what the engine is asked, its events, and what it left."""

import contextlib
import errno
import os
import shutil
import time
from collections.abc import Callable
from typing import Any, cast

from django.conf import settings
from django.db import transaction

from annotator.kernel.events import publish_event
from annotator.kernel.jobs import LeaseLostError, report_progress
from annotator.models.jobs import JobState
from training import paths
from training.jobs.announce import announce
from training.jobs.device_holds import engine_device
from training.jobs.engine_process import EngineEvent, EngineLock
from training.jobs.supervising import Outcome, Wish, supervise_engine
from training.models import (
    AttemptOutcome,
    Checkpoint,
    CheckpointKind,
    Epoch,
    Run,
    RunAttempt,
    StopMode,
    Trial,
)
from training.versions.folds import data_yaml_of
from training.versions.freezing import hash_file

from .attempt_rules import Verdict, tell_beginning, tell_place
from .attempts import close_attempt, open_attempt
from .epochs import draw_sparkline, fill_gaps, store_epoch
from .payloads import EpochValues, epoch_payload
from .samples import choose_sample_images, store_sample

PROGRESS_EVERY_SECONDS = 2.0
MAX_LOADER_WORKERS = 8
MOST_NOTES, MOST_NOTE_CHARACTERS = 20, 500

EPOCH_FOLLOWERS: list[Callable[[Run], None]] = []
"""Called with the run after each of its epochs. Filled when the applications are set up."""


class TrainingAttempt:
    """``verdict`` is what the attempts before came to; None for the first one. ``devices``: what it
    was given on this host."""

    def __init__(self, run: Run, verdict: Verdict | None, devices: str) -> None:
        self.run = run
        self.devices = devices
        self.device, self.environment = engine_device(devices)
        self.verdict = verdict
        self.next_progress = 0.0
        self.resume = False
        self.row: RunAttempt | None = None

    def work(self, lock: EngineLock) -> Outcome:
        """Train until the engine ends. Raises LeaseLostError, OSError."""
        run = self.run
        self._prepare_folder()
        self._open()
        return supervise_engine(
            run,
            "train",
            self._request(),
            log=paths.run_log_path(run),
            on_event=self.handle,
            lock=lock,
            look_for_wish=self._look_for_wish,
            environment=self.environment,
        )

    def _prepare_folder(self) -> None:
        """Keep what can be gone on from; clear anything else but the log."""
        run, folder = self.run, paths.run_dir(self.run)
        has_history = run.attempt_rows.exists()
        self.resume = has_history and paths.weights_path(run, CheckpointKind.LAST).is_file()
        if not self.resume:
            if folder.exists():
                for entry in folder.iterdir():
                    if entry.name != paths.LOG_NAME:
                        shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
            run.epoch_rows.all().delete()
            self._update(epoch=0, sparkline=[], best_epoch=None, best_box=None, best_mask=None)
        folder.mkdir(parents=True, exist_ok=True)

    def _open(self) -> None:
        run, verdict = self.run, self.verdict
        batch = run.batch or run.parameters["batch"]
        workers = loader_workers(self.device) if run.loader_workers is None else run.loader_workers
        if verdict is not None:
            batch, workers = verdict.batch, verdict.loader_workers
        before = run.attempt_rows.last()
        self._update(
            batch=batch,
            loader_workers=workers,
            stopped_early=False,
            is_paused=False,
            eta_seconds=None,
        )
        self.row = open_attempt(
            run,
            device=self.devices,
            from_epoch=run.epoch if self.resume else 0,
            batch=batch,
            loader_workers=workers,
        )
        beginning = tell_beginning(self.row, before=before)
        self._say(f"{beginning[0].upper()}{beginning[1:]}, loading the model")

    def _request(self) -> dict[str, object]:
        run = self.run
        parameters = run.parameters
        model = run.base_model
        if run.source_checkpoint is not None:
            model = str(paths.checkpoint_path(run.source_checkpoint))
        every = parameters.get("sample_every", 0)
        return {
            "data_yaml": str(data_yaml_of(run)),
            "model": model,
            "resume": self.resume,
            "epochs": parameters["epochs"],
            "imgsz": parameters["image_size"],
            "batch": run.batch,
            "device": self.device,
            "seed": parameters["seed"],
            "patience": parameters["patience"],
            "lr0": parameters["learning_rate"],
            "workers": run.loader_workers,
            "arguments": parameters.get("arguments", {}),
            "sample_every": every,
            "sample_images": choose_sample_images(run) if every else [],
            "run_dir": str(paths.run_dir(run)),
            "weights_dir": str(paths.weights_dir()),
            "allow_download": settings.ALLOW_WEIGHTS_DOWNLOAD,
            "config_dir": str(paths.engine_config_dir()),
            "mlflow_uri": settings.MLFLOW_URI,
        }

    def _look_for_wish(self) -> Wish:
        row = Run.objects.filter(pk=self.run.pk).values_list("state", "stop_mode").first()
        if row is None or row[0] != JobState.CANCELLING:
            return ""
        return "keep" if row[1] == StopMode.KEEP else "now"

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
                self._row.device_name = event["device_name"]
                self._row.torch_version = event["torch"]
                self._row.ultralytics_version = event["ultralytics"]
                self._row.save(
                    update_fields=["device_name", "torch_version", "ultralytics_version"]
                )
                self._report(self.run.epoch, None, None)
                announce(self.run)
            case "batch":
                self._on_batch(event)
            case "epoch":
                self._on_epoch(event)
            case "checkpoint" if event["kind"] == CheckpointKind.BEST:
                self._on_best(event["epoch"])
            case "sample":
                store_sample(self.run, event)
            case "warning":
                self._note(event["message"])
            case "paused":
                self._update(is_paused=True)
                self._say(f"Paused: {event['message']}")
            case "resumed":
                self._update(is_paused=False)
                self._report(self.run.epoch, None, None)
                announce(self.run)

    def _note(self, message: str) -> None:
        """Keep what the engine lowered or warned of: its log may be long, and nobody reads it."""
        note = message.removeprefix("WARNING ⚠️ ")[:MOST_NOTE_CHARACTERS]
        if len(self._row.notes) < MOST_NOTES:
            self._row.notes.append(note)
            self._row.save(update_fields=["notes"])
            announce(self.run)

    def _say(self, message: str) -> None:
        """Show a sentence beside the progress so far."""
        run = self.run
        report_progress(
            run,
            done=run.progress_done,
            total=run.progress_total,
            unit=run.progress_unit,
            message=message,
        )
        announce(run)

    def _report(self, epoch: int, batch: int | None, batches: int | None) -> None:
        """Progress in batches where they are known, so that it moves within an epoch too."""
        epochs = self.run.parameters["epochs"]
        message = f"Epoch {epoch + 1} of {epochs}"
        if epoch >= epochs:
            message = "All epochs are done, validating the best checkpoint"
            self._update(eta_seconds=None)
        if batch is None or batches is None:
            done, total, unit = epoch, epochs, "epochs"
        else:
            done, total, unit = epoch * batches + batch, epochs * batches, "batches"
            message += f", batch {batch} of {batches}"
        report_progress(self.run, done=done, total=total, unit=unit, message=message)

    def _on_batch(self, event: EngineEvent) -> None:
        if not self._row.has_begun:
            self._begin(event["epoch"] - 1)
        data = {key: value for key, value in event.items() if key != "type"}
        publish_event("run.batch", dataset=self.run.dataset, id=self.run.pk, data=data)
        now = time.monotonic()
        if now >= self.next_progress:
            self.next_progress = now + PROGRESS_EVERY_SECONDS
            self._update(eta_seconds=event["eta_seconds"])
            self._report(event["epoch"] - 1, event["batch"], event["batches"])
            announce(self.run)

    def _begin(self, from_epoch: int) -> None:
        """The first batch tells where the checkpoint really was that it went on from."""
        self._row.from_epoch, self._row.has_begun = from_epoch, True
        self._row.save(update_fields=["from_epoch", "has_begun"])
        if from_epoch:
            self._fill_gaps(from_epoch + 1)
            self._update(epoch=max(self.run.epoch, from_epoch), sparkline=draw_sparkline(self.run))

    def _on_epoch(self, event: EngineEvent) -> None:
        number = event["epoch"]
        with transaction.atomic():
            self._fill_gaps(number)
            row = store_epoch(self.run, cast(EpochValues, event))
            self._update(epoch=number, sparkline=draw_sparkline(self.run))
            self._report(number, None, None)
        publish_event(
            "run.epoch", dataset=self.run.dataset, id=self.run.pk, data=epoch_payload(row)
        )
        announce(self.run)
        for follow in EPOCH_FOLLOWERS:
            follow(self.run)

    def _fill_gaps(self, below: int) -> None:
        fill_gaps(self.run, paths.run_dir(self.run) / "results.csv", below=below)

    def _on_best(self, number: int) -> None:
        row = Epoch.objects.filter(run=self.run, number=number).first()
        if row is not None:
            self._update(best_epoch=number, best_box=row.box, best_mask=row.mask)
            announce(self.run)

    # --- the end -----------------------------------------------------------------------------

    @property
    def _row(self) -> RunAttempt:
        assert self.row is not None  # noqa: S101 - opened before the engine starts
        return self.row

    def close(self, outcome: Outcome) -> None:
        """Say how it ended, for the history of the run."""
        if self.row is None:
            self._open()
        ending, sentence = self._tell(outcome)
        close_attempt(self._row, ending, sentence, to_epoch=self.run.epoch)

    def _tell(self, outcome: Outcome) -> tuple[AttemptOutcome, str]:
        run, epochs = self.run, self.run.parameters["epochs"]
        place = tell_place(epoch=run.epoch, epochs=epochs, has_begun=self._row.has_begun)
        match outcome.state:
            case "finished":
                return self._tell_finish(outcome.event)
            case "cancelled":
                return AttemptOutcome.CANCELLED, f"Cancelled {place}."
            case "interrupted":
                host = self._row.worker.partition(":")[0]
                return AttemptOutcome.HANDED_ON, f"The worker on {host} was shut down {place}."
        if outcome.cause == "told":
            return self._tell_failure(outcome, place)
        if outcome.cause == "crashed":
            return AttemptOutcome.CRASHED, f"Crashed {place}: {outcome.error}"
        verb = "Hung" if outcome.cause == "hung" else "Killed"
        return AttemptOutcome(outcome.cause), f"{verb} {place}: {outcome.error.partition(': ')[2]}"

    def _tell_finish(self, event: EngineEvent) -> tuple[AttemptOutcome, str]:
        run, epochs = self.run, self.run.parameters["epochs"]
        if event.get("stopped_early"):
            is_pruned = Trial.objects.filter(run=run, pruned_at__isnull=False).exists()
            who = "its search, as it fell behind," if is_pruned else "request"
            sentence = f"Stopped by {who} after epoch {run.epoch} of {epochs}, and kept."
            return AttemptOutcome.STOPPED, sentence
        if run.epoch < epochs:
            patience = run.parameters["patience"]
            sentence = f"Finished after epoch {run.epoch}: no better for {patience} epochs."
            return AttemptOutcome.FINISHED, sentence
        return AttemptOutcome.FINISHED, f"Finished: {epochs} epochs."

    def _tell_failure(self, outcome: Outcome, place: str) -> tuple[AttemptOutcome, str]:
        match outcome.event.get("code"):
            case "out_of_memory" if "fewer workers" in outcome.hint:
                # The engine's hint tells the loaders' memory from that of the device.
                return AttemptOutcome.OUT_OF_SHARED_MEMORY, f"Ended {place}: {outcome.error}"
            case "out_of_memory":
                sentence = f"Out of memory {place} with batch {self._row.batch}: {outcome.error}"
                return AttemptOutcome.OUT_OF_MEMORY, sentence
            case "disk_full":
                return AttemptOutcome.DISK_FULL, f"The disk was full {place}."
            case "unexpected":
                return AttemptOutcome.BROKEN, f"Broke off {place}: {outcome.error}"
            case _:
                return AttemptOutcome.FAILED, f"Failed {place}: {outcome.error}"

    def explain_os_error(self, error: OSError) -> Outcome:
        """Return what an error of the worker's own writing comes to. Raises others again."""
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise error
        hint = "Free some space, then it goes on."
        return Outcome("failed", {"code": "disk_full"}, "The disk is full.", hint)

    def record_checkpoints(self, outcome: Outcome) -> None:
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
                stopped_early=bool(event.get("stopped_early")),
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


def loader_workers(device: str) -> int:
    """Return how many processes load images: none on the processor, which computes itself."""
    if device == "cpu":
        return 0
    with contextlib.suppress(AttributeError):
        return min(MAX_LOADER_WORKERS, len(os.sched_getaffinity(0)))
    return min(MAX_LOADER_WORKERS, os.cpu_count() or 1)
