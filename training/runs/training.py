"""Training: a gpu worker works off the run that is next in the queue, attempt after attempt.

A run that was interrupted goes on from last.pt; without one it starts again. What happens to a job
of the engine stands in training/jobs/engine_job.py; a run adds its attempts. How one ended, and
what follows from it, is decided by attempt_rules.py.
"""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from django.conf import settings
from django.db import transaction

from annotator.models import Split
from annotator.models.jobs import JobState
from training import paths
from training.evaluations.evaluations import queue_evaluation
from training.jobs.device_holds import hold_devices
from training.jobs.disk import find_disk_shortage
from training.jobs.engine_job import EngineJob, work_off_short_jobs
from training.jobs.engine_process import EngineEvent
from training.jobs.nudges import nudge_search_of
from training.jobs.supervising import Outcome, Wish, shutting_down
from training.models import CheckpointKind, Run, StopMode
from training.versions.folds import data_yaml_of
from training.versions.freezing import find_changed_files

from .attempt_rules import Verdict, tell_beginning
from .attempts import close_lost_attempts, judge_attempts, open_attempt
from .mail import tell_end
from .queue import claim_next_run
from .samples import choose_sample_images
from .train_request import loader_workers, train_request
from .training_attempt import TrainingAttempt


def train_next_run() -> None:
    """Train the run that is next in the queue; does nothing if there is none to be had."""
    claimed = claim_next_run()
    if claimed is None:
        return
    before, run = claimed
    training = Training(run)
    training.update(is_paused=False)
    close_lost_attempts(run, last_seen=before.lease_until)
    training.work()


class Training(EngineJob[Run]):
    model = Run
    command = "train"

    def __init__(self, run: Run) -> None:
        super().__init__(run)
        self.verdict: Verdict | None = None
        """What the attempts before came to; None for the first one."""
        self.current: TrainingAttempt | None = None

    @classmethod
    def take_up(cls, job_id: int) -> None:
        """Train the next run, whichever a message names, after the short jobs that wait.

        Those that are passed over now are found again by the workers' sweep.
        """
        work_off_short_jobs()
        train_next_run()

    def in_place(self, work: Callable[[str], Outcome]) -> Outcome:
        with hold_devices(self.job, self.job.parameters["device"]) as devices:
            return work(devices)

    def foresee(self) -> Outcome | None:
        run = self.job
        if run.state == JobState.CANCELLING and run.stop_mode != StopMode.KEEP:
            return Outcome("cancelled", {})
        self.verdict = verdict = judge_attempts(run)
        if verdict is not None and not verdict.goes_on:
            return Outcome("failed", {}, verdict.error, verdict.hint)
        return None

    def request(self, device: str) -> dict[str, object]:
        run, folder = self.job, paths.run_dir(self.job)
        try:
            resume = self._prepare_folder(folder)
        except OSError:
            self._open_attempt(device, resume=False)
            raise
        self._open_attempt(device, resume=resume)
        every = run.parameters.get("sample_every", 0)
        return {
            **train_request(run, folder=folder, device=device),
            "data_yaml": str(data_yaml_of(run)),
            "resume": resume,
            "batch": run.batch,
            "workers": run.loader_workers,
            "sample_every": every,
            "sample_images": choose_sample_images(run) if every else [],
            "mlflow_uri": settings.MLFLOW_URI,
        }

    def _prepare_folder(self, folder: Path) -> bool:
        """Keep what can be gone on from; clear anything else but the log."""
        run = self.job
        has_history = run.attempt_rows.exists()
        resume = has_history and paths.weights_path(run, CheckpointKind.LAST).is_file()
        if not resume:
            for entry in folder.iterdir() if folder.exists() else ():
                if entry.name != paths.LOG_NAME:
                    shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
            run.epoch_rows.all().delete()
            self.update(epoch=0, sparkline=[], best_epoch=None, best_box=None, best_mask=None)
        folder.mkdir(parents=True, exist_ok=True)
        return resume

    def _open_attempt(self, device: str, *, resume: bool) -> None:
        run, verdict = self.job, self.verdict
        batch = run.batch or run.parameters["batch"]
        workers = loader_workers(device) if run.loader_workers is None else run.loader_workers
        if verdict is not None:
            batch, workers = verdict.batch, verdict.loader_workers
        before = run.attempt_rows.last()
        self.update(
            batch=batch,
            loader_workers=workers,
            stopped_early=False,
            is_paused=False,
            eta_seconds=None,
        )
        row = open_attempt(
            run,
            device=self.devices,
            from_epoch=run.epoch if resume else 0,
            batch=batch,
            loader_workers=workers,
        )
        self.current = TrainingAttempt(self, row)
        beginning = tell_beginning(row, before=before)
        self.say(f"{beginning[0].upper()}{beginning[1:]}, loading the model")

    def log(self) -> Path:
        return paths.run_log_path(self.job)

    def look_for_wish(self) -> Wish:
        state, stop_mode = self.read("state", "stop_mode")
        if state != JobState.CANCELLING:
            return ""
        return "keep" if stop_mode == StopMode.KEEP else "now"

    def handle(self, event: EngineEvent) -> None:
        assert self.current is not None  # noqa: S101 - opened with the request
        self.current.handle(event)

    def judge(self, outcome: Outcome) -> Outcome | None:
        """Close an attempt that failed, and decide whether this worker makes the next one."""
        run, attempt = self.job, self.current
        if attempt is None:
            return outcome
        attempt.record_checkpoints(outcome)
        if outcome.state == "finished" and (changed := find_changed_files(run.version)):
            outcome = _refuse_changed_version(run, changed)
        if outcome.state != "failed":
            return outcome
        attempt.close(outcome)
        verdict = judge_attempts(run)
        assert verdict is not None  # noqa: S101 - an attempt has just ended
        if not verdict.goes_on:
            hint = outcome.hint if outcome.cause == "told" else verdict.hint
            return replace(outcome, error=verdict.error, hint=hint)
        if shutting_down.is_set() or find_disk_shortage():
            return Outcome("interrupted", {})  # who looks next waits for space, and says so
        run.refresh_from_db(fields=["state", "stop_mode"])
        return None

    def conclude(self, outcome: Outcome) -> None:
        with transaction.atomic():
            if self.current is not None:
                self.current.close(outcome)
            super().conclude(outcome)

    def finish(self, event: EngineEvent) -> dict[str, object]:
        best = self.job.checkpoints.filter(kind=CheckpointKind.BEST).first()
        if best is not None:
            queue_evaluation(best, Split.VAL, created_by_id=self.job.created_by_id)
        return {}

    def follow(self) -> None:
        nudge_search_of(self.job)
        tell_end(self.job.pk)


def _refuse_changed_version(run: Run, changed: list[str]) -> Outcome:
    error = (
        f"Version {run.version.number} was changed while it was trained on: "
        f"{', '.join(changed[:3])}{' …' if len(changed) > 3 else ''}. "
        "The result cannot be trusted."
    )
    hint = "Look what writes into the folder of versions, then freeze again and repeat the run."
    return Outcome("failed", {"code": "version_changed"}, error, hint)
