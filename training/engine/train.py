"""One run: Ultralytics' own training, watched through its callbacks.

A subclass of the trainer does three things that callbacks cannot: write checkpoints so that a kill
leaves the old or the new one whole, refuse a checkpoint of another kind of model with a sentence,
and keep Ultralytics' integrations (its platform, MLflow, Comet …) out. Everything else is
Ultralytics' as it is, so a run equals ``yolo segment train`` with the same arguments and seed.
"""

import logging
import math
from pathlib import Path
from typing import Any

import torch
import ultralytics
from ultralytics.models.yolo.segment import SegmentationTrainer, SegmentationValidator
from ultralytics.nn.tasks import SegmentationModel, load_checkpoint
from ultralytics.utils import LOGGER
from ultralytics.utils.callbacks import get_default_callbacks
from ultralytics.utils.torch_utils import strip_optimizer

from training.evaluation.figures import MetricSet

from .devices import check_device, gpu_memory_mb
from .environment import use_cpu_threads
from .pace import Pace
from .protocol import CheckpointEvent, Emitter, EngineError, Losses, TrainRequest
from .stopping import Stopping
from .weights import check_segmentation, resolve_model, unreadable_checkpoint

_MAX_WARNINGS = 50
_NOT_FINITE = EngineError(
    "loss_not_finite",
    "The loss stopped being a number in the first epoch, so the model cannot learn.",
    "Start again with a lower learning rate, or check the labels for broken polygons.",
)


def train(request: TrainRequest, emit: Emitter, stopping: Stopping) -> None:
    """Run to the end, or to ``Cancelled``, or to an exception that ``explain_failure`` knows."""
    device_name = check_device(request["device"])
    LOGGER.addHandler(_WarningEvents(emit))
    last = Path(request["run_dir"]) / "weights" / "last.pt"
    resume = request["resume"] and last.is_file()
    if resume and _is_trained_to_the_end(last):
        _finish_only(request, emit, device_name)
        return
    watch = _Watch(request, emit, device_name)
    overrides = _overrides(request, resume_from=last if resume else None)
    callbacks = get_default_callbacks()
    for event, callback in (
        ("on_pretrain_routine_start", use_cpu_threads if request["device"] == "cpu" else None),
        ("on_pretrain_routine_start", watch.on_pretrain_routine_start),
        ("on_train_start", lambda _: stopping.enter_batches()),
        ("on_train_epoch_start", watch.on_train_epoch_start),
        ("on_train_batch_start", stopping.check),
        ("on_train_batch_end", watch.on_train_batch_end),
        ("on_train_epoch_end", watch.on_train_epoch_end),
        ("on_val_batch_start", stopping.check),
        ("on_model_save", watch.on_model_save),
        ("on_fit_epoch_end", watch.on_fit_epoch_end),
    ):
        if callback:
            callbacks[event].append(callback)
    trainer: Any = _SegmentationRun(overrides=overrides, _callbacks=callbacks)
    try:
        trainer.train()
    finally:
        for name in ("train_loader", "test_loader"):
            if hasattr(trainer, name):
                getattr(trainer, name).close()  # ends its worker processes
    emit(
        {
            "type": "finished",
            "best": str(trainer.best if trainer.best.exists() else trainer.last),
            "last": str(trainer.last),
            "best_epoch": int(trainer.stopper.best_epoch),
            "epochs_done": trainer.epoch + 1,
            "box": metric_set(trainer.metrics, "B"),
            "mask": metric_set(trainer.metrics, "M"),
        }
    )


def metric_set(metrics: dict[str, Any], suffix: str) -> MetricSet:
    """Ultralytics' figures; ``suffix`` is B for boxes, M for masks."""
    return {
        "precision": float(metrics.get(f"metrics/precision({suffix})", 0.0)),
        "recall": float(metrics.get(f"metrics/recall({suffix})", 0.0)),
        "map50": float(metrics.get(f"metrics/mAP50({suffix})", 0.0)),
        "map50_95": float(metrics.get(f"metrics/mAP50-95({suffix})", 0.0)),
    }


def _losses(terms: dict[str, Any], prefix: str = "") -> Losses:
    """YOLO26 has an L1 term in the place of distribution focal loss."""

    def term(*names: str) -> float:
        return next((float(terms[prefix + name]) for name in names if prefix + name in terms), 0.0)

    return {
        "box": term("box_loss"),
        "seg": term("seg_loss"),
        "cls": term("cls_loss"),
        "dfl": term("dfl_loss", "l1_loss"),
    }


def _overrides(request: TrainRequest, *, resume_from: Path | None) -> dict[str, Any]:
    """Ultralytics' arguments; whatever is not here stays at its default."""
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
        # Ultralytics' optimizer=auto ignores lr0, so a given rate needs a named optimizer.
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
    return overrides


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
    emit(_started(request, device_name))
    results = _load(last)[1].get("train_results") or {}
    scores = results.get("metrics/mAP50-95(M)", [])
    boxes = results.get("metrics/mAP50-95(B)", [])
    for checkpoint in (last, best):
        if checkpoint.exists():
            strip_optimizer(checkpoint)
    best = best if best.exists() else last
    args = {
        "model": str(best),
        "data": request["data_yaml"],
        "imgsz": request["imgsz"],
        "batch": request["batch"],
        "device": request["device"],
        "save_dir": request["run_dir"],
        "plots": True,
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
            "box": metric_set(metrics, "B"),
            "mask": metric_set(metrics, "M"),
        }
    )


