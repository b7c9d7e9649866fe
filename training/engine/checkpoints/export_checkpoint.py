"""A checkpoint in another format, by Ultralytics' exporter, and whether it still finds the same."""

import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ultralytics.engine.exporter import Exporter
from ultralytics.nn.tasks import load_checkpoint
from ultralytics.utils.callbacks import get_default_callbacks

from training.engine.emitter import Emitter
from training.engine.host.devices import check_device
from training.engine.host.environment import use_cpu_threads
from training.engine.measuring.predict import TracingPredictor, read_picture
from training.engine.requests import ExportRequest
from training.engine.stopping import Stopping
from training.engine.training.watch import started_event

from .agreement import Found, compare_predictions
from .export_formats import check_format
from .weights import existing_segmentation_model

_CONFIDENCE = 0.25
_IOU = 0.7


def export(request: ExportRequest, emit: Emitter, stopping: Stopping) -> None:
    """Write the model into ``out_dir``, predict the images with both, answer ``finished``."""
    began = time.monotonic()
    device = request["device"]
    device_name = check_device(device)
    wanted = check_format(request["format"], device)
    checkpoint = existing_segmentation_model(Path(request["checkpoint"]))
    emit(started_event(device, device_name))
    out_dir = Path(request["out_dir"])
    out_dir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out_dir, prefix=".export-") as folder:
        # Ultralytics writes beside the checkpoint, whose folder is not ours to write into.
        copy = Path(shutil.copy(checkpoint, folder))
        exported = _export(copy, wanted, imgsz=request["imgsz"], device=device)
        stopping.check()
        pictures = request["verify_images"]
        before, after = (
            list(_predict(path, pictures, imgsz=request["imgsz"], device=device))
            for path in (copy, exported)
        )
        stopping.check()
        path = _move(exported, out_dir / exported.name)
    emit(
        {
            "type": "finished",
            "path": str(path),
            "format": wanted,
            "size_bytes": _size_bytes(path),
            "seconds": round(time.monotonic() - began, 3),
            "verified": compare_predictions(before, after),
        }
    )


def _export(checkpoint: Path, wanted: str, *, imgsz: int, device: str) -> Path:
    callbacks = get_default_callbacks()
    if device == "cpu":
        callbacks["on_export_start"].append(use_cpu_threads)
    exporter = Exporter(
        overrides={"mode": "export", "format": wanted, "imgsz": imgsz, "device": device},
        _callbacks=callbacks,
    )
    return Path(exporter(model=load_checkpoint(checkpoint)[0]))


def _predict(model: Path, pictures: list[Any], *, imgsz: int, device: str) -> Iterator[Found]:
    """Size and instances of each picture that can be read, at the one shape of an export."""
    callbacks = get_default_callbacks()
    if device == "cpu":
        callbacks["on_predict_start"].append(use_cpu_threads)
    predictor = TracingPredictor(
        overrides={
            "model": str(model),
            "conf": _CONFIDENCE,
            "iou": _IOU,
            "imgsz": imgsz,
            "device": device,
            "rect": False,
            "task": "segment",
            "save": False,
            "verbose": False,
            "mode": "predict",
        },
        _callbacks=callbacks,
    )
    predictor.setup_model(str(model), verbose=False)
    for image in pictures:
        picture = read_picture(image["path"])
        if picture is not None:
            size_wh = (picture.shape[1], picture.shape[0])
            yield Found(size_wh, predictor([picture])[0].instances)


def _move(source: Path, target: Path) -> Path:
    """Put a finished file or folder in the place of an earlier one."""
    if target.is_dir():
        shutil.rmtree(target)
    return source.replace(target)


def _size_bytes(path: Path) -> int:
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file())
