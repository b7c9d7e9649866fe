"""Predict on many images with one model, loaded once.

Images are decoded ahead in a thread while the network computes; one that cannot be read becomes
an image event with an error, and the rest goes on.
"""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
import ultralytics
from ultralytics.models.yolo.segment import SegmentationPredictor
from ultralytics.utils.callbacks import get_default_callbacks

from training.engine.checkpoints.onnx_threads import calm_onnx
from training.engine.checkpoints.weights import (
    check_segmentation,
    existing_segmentation_model,
    unreadable_checkpoint,
)
from training.engine.emitter import Emitter
from training.engine.host.devices import check_device
from training.engine.host.environment import use_cpu_threads
from training.engine.protocol import EngineError, PredictedInstance
from training.engine.requests import PredictImage, PredictOptions, PredictRequest
from training.engine.stopping import Stopping

from .image_stream import (
    Decoded,
    Pixels,
    batches_of_one_size,
    count_images,
    decode_ahead,
    read_picture,
    requested_images,
)
from .polygons import Frame, trace_mask
from .tiling import check_tile, lay_windows, merge_finds, shifted

__all__ = ["TracingPredictor", "find_objects", "load_predictor", "predict", "read_picture"]

_SECONDS_BETWEEN_EVENTS = 0.5
_GPU_BATCH = 16
_GPU_DECODERS = 4
MAX_DET = 300
"""Ultralytics' default."""


def predict(request: PredictRequest, emit: Emitter, stopping: Stopping) -> None:
    """Answer one ``image`` event for each requested image, in order, then ``finished``."""
    images = requested_images(request)
    total = count_images(request)
    device_name = check_device(request["device"])
    check_options(request)
    emit(
        {
            "type": "started",
            "device": request["device"],
            "device_name": device_name,
            "torch": str(torch.__version__),
            "ultralytics": ultralytics.__version__,
        }
    )
    predictor = load_predictor(request, emit)
    stopping.enter_batches()
    size = predictor.batch_size(request.get("batch"))
    threads = 1 if request["device"] == "cpu" else min(_GPU_DECODERS, os.cpu_count() or 1)
    decoded = decode_ahead(images, count=2 * max(size, threads), threads=threads)
    done = instances = failed = 0
    last_progress = 0.0
    for batch in batches_of_one_size(decoded, size):
        stopping.check()
        for item, found in _find(predictor, batch, request, stopping):
            failed += item.pixels is None
            instances += len(found)
            emit(_answer(item, found))
        done += len(batch)
        if done == total or time.monotonic() - last_progress >= _SECONDS_BETWEEN_EVENTS:
            last_progress = time.monotonic()
            emit({"type": "progress", "done": done, "total": max(total, done)})
    emit(
        {
            "type": "finished",
            "image_count": done,
            "instance_count": instances,
            "failed_count": failed,
            "class_names": predictor.class_names,
        }
    )


def check_options(options: PredictOptions) -> None:
    """Refuse with ``bad_request`` what no model can do."""
    if options.get("augment"):
        raise EngineError(
            "bad_request",
            "Ultralytics has no test-time augmentation (augment) for segmentation models and would "
            "predict as without it.",
            "Leave it out. A larger imgsz, or tile, finds small objects.",
        )
    for name, low, high in (("conf", 0, 1), ("iou", 0, 1), ("imgsz", 32, 8192)):
        if not low <= options[name] <= high:  # type: ignore[literal-required]
            raise EngineError(
                "bad_request",
                f"The option {name} has to be between {low} and {high}.",
                "Change it and predict again.",
            )
    if (most := options.get("max_det")) is not None and most < 1:
        raise EngineError(
            "bad_request", "The option max_det has to be at least 1.", "Leave it out for 300."
        )
    if (tile := options.get("tile")) is not None:
        check_tile(tile)


