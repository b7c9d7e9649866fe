"""A checkpoint in another format, by Ultralytics' exporter, and whether it still finds the same."""

import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from ultralytics.data.utils import check_det_dataset
from ultralytics.engine.exporter import Exporter
from ultralytics.nn.tasks import load_checkpoint
from ultralytics.utils.callbacks import get_default_callbacks

from training.engine.emitter import Emitter
from training.engine.host.devices import check_device
from training.engine.host.environment import use_cpu_threads
from training.engine.measuring.label_cache import label_cache_turn, list_images
from training.engine.measuring.predict import TracingPredictor, read_picture
from training.engine.protocol import EngineError, Verified
from training.engine.requests import ExportRequest
from training.engine.stopping import Stopping
from training.engine.training.watch import started_event

from .agreement import Found, compare_predictions
from .export_formats import FORMATS, ModelFormat, check_format, check_runnable
from .weights import existing_segmentation_model

CALIBRATION_IMAGES = 300
"""As many as Ultralytics recommends for formats of eight bits."""

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
        exported = _export(
            copy,
            FORMATS[wanted],
            imgsz=request["imgsz"],
            device=device,
            data_yaml=request.get("data_yaml"),
        )
        stopping.check()
        verified = _verify(copy, exported, request)
        stopping.check()
        path = _move(exported, out_dir / exported.name)
    emit(
        {
            "type": "finished",
            "path": str(path),
            "format": wanted,
            "size_bytes": _size_bytes(path),
            "seconds": round(time.monotonic() - began, 3),
            "verified": verified,
        }
    )


def _export(
    checkpoint: Path, wanted: ModelFormat, *, imgsz: int, device: str, data_yaml: str | None
) -> Path:
    callbacks = get_default_callbacks()
    if device == "cpu":
        callbacks["on_export_start"].append(use_cpu_threads)
    overrides: dict[str, Any] = {
        "mode": "export",
        "format": wanted.argument,
        "imgsz": imgsz,
        "device": device,
        "quantize": wanted.quantize,
        # Ultralytics' settings say 16, which training means: the file would take 16 images a time.
        "batch": 1,
    }
    if wanted.quantize != 8:
        return _run_exporter(checkpoint, overrides, callbacks)
    listed, images = _choose_calibration_images(data_yaml, checkpoint.parent)
    with label_cache_turn(images):
        overrides |= {"data": str(listed), "split": "train"}
        return _run_exporter(checkpoint, overrides, callbacks)


def _run_exporter(checkpoint: Path, overrides: dict[str, Any], callbacks: Any) -> Path:
    exporter = Exporter(overrides=overrides, _callbacks=callbacks)
    return Path(exporter(model=load_checkpoint(checkpoint)[0]))


def _choose_calibration_images(data_yaml: str | None, folder: Path) -> tuple[Path, Path]:
    """A dataset of some train images, spread evenly: the ranges of eight bits are measured on them.

    Returns its data.yaml and its list of images, both written into ``folder``.
    """
    if data_yaml is None:
        raise EngineError(
            "bad_request",
            "A format of eight bits is calibrated on images of the train split: none were named.",
            "Say --data, or choose another format.",
        )
    data = check_det_dataset(data_yaml, autodownload=False)
    files = list_images(data["train"])
    step = max(1, -(-len(files) // CALIBRATION_IMAGES))
    images = folder / "calibration.txt"
    images.write_text("\n".join(files[::step]) + "\n", encoding="utf-8")
    listed = folder / "calibration.yaml"
    described = {"path": str(folder), "train": str(images), "val": str(images)}
    listed.write_text(yaml.safe_dump({**described, "names": data["names"]}), encoding="utf-8")
    return listed, images


def _verify(checkpoint: Path, exported: Path, request: ExportRequest) -> Verified | None:
    """Compare what both predict; None where this machine cannot run the format."""
    device = request["device"]
    try:
        check_runnable(exported, device)
    except EngineError as error:
        if error.code != "not_runnable":
            raise
        return None
    before, after = (
        list(_predict(path, request["verify_images"], imgsz=request["imgsz"], device=device))
        for path in (checkpoint, exported)
    )
    return compare_predictions(before, after)


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
