"""One attempt at a run: the events of its engine, and what it left."""

import time
from collections.abc import Callable
from typing import cast

from django.db import transaction

from annotator.kernel.event_types import BatchNumbers
from annotator.kernel.events import publish_event
from training import paths
from training.jobs.announce import announce
from training.jobs.engine_job import EngineJob
from training.jobs.engine_process import EngineEvent
from training.jobs.supervising import Outcome
from training.models import Checkpoint, CheckpointKind, Epoch, Run, RunAttempt
from training.versions.freezing import hash_file

from .attempts import close_attempt, tell_ending
from .epochs import draw_sparkline, fill_gaps, store_epoch
from .payloads import EpochValues
from .samples import store_sample

PROGRESS_EVERY_SECONDS = 2.0
MOST_NOTES, MOST_NOTE_CHARACTERS = 20, 500

EPOCH_FOLLOWERS: list[Callable[[Run], None]] = []
"""Called with the run after each of its epochs. Filled when the applications are set up."""


class TrainingAttempt:
    """``work`` is the job that holds the run, ``row`` the attempt in the run's history."""

    def __init__(self, work: EngineJob[Run], row: RunAttempt) -> None:
        self.work = work
        self.run = work.job
        self.row = row
        self.next_progress = 0.0

    def handle(self, event: EngineEvent) -> None:
        match event["type"]:
            case "started":
                self.work.update(device_name=event["device_name"])
                self._change_row(
                    device_name=event["device_name"],
                    torch_version=event["torch"],
                    ultralytics_version=event["ultralytics"],
                )
                self._report(self.run.epoch)
            case "data":
                self.work.update(data_counts=event["splits"])
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
                self.work.update(is_paused=True)
                self.work.say(f"Paused: {event['message']}")
            case "resumed":
                self.work.update(is_paused=False)
                self._report(self.run.epoch)

    def _change_row(self, **values: object) -> None:
        for name, value in values.items():
            setattr(self.row, name, value)
        self.row.save(update_fields=list(values))

    def _note(self, message: str) -> None:
        """Keep what the engine lowered or warned of: its log may be long, and nobody reads it."""
        note = message.removeprefix("WARNING ⚠️ ")[:MOST_NOTE_CHARACTERS]
        if len(self.row.notes) < MOST_NOTES:
            self._change_row(notes=[*self.row.notes, note])
            announce(self.run)

    def _report(self, epoch: int, batch: int | None = None, batches: int | None = None) -> None:
        """Progress in batches where they are known, so that it moves within an epoch too."""
        epochs = self.run.parameters["epochs"]
        message = f"Epoch {epoch + 1} of {epochs}"
        if epoch >= epochs:
            message = "All epochs are done, validating the best checkpoint"
            self.work.update(eta_seconds=None)
        if batch is None or batches is None:
            self.work.report(message, done=epoch, total=epochs, unit="epochs")
        else:
            message += f", batch {batch} of {batches}"
            done, total = epoch * batches + batch, epochs * batches
            self.work.report(message, done=done, total=total, unit="batches")

    def _on_batch(self, event: EngineEvent) -> None:
        if not self.row.has_begun:
            self._begin(event["epoch"] - 1)
        numbers = cast(BatchNumbers, {key: event[key] for key in event if key != "type"})
        publish_event("run.batch", dataset=self.run.dataset, id=self.run.pk, data=numbers)
        now = time.monotonic()
        if now >= self.next_progress:
            self.next_progress = now + PROGRESS_EVERY_SECONDS
            self.work.update(eta_seconds=event["eta_seconds"])
            self._report(event["epoch"] - 1, event["batch"], event["batches"])

    def _begin(self, from_epoch: int) -> None:
        """The first batch tells where the checkpoint really was that it went on from."""
        self._change_row(from_epoch=from_epoch, has_begun=True)
        if from_epoch:
            self._fill_gaps(from_epoch + 1)
            epoch = max(self.run.epoch, from_epoch)
            self.work.update(epoch=epoch, sparkline=draw_sparkline(self.run))

    def _on_epoch(self, event: EngineEvent) -> None:
        number = event["epoch"]
        with transaction.atomic():
            self._fill_gaps(number)
            store_epoch(self.run, cast(EpochValues, event))
            self.work.update(epoch=number, sparkline=draw_sparkline(self.run))
            self._report(number)
        publish_event("run.epoch", dataset=self.run.dataset, id=self.run.pk)
        for follow in EPOCH_FOLLOWERS:
            follow(self.run)

    def _fill_gaps(self, below: int) -> None:
        fill_gaps(self.run, paths.run_dir(self.run) / "results.csv", below=below)

    def _on_best(self, number: int) -> None:
        row = Epoch.objects.filter(run=self.run, number=number).first()
        if row is not None:
            self.work.update(best_epoch=number, best_box=row.box, best_mask=row.mask)
            announce(self.run)

    def close(self, outcome: Outcome) -> None:
        """Say how it ended, for the history of the run."""
        ending, sentence = tell_ending(self.row, outcome)
        close_attempt(self.row, ending, sentence, to_epoch=self.run.epoch)

    def record_checkpoints(self, outcome: Outcome) -> None:
        """Note best.pt and last.pt as they now lie on the disk."""
        if outcome.state == "interrupted":
            return
        run = self.run
        if outcome.state == "finished":
            event = outcome.event
            self._fill_gaps(event["epochs_done"] + 1)
            self.work.update(
                epoch=event["epochs_done"],
                sparkline=draw_sparkline(run),
                best_epoch=event["best_epoch"] or event["epochs_done"],
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