def load_predictor(options: PredictOptions, emit: Emitter) -> "TracingPredictor":
    """The predictor of a checkpoint or an exported model, its options checked against the model.

    Raises ``checkpoint_unreadable`` and ``bad_request``. A ``warning`` says what has no effect.
    """
    check_options(options)
    path = Path(options["checkpoint"])
    is_export = path.suffix != ".pt"
    if is_export and not path.exists():
        raise unreadable_checkpoint(path)
    model = path if is_export else existing_segmentation_model(path)
    on_cpu = options["device"] == "cpu"
    is_half = options.get("half", False)
    if is_half and (on_cpu or is_export):
        reason = "an exported model keeps its own" if is_export else "only a GPU computes with it"
        message = f"Half precision (half) has no effect: {reason}."
        emit({"type": "warning", "message": message})
    callbacks = get_default_callbacks()
    if on_cpu:
        callbacks["on_predict_start"].append(use_cpu_threads)
    predictor = TracingPredictor(
        overrides={
            "model": str(model),
            "task": "segment",
            "conf": options["conf"],
            "iou": options["iou"],
            "imgsz": options["imgsz"],
            "classes": options.get("classes"),
            "max_det": options.get("max_det") or MAX_DET,
            "retina_masks": options.get("retina_masks", False),
            "quantize": 16 if is_half and not (on_cpu or is_export) else None,
            # As ``yolo predict``: no more padding than the strides need. Exports have one shape.
            "rect": not is_export,
            "device": options["device"],
            "save": False,
            "verbose": False,
            "mode": "predict",
        },
        _callbacks=callbacks,
    )
    try:
        predictor.setup_model(str(model), verbose=False)
    except (OSError, RuntimeError, ValueError, TypeError, KeyError, ImportError) as error:
        if is_export and "out of memory" not in str(error):
            raise unreadable_export(path, error) from error
        raise
    check_segmentation(path, is_segmentation=predictor.model.task in (None, "segment"))
    _check_classes(options.get("classes"), count=len(predictor.class_names))
    return predictor


def unreadable_export(path: Path, error: Exception) -> EngineError:
    """The failure for an exported model that does not load here."""
    reason = str(error).strip().partition("\n")[0]
    return EngineError(
        "checkpoint_unreadable",
        f"The exported model {path} cannot be loaded: {reason}",
        "Export the checkpoint again on this machine, or choose the checkpoint itself.",
    )


def _check_classes(classes: list[int] | None, *, count: int) -> None:
    if classes is None:
        return
    unknown = [index for index in classes if index not in range(count)]
    if unknown or not classes:
        says = f"class {unknown[0]}, which the model does not have" if unknown else "no class"
        raise EngineError(
            "bad_request",
            f"The request asks for {says}.",
            f"The model's classes are 0 to {count - 1}; leave classes out for all.",
        )


def _find(
    predictor: "TracingPredictor",
    batch: list[Decoded],
    options: PredictOptions,
    stopping: Stopping,
) -> Iterator[tuple[Decoded, list[PredictedInstance]]]:
    """A batch of images of one size, each with what the model finds on it."""
    pixels = [item.pixels for item in batch if item.pixels is not None]
    finds = find_objects(predictor, pixels, options, stopping)
    for item in batch:
        yield item, [] if item.pixels is None else next(finds)


def find_objects(
    predictor: "TracingPredictor",
    images: list[Pixels],
    options: PredictOptions,
    stopping: Stopping,
) -> Iterator[list[PredictedInstance]]:
    """What the model finds on each of some images of one size, in their tiles too if asked for."""
    results = predictor(images) if images else []
    for pixels, result in zip(images, results, strict=True):
        found: list[PredictedInstance] = result.instances
        if options.get("tile") is not None:
            found = _find_in_tiles(predictor, pixels, found, options, stopping)
            found = found[: options.get("max_det")]
        yield found


