"""Predict on many pictures with one checkpoint, loaded once.

Pictures are decoded ahead in a thread while the network computes; one that cannot be read becomes
an image event with an error, and the rest goes on.
"""

import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
import ultralytics
from ultralytics.models.yolo.segment import SegmentationPredictor
from ultralytics.utils.callbacks import get_default_callbacks
from ultralytics.utils.patches import imread

from training.engine.checkpoints.weights import existing_segmentation_model
from training.engine.emitter import Emitter
from training.engine.host.devices import check_device
from training.engine.host.environment import use_cpu_threads
from training.engine.protocol import PredictedInstance
from training.engine.requests import PredictImage, PredictRequest
from training.engine.stopping import Stopping

from .polygons import Frame, trace_mask

_SECONDS_BETWEEN_EVENTS = 0.5
_GPU_BATCH = 16

Pixels = npt.NDArray[np.uint8]


def predict(request: PredictRequest, emit: Emitter, stopping: Stopping) -> None:
    """Answer one ``image`` event for each requested picture, in order, then ``finished``."""
    device_name = check_device(request["device"])
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
    size = request.get("batch") or (1 if request["device"] == "cpu" else _GPU_BATCH)
    done = instances = failed = 0
    last_progress = 0.0
    for batch in _batches(request["images"], size):
        stopping.check()
        pictures = [picture for _, picture in batch if picture is not None]
        results = iter(predictor(pictures) if pictures else [])
        for image, picture in batch:
            if picture is None:
                failed += 1
                emit(_unreadable(image))
                continue
            found: list[PredictedInstance] = next(results).instances
            instances += len(found)
            emit(
                {
                    "type": "image",
                    "key": image["key"],
                    "width": picture.shape[1],
                    "height": picture.shape[0],
                    "instances": found,
                    "error": "",
                }
            )
        done += len(batch)
        total = len(request["images"])
        if done == total or time.monotonic() - last_progress >= _SECONDS_BETWEEN_EVENTS:
            last_progress = time.monotonic()
            emit({"type": "progress", "done": done, "total": total})
    names = predictor.model.names
    emit(
        {
            "type": "finished",
            "image_count": done,
            "instance_count": instances,
            "failed_count": failed,
            "class_names": [names[index] for index in sorted(names)],
        }
    )


def load_predictor(request: Any, emit: Emitter) -> "TracingPredictor":
    checkpoint = existing_segmentation_model(Path(request["checkpoint"]))
    callbacks = get_default_callbacks()
    if request["device"] == "cpu":
        callbacks["on_predict_start"].append(use_cpu_threads)
    predictor = TracingPredictor(
        overrides={
            "model": str(checkpoint),
            "conf": request["conf"],
            "iou": request["iou"],
            "imgsz": request["imgsz"],
            "rect": True,  # as ``yolo predict``: no more padding than the strides need
            "device": request["device"],
            "save": False,
            "verbose": False,
            "mode": "predict",
        },
        _callbacks=callbacks,
    )
    predictor.setup_model(str(checkpoint), verbose=False)
    return predictor


class TracingPredictor(SegmentationPredictor):  # type: ignore[misc]
    """Traces polygons from the logits instead of painting masks of the whole picture.

    Each result carries ``instances``; those without any pixel in their mask are left out.
    """

    @property
    def class_names(self) -> list[str]:
        names = self.model.names
        return [names[index] for index in sorted(names)]

    def batch_size(self, wanted: int | None) -> int:
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
            polygon = trace_mask(mask, box_xyxy=row[:4], frame=frame)
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


def _batches(
    images: list[PredictImage], size: int
) -> Iterator[list[tuple[PredictImage, Pixels | None]]]:
    """Batches of pictures of one size, read one batch ahead.

    Pictures of several sizes in one batch would be padded to squares, so that what is found in one
    would depend on its neighbours.
    """
    chunks = [images[start : start + size] for start in range(0, len(images), size)]
    with ThreadPoolExecutor(max_workers=1) as pool:
        ahead: list[Future[list[Pixels | None]]] = []
        for index, chunk in enumerate(chunks):
            while len(ahead) <= index + 1 and len(ahead) < len(chunks):
                ahead.append(pool.submit(_read_all, chunks[len(ahead)]))
            pictures = ahead[index].result()
            ahead[index] = Future()  # lets go of the pixels
            pairs = zip(chunk, pictures, strict=True)
            for _, group in groupby(pairs, key=lambda pair: getattr(pair[1], "shape", None)):
                yield list(group)


def _read_all(images: list[PredictImage]) -> list[Pixels | None]:
    return [read_picture(image["path"]) for image in images]


def read_picture(path: str) -> Pixels | None:
    """Pixels as Ultralytics reads them (BGR, EXIF orientation applied), or none."""
    try:
        pixels: Pixels | None = imread(path)
    except Exception:  # whatever a decoder raises, the picture is unreadable
        return None
    return pixels


def _unreadable(image: PredictImage) -> Any:
    return {
        "type": "image",
        "key": image["key"],
        "width": 0,
        "height": 0,
        "instances": [],
        "error": "The image cannot be read: it is damaged, or of a format that is not known.",
    }