def _started(request: TrainRequest, device_name: str) -> Any:
    return {
        "type": "started",
        "device": request["device"],
        "device_name": device_name,
        "torch": str(torch.__version__),
        "ultralytics": ultralytics.__version__,
    }


class _SegmentationRun(SegmentationTrainer):  # type: ignore[misc]
    """Without "Trainer" in its name, Ultralytics adds no integrations to it."""

    last: Path
    best: Path

    def setup_model(self) -> Any:
        name = str(self.model)
        try:
            return super().setup_model()
        except EngineError:
            raise
        except Exception as error:
            if name.endswith(".pt"):
                raise unreadable_checkpoint(name) from error
            raise

    def get_model(self, cfg: Any = None, weights: Any = None, verbose: bool = True) -> Any:
        if weights is not None:
            check_segmentation(
                self.args.model, is_segmentation=isinstance(weights, SegmentationModel)
            )
        return super().get_model(cfg, weights, verbose)

    def save_model(self) -> bool:
        """Write beside, then rename: Ultralytics would overwrite last.pt in place."""
        last, best = self.last, self.best
        self.last, self.best = last.with_suffix(".writing"), best.with_suffix(".writing")
        try:
            is_saved = bool(super().save_model())
            for written, path in ((self.last, last), (self.best, best)):
                if written.exists():
                    written.replace(path)
        finally:
            self.last, self.best = last, best
        return is_saved


class _WarningEvents(logging.Handler):
    """What Ultralytics warns of, once each, as events."""

    def __init__(self, emit: Emitter) -> None:
        super().__init__(level=logging.WARNING)
        self._emit = emit
        self._seen: set[str] = set()

    def emit(self, record: logging.LogRecord) -> None:
        message = record.getMessage().strip()
        if message not in self._seen and len(self._seen) < _MAX_WARNINGS:
            self._seen.add(message)
            self._emit({"type": "warning", "message": message})


class _Watch:
    """Turns Ultralytics' callbacks into events."""

    def __init__(self, request: TrainRequest, emit: Emitter, device_name: str) -> None:
        self._request = request
        self._emit = emit
        self._device_name = device_name
        self._pace = Pace()
        self._is_epoch_open = False
        self._checkpoints: list[CheckpointEvent] = []

    def on_pretrain_routine_start(self, _: Any) -> None:
        self._emit(_started(self._request, self._device_name))

    def on_train_epoch_start(self, trainer: Any) -> None:
        self._pace.start_epoch(
            batches=len(trainer.train_loader), epochs_left=trainer.epochs - trainer.epoch
        )

    def on_train_batch_end(self, trainer: Any) -> None:
        if not self._pace.count_batch():
            return
        self._emit(
            {
                "type": "batch",
                "epoch": trainer.epoch + 1,
                "batch": self._pace.batch,
                "batches": self._pace.batches,
                "losses": _losses(trainer.tloss),
                "eta_seconds": round(self._pace.eta_seconds(), 1),
                "gpu_memory_mb": gpu_memory_mb(self._request["device"]),
            }
        )

    def on_train_epoch_end(self, trainer: Any) -> None:
        self._is_epoch_open = True
        total = sum(float(term) for term in trainer.tloss.values())
        if trainer.epoch == trainer.start_epoch and not math.isfinite(total):
            # Later epochs Ultralytics recovers from last.pt; in the first there is none.
            raise _NOT_FINITE

    def on_model_save(self, trainer: Any) -> None:
        """Kept back until the epoch's own event is out."""
        epoch = trainer.epoch + 1
        self._checkpoints = [_checkpoint("last", trainer.last, epoch)]
        if trainer.best_fitness == trainer.fitness:
            self._checkpoints.append(_checkpoint("best", trainer.best, epoch))

    def on_fit_epoch_end(self, trainer: Any) -> None:
        """Also called after the final validation of best.pt, which is not an epoch."""
        if not self._is_epoch_open:
            return
        self._is_epoch_open = False
        self._pace.end_epoch()
        self._emit(
            {
                "type": "epoch",
                "epoch": trainer.epoch + 1,
                "epochs": trainer.epochs,
                "train": _losses(trainer.tloss),
                "val": _losses(trainer.metrics, "val/"),
                "box": metric_set(trainer.metrics, "B"),
                "mask": metric_set(trainer.metrics, "M"),
                "learning_rate": float(next(iter(trainer.lr.values()))),
                "seconds": round(trainer.epoch_time, 3),
            }
        )
        for event in self._checkpoints:
            self._emit(event)
        self._checkpoints = []


def _checkpoint(kind: Any, path: Path, epoch: int) -> CheckpointEvent:
    return {"type": "checkpoint", "kind": kind, "path": str(path), "epoch": epoch}
