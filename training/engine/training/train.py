"""One run: Ultralytics' own training, watched through its callbacks.

A run equals ``yolo segment train`` with the same arguments and seed; ``run_trainer`` says what the
subclass of the trainer adds.
"""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import torch
from ultralytics.models.yolo.segment import SegmentationValidator
from ultralytics.nn.tasks import load_checkpoint
from ultralytics.utils import LOGGER, RANK
from ultralytics.utils.callbacks import get_default_callbacks
from ultralytics.utils.torch_utils import strip_optimizer

from training.engine.checkpoints.weights import resolve_model, unreadable_checkpoint
from training.engine.emitter import Emitter
from training.engine.host.devices import check_devices
from training.engine.host.disk import DiskPatience
from training.engine.host.environment import use_cpu_threads
from training.engine.host.limits import fit_to_host
from training.engine.protocol import TrainFinishedEvent
from training.engine.requests import TrainRequest
from training.engine.stopping import Stopping

from .arguments import check_arguments
from .integrations import logger_callbacks
from .run_trainer import SegmentationRun
from .samples import Samples
from .watch import Callback, WarningEvents, Watch, metric_set, started_event


def train(request: TrainRequest, emit: Emitter, stopping: Stopping) -> None:
    """Run to the end, or to ``Cancelled``, or to an exception that ``explain_failure`` knows."""
    device_name = check_devices(request["device"])
    last = Path(request["run_dir"]) / "weights" / "last.pt"
    resume = request["resume"] and last.is_file()
    if resume and _is_trained_to_the_end(last):
        _finish_only(request, emit, device_name)
        return
    if "," in request["device"] and RANK == -1:
        _start_ranks(request, emit, stopping)
        return
    if RANK <= 0:
        LOGGER.addHandler(WarningEvents(emit))
    if RANK == -1:
        request = fit_to_host(request, emit)
    overrides = train_overrides(request, resume_from=last if resume else None)
    callbacks = get_default_callbacks()
    for event, callback in _callbacks(request, emit, stopping, device_name):
        callbacks[event].append(callback)
    trainer: Any = SegmentationRun(overrides=overrides, _callbacks=callbacks)
    trainer.patience_with_disk = DiskPatience(Path(request["run_dir"]), emit, stopping)
    run_and_close(trainer)
    if RANK <= 0:
        emit(_finished(trainer, stopping))


def _start_ranks(request: TrainRequest, emit: Emitter, stopping: Stopping) -> None:
    """What can be refused, fetched or lowered is so once, before there is a process a GPU."""
    from .several_gpus import train_on_several

    request = fit_to_host(request, emit)
    train_overrides(request, resume_from=None)
    train_on_several({**request, "allow_download": False}, emit, stopping)


def _finished(trainer: Any, stopping: Stopping) -> TrainFinishedEvent:
    return {
        "type": "finished",
        "best": str(trainer.best if trainer.best.exists() else trainer.last),
        "last": str(trainer.last),
        "best_epoch": int(trainer.stopper.best_epoch),
        "epochs_done": trainer.epoch + 1,
        "stopped_early": stopping.has_kept,
        "box": metric_set(trainer.metrics, "B"),
        "mask": metric_set(trainer.metrics, "M"),
    }


def _callbacks(
    request: TrainRequest, emit: Emitter, stopping: Stopping, device_name: str
) -> Iterator[tuple[str, Callback]]:
    """Names of Ultralytics' events, and what to do at each, in this order.

    On several GPUs the first rank speaks for all; the others only stop with it.
    """
    if request["device"] == "cpu":
        yield "on_pretrain_routine_start", use_cpu_threads
    yield "on_train_start", lambda _: stopping.enter_batches()
    yield "on_train_batch_start", stopping.check
    yield "on_val_batch_start", stopping.check
    if RANK <= 0:
        yield from Watch(request, emit, device_name).callbacks()
    if RANK == -1:
        yield "on_train_batch_end", stopping.keep
    else:
        from .several_gpus import keep_together

        yield "on_train_batch_end", keep_together(stopping)
    images = request.get("sample_images", [])
    every = request.get("sample_every", 0)
    if images and every > 0 and RANK <= 0:
        yield "on_fit_epoch_end", Samples(images, every=every, emit=emit)
    if RANK <= 0:
        yield from logger_callbacks(request, emit)
    yield "on_fit_epoch_end", stopping.keep  # asked for while the epoch was validated


