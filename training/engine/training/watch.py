"""Ultralytics' callbacks of a training, turned into events."""

import logging
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch
import ultralytics

from training.engine.emitter import Emitter
from training.engine.host.devices import gpu_memory_mb, gpu_utilisation_percent
from training.engine.protocol import CheckpointEvent, EngineError, Losses, StartedEvent
from training.engine.requests import TrainRequest
from training.evaluation.scores.figures import MetricSet

from .data_counts import data_event
from .pace import Pace

Callback = Callable[[Any], None]
_MAX_WARNINGS = 50


def not_finite() -> EngineError:
    """The failure of a run whose first epoch has no loss."""
    return EngineError(
        "loss_not_finite",
        "The loss stopped being a number in the first epoch, so the model cannot learn.",
        "Start again with a lower learning rate, or check the labels for broken polygons.",
    )


def metric_set(metrics: dict[str, Any], suffix: str) -> MetricSet:
    """Ultralytics' figures; ``suffix`` is B for boxes, M for masks."""
    return {
        "precision": float(metrics.get(f"metrics/precision({suffix})", 0.0)),
        "recall": float(metrics.get(f"metrics/recall({suffix})", 0.0)),
        "map50": float(metrics.get(f"metrics/mAP50({suffix})", 0.0)),
        "map50_95": float(metrics.get(f"metrics/mAP50-95({suffix})", 0.0)),
    }


def started_event(device: str, device_name: str) -> StartedEvent:
    return {
        "type": "started",
        "device": device,
        "device_name": device_name,
        "torch": str(torch.__version__),
        "ultralytics": ultralytics.__version__,
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


class WarningEvents(logging.Handler):
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


class Watch:
    """Turns Ultralytics' callbacks into events."""

    def __init__(self, request: TrainRequest, emit: Emitter, device_name: str) -> None:
        self._request = request
        self._emit = emit
        self._device_name = device_name
        self._pace = Pace()
        self._is_epoch_open = False
        self._checkpoints: list[CheckpointEvent] = []

    def callbacks(self) -> Iterator[tuple[str, Callback]]:
        """Names of Ultralytics' events, and what to do at each."""
        yield "on_pretrain_routine_start", self.on_pretrain_routine_start
        yield "on_train_start", self.on_train_start
        yield "on_train_epoch_start", self.on_train_epoch_start
        yield "on_train_batch_end", self.on_train_batch_end
        yield "on_train_epoch_end", self.on_train_epoch_end
        yield "on_model_save", self.on_model_save
        yield "on_fit_epoch_end", self.on_fit_epoch_end

    def on_pretrain_routine_start(self, _: Any) -> None:
        self._emit(started_event(self._request["device"], self._device_name))

    def on_train_start(self, trainer: Any) -> None:
        self._emit(data_event(trainer))

    def on_train_epoch_start(self, trainer: Any) -> None:
        self._pace.start_epoch(
            batches=len(trainer.train_loader),
            epochs_left=trainer.epochs - trainer.epoch,
            images=len(trainer.train_loader.dataset),
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
                "learning_rate": float(trainer.optimizer.param_groups[0]["lr"]),
                "images_per_second": round(self._pace.images_per_second, 2),
                "gpu_memory_mb": gpu_memory_mb(self._request["device"]),
                "gpu_utilisation_percent": gpu_utilisation_percent(self._request["device"]),
            }
        )

    def on_train_epoch_end(self, trainer: Any) -> None:
        self._is_epoch_open = True
        total = sum(float(term) for term in trainer.tloss.values())
        if trainer.epoch == trainer.start_epoch and not math.isfinite(total):
            # Later epochs Ultralytics recovers from last.pt; in the first there is none.
            raise not_finite()

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
        patience = trainer.patience_with_disk
        waited_seconds = patience.take_waited_seconds() if patience else 0.0
        self._pace.end_epoch(waited_seconds=waited_seconds)
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
                "seconds": round(trainer.epoch_time - waited_seconds, 3),
            }
        )
        for event in self._checkpoints:
            self._emit(event)
        self._checkpoints = []


def _checkpoint(kind: Any, path: Path, epoch: int) -> CheckpointEvent:
    return {"type": "checkpoint", "kind": kind, "path": str(path), "epoch": epoch}
