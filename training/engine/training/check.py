"""Before a run: is everything there, does the batch fit, how long will an epoch take?

Measured on a few real batches of the run itself (its loader, model, optimizer and a little
validation) in a folder that is deleted afterwards.
"""

import ctypes
import gc
import itertools
import math
import resource
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import torch
from ultralytics.utils import LOGGER
from ultralytics.utils.callbacks import get_default_callbacks

from training.engine.emitter import Emitter
from training.engine.failures import explain_failure
from training.engine.host.devices import check_devices, list_devices
from training.engine.host.disk import free_bytes
from training.engine.host.environment import use_cpu_threads
from training.engine.host.limits import fit_to_host
from training.engine.protocol import CheckFinishedEvent, EngineError
from training.engine.requests import CheckRequest
from training.engine.stopping import Stopping

from .data_checks import check_data
from .run_trainer import SegmentationRun
from .train import run_and_close, train_overrides
from .watch import WarningEvents, not_finite, started_event

_VALIDATION_BATCHES = 2
_CHECKPOINTS_OF_A_RUN = 4  # last and best, and the ones that are about to replace them
_PLOTS_BYTES = 32 << 20
_MB = 1 << 20


class _Measured(BaseException):
    """Raised to leave the training when enough is known."""


def check(request: CheckRequest, emit: Emitter, stopping: Stopping) -> None:
    """Answer ``check`` events, then ``finished`` with what was measured, or ``failed``."""
    device_name = check_devices(request["device"])
    LOGGER.addHandler(WarningEvents(emit))
    emit(started_event(request["device"], device_name))
    emit({"type": "check", "name": "device", "ok": True, "detail": f"{device_name} is there."})
    gpus = request["device"].split(",")
    fitted = fit_to_host(request, emit)
    # Each of several GPUs does this with its share of every batch.
    share = fitted["batch"] // len(gpus) if len(gpus) > 1 else fitted["batch"]
    request = {**request, "device": gpus[0], "batch": share, "workers": fitted["workers"]}
    overrides = train_overrides(request, resume_from=None)
    count = len(request.get("arguments", {}))
    words = {0: "Ultralytics' defaults.", 1: "The one that was changed is accepted."}
    detail = words.get(count, f"The {count} that were changed are accepted.")
    emit({"type": "check", "name": "arguments", "ok": True, "detail": detail})
    events = check_data(request["data_yaml"])
    for event in events:
        emit(event)
    problem = next((event["detail"] for event in events if not event["ok"]), "")
    if problem:
        raise EngineError(
            "data_unreadable",
            f"The version cannot be trained on: {problem}",
            "Correct it in the dataset and freeze a new version.",
        )
    measured = _measure_what_fits(request, overrides, emit, stopping)
    emit(_of_several(measured, len(gpus)))


def _of_several(one: CheckFinishedEvent, gpus: int) -> CheckFinishedEvent:
    """What was measured on one GPU, for several that share the work evenly."""
    return {
        **one,
        "batch": one["batch"] * gpus,
        "images_per_second": round(one["images_per_second"] * gpus, 3),
        "seconds_per_epoch": round(one["seconds_per_epoch"] / gpus, 3),
    }


def _measure_what_fits(
    request: CheckRequest, overrides: dict[str, Any], emit: Emitter, stopping: Stopping
) -> CheckFinishedEvent:
    """Measure with the requested batch, else with the largest power of two below that fits."""
    batch = request["batch"]
    run_dir = Path(request["run_dir"])
    while True:
        measurement = _Measurement(request["steps"], run_dir, emit, stopping)
        try:
            measurement.run(overrides | {"batch": batch})
            break
        except Exception as error:
            failure = explain_failure(error, device=request["device"])
            if failure.code != "out_of_memory" or batch <= 1:
                raise
            batch = power_of_two_below(batch)
        _give_memory_back()
    wanted, got = request["batch"], measurement.batch
    fits = wanted < 1 or got == wanted
    if not fits:
        got = 1 << (got.bit_length() - 1)
    detail = (
        f"{measurement.steps_done} batches of {got} took {measurement.step_seconds:.3g} s each."
        if fits
        else f"A batch of {wanted} does not fit into memory; {got} does."
    )
    emit({"type": "check", "name": "steps", "ok": fits, "detail": detail})
    return measurement.finished(request["device"], batch=got, fits=fits)


def _give_memory_back() -> None:
    """What a failed attempt held, so that the next one has all that there is."""
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    with suppress(OSError, AttributeError):  # the C library keeps what was freed; only glibc trims
        ctypes.CDLL(None).malloc_trim(0)


def power_of_two_below(batch: int) -> int:
    """The largest power of two that is smaller than ``batch`` (at least 1)."""
    return 1 << max(0, (batch - 1).bit_length() - 1)