def run_and_close(trainer: Any) -> None:
    """Train, and end the processes that load images, whatever happens."""
    try:
        trainer.train()
    finally:
        for name in ("train_loader", "test_loader"):
            with suppress(AttributeError):
                getattr(trainer, name).close()


def train_overrides(request: TrainRequest, *, resume_from: Path | None) -> dict[str, Any]:
    """Ultralytics' arguments; whatever is not here stays at its default.

    Raises ``bad_argument`` for a further argument that Ultralytics would not take.
    """
    arguments = check_arguments(request.get("arguments", {}))
    overrides: dict[str, Any] = {
        "mode": "train",
        "data": request["data_yaml"],
        "epochs": request["epochs"],
        "imgsz": request["imgsz"],
        "batch": request["batch"],
        "device": request["device"],
        "seed": request["seed"],
        "patience": request["patience"],
        "workers": request["workers"],
        "save_dir": request["run_dir"],
        "exist_ok": True,
    }
    if request["lr0"] is not None:
        # Ultralytics' optimizer=auto ignores lr0, so a given rate needs a named optimizer: this
        # one, unless the further arguments name another.
        overrides |= {"lr0": request["lr0"], "optimizer": "AdamW"}
    if resume_from is not None:
        # Everything else comes from the checkpoint, so that the run goes on as it was asked for.
        kept = ("mode", "data", "batch", "device", "workers", "save_dir")
        overrides = {key: overrides[key] for key in kept}
        return overrides | {"model": str(resume_from), "resume": str(resume_from)}
    overrides["model"] = resolve_model(
        request["model"],
        weights_dir=Path(request["weights_dir"]),
        allow_download=request["allow_download"],
    )
    return overrides | arguments


def _is_trained_to_the_end(last: Path) -> bool:
    """Whether only the final validation is missing: the process died after its last epoch."""
    checkpoint = _load(last)[1]
    epoch = int(checkpoint.get("epoch", -1))
    return epoch < 0 or epoch + 1 >= int(checkpoint["train_args"]["epochs"])


def _load(path: Path) -> tuple[torch.nn.Module, dict[str, Any]]:
    try:
        model, checkpoint = load_checkpoint(path)
    except Exception as error:
        raise unreadable_checkpoint(path) from error
    return model, checkpoint


def _finish_only(request: TrainRequest, emit: Emitter, device_name: str) -> None:
    """Validate best.pt and strip the optimizers, as the end of a training does."""
    folder = Path(request["run_dir"]) / "weights"
    last, best = folder / "last.pt", folder / "best.pt"
    emit(started_event(request["device"], device_name))
    checkpoint = _load(last)[1]
    results = checkpoint.get("train_results") or {}
    scores = results.get("metrics/mAP50-95(M)", [])
    boxes = results.get("metrics/mAP50-95(B)", [])
    for path in (last, best):
        if path.exists():
            strip_optimizer(path)
    best = best if best.exists() else last
    args = {
        "model": str(best),
        "data": request["data_yaml"],
        "imgsz": request["imgsz"],
        "rect": True,  # as the validation of each epoch
        "batch": request["batch"],
        "device": request["device"].partition(",")[0],
        "save_dir": request["run_dir"],
        "plots": checkpoint["train_args"].get("plots", True),
    }
    validator = SegmentationValidator(save_dir=Path(request["run_dir"]), args=args)
    metrics = validator()
    fitness = [box + mask for box, mask in zip(boxes, scores, strict=True)]
    emit(
        {
            "type": "finished",
            "best": str(best),
            "last": str(last),
            "best_epoch": fitness.index(max(fitness)) + 1 if fitness else 0,
            "epochs_done": len(fitness),
            "stopped_early": False,
            "box": metric_set(metrics, "B"),
            "mask": metric_set(metrics, "M"),
        }
    )
