"""A checkpoint or an export of it on a split: Ultralytics' own validation, with every prediction
kept."""

import shutil
import time
from pathlib import Path
from typing import Any

import torch
import ultralytics
from ultralytics.utils.callbacks import get_default_callbacks

from training.engine.checkpoints.weights import existing_export, existing_segmentation_model
from training.engine.emitter import Emitter
from training.engine.host.devices import check_device
from training.engine.host.environment import use_cpu_threads
from training.engine.protocol import EvaluateFinishedEvent
from training.engine.requests import EvaluateRequest
from training.engine.stopping import Stopping
from training.evaluation.files.store import EvaluationWriter
from training.evaluation.scores.figures import Speed, Summary

from .certify import certify
from .keeping_validator import KeepingValidator

REFERENCE = "reference"
"""Folder of the checkpoint's own evaluation while an export is compared with it."""

_SECONDS_BETWEEN_EVENTS = 0.5


def evaluate(request: EvaluateRequest, emit: Emitter, stopping: Stopping) -> None:
    """Evaluate, write the evaluation folder, answer ``finished`` with its summary."""
    device, device_name = request["device"], check_device(request["device"])
    checkpoint = existing_segmentation_model(Path(request["checkpoint"]))
    exported = request.get("exported")
    if exported is not None:
        existing_export(Path(exported), device=device)
    emit(
        {
            "type": "started",
            "device": device,
            "device_name": device_name,
            "torch": str(torch.__version__),
            "ultralytics": ultralytics.__version__,
        }
    )
    out_dir = Path(request["out_dir"])
    progress = _Progress(emit, passes=1 if exported is None else 2)
    if exported is None:
        validator = run_validator(checkpoint, request, out_dir, progress, stopping)
    else:
        reference = out_dir / REFERENCE
        first = run_validator(checkpoint, request, reference, progress, stopping)
        _finish(first, request, device_name=device_name)
        progress.next_pass()
        validator = run_validator(Path(exported), request, out_dir, progress, stopping)
    summary = _finish(validator, request, device_name=device_name)
    finished: EvaluateFinishedEvent = {
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
    if exported is not None:
        stopping.check()
        finished["certificate"] = certify(
            checkpoint,
            Path(exported),
            reference=reference,
            evaluated=out_dir,
            images=validator.dataloader.dataset.im_files,
            imgsz=_input_size(validator),
            device=device,
            device_name=device_name,
            stopping=stopping,
        )
        shutil.rmtree(reference)
    emit(finished)


def run_validator(
    model: Path,
    request: EvaluateRequest,
    out_dir: Path,
    progress: "_Progress",
    stopping: Stopping,
) -> "KeptValidator":
    """Evaluate a model, its evaluation folder but for the end written."""
    callbacks = get_default_callbacks()
    for event, callback in (
        ("on_val_start", use_cpu_threads if request["device"] == "cpu" else None),
        ("on_val_start", lambda _: stopping.enter_batches()),
        ("on_val_batch_start", stopping.check),
        ("on_val_batch_end", progress),
    ):
        if callback:
            callbacks[event].append(callback)
    is_compared = "exported" in request
    validator = KeptValidator(
        save_dir=out_dir,
        args={
            "model": str(model),
            "data": request["data_yaml"],
            "split": request["split"],
            "imgsz": request["imgsz"],
            # An export takes one image, padded to a square: so does what it is compared with.
            "batch": 1 if is_compared else request["batch"],
            "device": request["device"],
            # As in training's validation and in ``yolo val``.
            "rect": not is_compared and request.get("rect", True),
            "task": "segment",
            "plots": False,
        },
        _callbacks=callbacks,
    )
    validator.writer = EvaluationWriter(out_dir)
    validator.keep = validator.writer.add
    validator()
    return validator


class KeptValidator(KeepingValidator):
    """With what writes down what it keeps."""

    writer: EvaluationWriter


def _finish(validator: KeptValidator, request: EvaluateRequest, *, device_name: str) -> Summary:
    classes = validator.classes
    return validator.writer.finish(
        class_names=classes.names,
        split=request["split"],
        unknown_classes=classes.unknown,
        extra_classes=classes.extra,
        speed=_speed(validator, batch=validator.args.batch, device_name=device_name),
    )


def _input_size(validator: KeptValidator) -> int:
    """The side of the square that the model was given: an export keeps its own."""
    size = validator.args.imgsz
    return int(max(size)) if isinstance(size, list | tuple) else int(size)


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
    """At most two events a second, and one at the end of each pass over the images."""

    def __init__(self, emit: Emitter, *, passes: int) -> None:
        self._emit = emit
        self._passes = passes
        self._pass = 0
        self._last = 0.0

    def next_pass(self) -> None:
        self._pass += 1

    def __call__(self, validator: Any) -> None:
        total = len(validator.dataloader.dataset)
        if validator.seen < total and time.monotonic() - self._last < _SECONDS_BETWEEN_EVENTS:
            return
        self._last = time.monotonic()
        done = self._pass * total + validator.seen
        self._emit({"type": "progress", "done": done, "total": self._passes * total})
