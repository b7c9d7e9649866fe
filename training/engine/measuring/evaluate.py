"""A checkpoint on a split: Ultralytics' own validation, with every prediction kept."""

import time
from pathlib import Path
from typing import Any

import torch
import ultralytics
from ultralytics.utils.callbacks import get_default_callbacks

from training.engine.checkpoints.weights import existing_segmentation_model
from training.engine.emitter import Emitter
from training.engine.host.devices import check_device
from training.engine.host.environment import use_cpu_threads
from training.engine.requests import EvaluateRequest
from training.engine.stopping import Stopping
from training.evaluation.files.store import EvaluationWriter
from training.evaluation.scores.figures import Speed

from .keeping_validator import KeepingValidator

_SECONDS_BETWEEN_EVENTS = 0.5


def evaluate(request: EvaluateRequest, emit: Emitter, stopping: Stopping) -> None:
    """Evaluate, write the evaluation folder, answer ``finished`` with its summary."""
    device_name = check_device(request["device"])
    checkpoint = existing_segmentation_model(Path(request["checkpoint"]))
    emit(
        {
            "type": "started",
            "device": request["device"],
            "device_name": device_name,
            "torch": str(torch.__version__),
            "ultralytics": ultralytics.__version__,
        }
    )
    callbacks = get_default_callbacks()
    progress = _Progress(emit)
    for event, callback in (
        ("on_val_start", use_cpu_threads if request["device"] == "cpu" else None),
        ("on_val_start", lambda _: stopping.enter_batches()),
        ("on_val_batch_start", stopping.check),
        ("on_val_batch_end", progress),
    ):
        if callback:
            callbacks[event].append(callback)
    out_dir = Path(request["out_dir"])
    validator = KeepingValidator(
        save_dir=out_dir,
        args={
            "model": str(checkpoint),
            "data": request["data_yaml"],
            "split": request["split"],
            "imgsz": request["imgsz"],
            "batch": request["batch"],
            "device": request["device"],
            "rect": True,  # as in training's validation and in ``yolo val``
            "plots": False,
        },
        _callbacks=callbacks,
    )
    writer = EvaluationWriter(out_dir)
    validator.keep = writer.add
    validator()
    classes = validator.classes
    summary = writer.finish(
        class_names=classes.names,
        split=request["split"],
        unknown_classes=classes.unknown,
        extra_classes=classes.extra,
        speed=_speed(validator, batch=request["batch"], device_name=device_name),
    )
    emit(
        {
            "type": "finished",
            "image_count": summary["image_count"],
            "instance_count": summary["instance_count"],
            "box": summary["box"],
            "mask": summary["mask"],
            "per_class": summary["per_class"],
            "confidence_floor": summary["confidence_floor"],
            "best_confidence": summary["best_confidence"],
            "ultralytics_confidence": summary["ultralytics_confidence"],
            "operating": summary["operating"],
            "unknown_classes": summary["unknown_classes"],
            "extra_classes": summary["extra_classes"],
            "speed": summary["speed"],
            "format": summary["format"],
        }
    )


def _speed(validator: KeepingValidator, *, batch: int, device_name: str) -> Speed:
    measured = validator.speed
    return {
        "preprocess_ms": round(measured["preprocess"], 3),
        "inference_ms": round(measured["inference"], 3),
        "postprocess_ms": round(measured["postprocess"], 3),
        "batch": batch,
        "device_name": device_name,
        "parameters": validator.cost.parameters,
        "gflops": validator.cost.gflops,
    }


class _Progress:
    """At most two events a second, and one at the end."""

    def __init__(self, emit: Emitter) -> None:
        self._emit = emit
        self._last = 0.0

    def __call__(self, validator: Any) -> None:
        total = len(validator.dataloader.dataset)
        if validator.seen < total and time.monotonic() - self._last < _SECONDS_BETWEEN_EVENTS:
            return
        self._last = time.monotonic()
        self._emit({"type": "progress", "done": validator.seen, "total": total})