def _find_in_tiles(
    predictor: "TracingPredictor",
    pixels: Pixels,
    in_whole: list[PredictedInstance],
    options: PredictOptions,
    stopping: Stopping,
) -> list[PredictedInstance]:
    """What an image shows as a whole, which was found before, and in its tiles."""
    tile = options["tile"]
    if tile is None:
        return in_whole
    size = predictor.batch_size(options.get("batch"))
    side = max(predictor.imgsz) if tile["size"] == "auto" else tile["size"]
    windows = lay_windows((pixels.shape[1], pixels.shape[0]), side=side, overlap=tile["overlap"])
    found = [in_whole]
    for start in range(1, len(windows), size):
        stopping.check()
        chosen = windows[start : start + size]
        results = predictor([pixels[y0:y1, x0:x1] for x0, y0, x1, y1 in chosen])
        for (x0, y0, _, _), result in zip(chosen, results, strict=True):
            found.append([shifted(instance, x0, y0) for instance in result.instances])
    return merge_finds(found, windows)


def _answer(item: Decoded, found: list[PredictedInstance]) -> Any:
    if item.pixels is None:
        return _unreadable(item.image)
    return {
        "type": "image",
        "key": item.image["key"],
        "width": item.pixels.shape[1],
        "height": item.pixels.shape[0],
        "instances": found,
        "error": "",
    }


class TracingPredictor(SegmentationPredictor):  # type: ignore[misc]
    """Traces polygons from the logits instead of painting masks of the whole picture.

    Each result carries ``instances``; those without any pixel in their mask are left out.
    """

    def setup_model(self, model: Any, verbose: bool = True) -> None:
        super().setup_model(model, verbose)
        calm_onnx(self.model)

    @property
    def class_names(self) -> list[str]:
        names = self.model.names
        return [names[index] for index in sorted(names)]

    def batch_size(self, wanted: int | None) -> int:
        """Images at once: an export of a fixed shape takes as many as it was exported for."""
        if self.model.format != "pt" and not getattr(self.model, "dynamic", False):
            return 1
        return wanted or (1 if self.device.type == "cpu" else _GPU_BATCH)

    def construct_result(
        self, pred: torch.Tensor, img: torch.Tensor, orig_img: Pixels, path: str, proto: Any
    ) -> Any:
        coefficients = pred[:, 6:]
        result = super(SegmentationPredictor, self).construct_result(pred, img, orig_img, path)
        channels, proto_h, proto_w = proto.shape
        flat = coefficients @ proto.float().view(channels, -1)
        logits = flat.view(-1, proto_h, proto_w).float().cpu().numpy()
        frame = _frame(
            size_wh=(orig_img.shape[1], orig_img.shape[0]),
            input_wh=(img.shape[3], img.shape[2]),
            proto_wh=(proto_w, proto_h),
        )
        boxes = result.boxes.data.cpu().numpy().astype(np.float64)
        found: list[PredictedInstance] = []
        for row, mask in zip(boxes, logits, strict=True):
            polygon = trace_mask(
                mask, box_xyxy=row[:4], frame=frame, is_fine=self.args.retina_masks
            )
            if polygon:
                found.append(
                    {
                        "class_index": int(row[5]),
                        "confidence": round(float(row[4]), 5),
                        "polygon_px": polygon,
                        "box_xyxy": row[:4].round(2).tolist(),
                    }
                )
        result.instances = found
        return result


def _frame(
    *, size_wh: tuple[int, int], input_wh: tuple[int, int], proto_wh: tuple[int, int]
) -> Frame:
    """Ultralytics' letterbox: one gain, rounded size, the padding split to both sides."""
    gain = min(input_wh[0] / size_wh[0], input_wh[1] / size_wh[1])
    pad_x, pad_y = (
        round((whole - round(side * gain)) / 2 - 0.1)
        for whole, side in zip(input_wh, size_wh, strict=True)
    )
    return Frame(
        size_wh=size_wh,
        gain_xy=(gain, gain),
        pad_xy=(pad_x, pad_y),
        proto_scale=(proto_wh[0] / input_wh[0], proto_wh[1] / input_wh[1]),
    )


def _unreadable(image: PredictImage) -> Any:
    return {
        "type": "image",
        "key": image["key"],
        "width": 0,
        "height": 0,
        "instances": [],
        "error": "The image cannot be read: it is damaged, or of a format that is not known.",
    }