class _Measurement:
    """A few batches of a real training, timed."""

    def __init__(self, steps: int, run_dir: Path, emit: Emitter, stopping: Stopping) -> None:
        self._steps = max(1, steps)
        self._run_dir = run_dir
        self._emit = emit
        self._stopping = stopping
        self._step_ends: list[float] = []
        self._val_ends: list[float] = []
        self._batches = self._val_batches = self._images = 0
        self._startup_seconds = 0.0
        self.batch = 0

    def run(self, overrides: dict[str, Any]) -> None:
        """Train until enough is known. Raises what the training raises."""
        callbacks = get_default_callbacks()
        on: dict[str, Callable[[Any], None]] = {
            "on_pretrain_routine_end": self._check_disk,
            "on_train_start": self._on_train_start,
            "on_train_epoch_start": self._on_train_epoch_start,
            "on_train_batch_start": self._stopping.check,
            "on_train_batch_end": self._on_train_batch_end,
            "on_val_start": self._on_val_start,
            "on_val_batch_end": self._on_val_batch_end,
        }
        if overrides["device"] == "cpu":
            on["on_pretrain_routine_start"] = use_cpu_threads
        for event, callback in on.items():
            callbacks[event].append(callback)
        with tempfile.TemporaryDirectory(prefix="segloop-check-") as folder:
            own = {"save_dir": folder, "plots": False, "cache": False, "val": True}
            trainer = SegmentationRun(overrides=overrides | own, _callbacks=callbacks)
            try:
                run_and_close(trainer)
            except _Measured:
                return

    @property
    def steps_done(self) -> int:
        return len(self._step_ends) - 1

    @property
    def step_seconds(self) -> float:
        return _typical_gap(self._step_ends)

    def finished(self, device: str, *, batch: int, fits: bool) -> CheckFinishedEvent:
        per_epoch = self._batches * self.step_seconds
        per_epoch += self._val_batches * _typical_gap(self._val_ends)
        total = next(entry for entry in list_devices() if entry["id"] == device)
        images_per_step = self._images / max(1, self._batches)
        return {
            "type": "finished",
            "seconds_per_epoch": round(per_epoch, 3),
            "startup_seconds": round(self._startup_seconds, 3),
            "peak_memory_mb": round(_peak_memory_mb(device), 1),
            "memory_total_mb": total["memory_total_mb"],
            "images_per_second": round(images_per_step / max(1e-9, self.step_seconds), 3),
            "batch": batch,
            "fits": fits,
        }

    def _check_disk(self, trainer: Any) -> None:
        needed = _CHECKPOINTS_OF_A_RUN * trainer.checkpoint_bytes() + _PLOTS_BYTES
        free = free_bytes(self._run_dir)
        self._emit(
            {
                "type": "check",
                "name": "disk",
                "ok": free >= needed,
                "detail": f"A run needs about {needed // _MB} MB, and {free // _MB} MB are free.",
            }
        )

    def _on_train_start(self, _: Any) -> None:
        self._stopping.enter_batches()
        self._startup_seconds = time.time() - psutil.Process().create_time()

    def _on_train_epoch_start(self, trainer: Any) -> None:
        """Comes again when Ultralytics has halved the batch for lack of memory."""
        _forget_peak_memory(str(trainer.args.device))
        self.batch = int(trainer.batch_size)
        self._batches = len(trainer.train_loader)
        self._images = len(trainer.train_loader.dataset)
        self._step_ends = [time.monotonic()]

    def _on_train_batch_end(self, trainer: Any) -> None:
        if not math.isfinite(sum(float(term) for term in trainer.tloss.values())):
            raise not_finite()
        self._step_ends.append(time.monotonic())
        if self.steps_done >= self._steps:
            trainer.stop = True

    def _on_val_start(self, validator: Any) -> None:
        self._val_batches = len(validator.dataloader)
        self._val_ends = [time.monotonic()]

    def _on_val_batch_end(self, _: Any) -> None:
        self._stopping.check()
        self._val_ends.append(time.monotonic())
        if len(self._val_ends) > min(_VALIDATION_BATCHES, self._val_batches):
            raise _Measured


def _typical_gap(ends: list[float]) -> float:
    """Seconds from one end to the next; the first, which warms up, only where it is alone."""
    gaps = [later - earlier for earlier, later in itertools.pairwise(ends)]
    return statistics.median(gaps[1:] or gaps) if gaps else 0.0


def _forget_peak_memory(device: str) -> None:
    """Count the peak from here on: what an attempt that did not fit has held is of no interest."""
    if device.isdigit():
        torch.cuda.reset_peak_memory_stats(int(device))
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def _peak_memory_mb(device: str) -> float:
    """The most that this process has held: on the GPU, else of the host's memory."""
    if device.isdigit():
        return float(torch.cuda.max_memory_reserved(int(device))) / _MB
    with suppress(OSError):
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
