"""A checkpoint on a split: Ultralytics' own validation, with every prediction kept.

A subclass of its segmentation validator notes what the base class computes on the way: the IoU of
every label with every prediction, on boxes and on masks (at the resolution of the mask prototypes,
where Ultralytics compares them), and the logits of the masks. The figures are then computed in
``training.evaluation`` and equal Ultralytics' for the same arguments.

Ultralytics sorts an image's labels by area and drops repeated rows, so the label file's order is
lost; a formatter that carries each label's index along finds its polygon again.
"""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
import ultralytics
from ultralytics.data.augment import Format
from ultralytics.models.yolo.segment import SegmentationValidator
from ultralytics.utils import ops
from ultralytics.utils.callbacks import get_default_callbacks

from training.evaluation.store import (
    CONFIDENCE_FLOOR,
    EvaluationWriter,
    Picture,
    StoredPrediction,
    StoredShape,
)

from .devices import check_device
from .emitter import Emitter
from .environment import use_cpu_threads
from .polygons import Frame, trace_mask
from .requests import EvaluateRequest
from .stopping import Stopping
from .weights import existing_segmentation_model

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
    names = [validator.names[index] for index in sorted(validator.names)]
    summary = writer.finish(class_names=names, split=request["split"])
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
        }
    )


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


class _IndexKeepingFormat(Format):  # type: ignore[misc]
    """Adds ``label_index`` to an image: the index of each label before the sort by area."""

    def _format_segments(self, instances: Any, cls: Any, w: int, h: int) -> Any:
        indexed = np.concatenate([cls, np.arange(len(cls), dtype=cls.dtype)[:, None]], axis=1)
        masks, instances, indexed = super()._format_segments(instances, indexed, w, h)
        self._label_index = indexed[:, 1].astype(np.int64)
        return masks, instances, np.ascontiguousarray(indexed[:, :1])

    def apply_instances(self, labels: dict[str, Any], params: Any = None) -> dict[str, Any]:
        self._label_index = np.zeros(0, dtype=np.int64)
        labels = super().apply_instances(labels, params)
        labels["label_index"] = self._label_index
        return labels


class KeepingValidator(SegmentationValidator):  # type: ignore[misc]
    """Hands every evaluated image to ``keep``."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.keep: Any = None
        self._masks: list[tuple[torch.Tensor, torch.Tensor, tuple[int, int]]] = []
        self._ious: list[torch.Tensor] = []
        self._batch: dict[str, Any] = {}
        self._places: Iterator[int] = iter(())
        self._index_of_file: dict[str, int] = {}

    def build_dataset(self, img_path: str, mode: str = "val", batch: int | None = None) -> Any:
        dataset = super().build_dataset(img_path, mode, batch)
        transforms = dataset.transforms.transforms
        transforms[-1] = _IndexKeepingFormat(**vars(transforms[-1]))
        self._index_of_file = {file: index for index, file in enumerate(dataset.im_files)}
        return dataset

    def init_metrics(self, model: Any) -> None:
        super().init_metrics(model)
        self.process = self._process_and_keep

    def _process_and_keep(
        self, proto: torch.Tensor, coefficients: torch.Tensor, boxes: torch.Tensor, shape: Any
    ) -> torch.Tensor:
        self._masks.append((proto, coefficients, tuple(shape)))
        masks: torch.Tensor = ops.process_mask(proto, coefficients, boxes, shape=shape)
        return masks

    def match_predictions(self, pred: Any, true: Any, iou: torch.Tensor, *args: Any) -> Any:
        """Called for boxes, then for masks, where an image has labels and predictions."""
        self._ious.append(iou)
        return super().match_predictions(pred, true, iou, *args)

    def update_metrics(self, preds: list[dict[str, torch.Tensor]], batch: dict[str, Any]) -> None:
        self._batch = batch
        self._places = iter(range(len(preds)))
        super().update_metrics(preds, batch)
        self._masks.clear()

    def _process_batch(self, preds: dict[str, Any], batch: dict[str, Any]) -> dict[str, Any]:
        self._ious.clear()
        correct: dict[str, Any] = super()._process_batch(preds, batch)
        self.keep(self._picture(next(self._places), preds, batch))
        return correct

    def _picture(self, place: int, preds: dict[str, Any], batch: dict[str, Any]) -> Picture:
        height, width = batch["ori_shape"]
        scaled = ops.scale_boxes(
            batch["imgsz"],
            preds["bboxes"].clone(),
            batch["ori_shape"],
            ratio_pad=batch["ratio_pad"],
        )
        boxes = scaled.cpu().numpy().astype(np.float64)
        label_class = batch["cls"].cpu().numpy().astype(np.int64)
        prediction_class = preds["cls"].cpu().numpy().astype(np.int64)
        confidence = preds["conf"].cpu().numpy().astype(np.float32)
        shape = (len(label_class), len(prediction_class))
        box_iou, mask_iou = (
            (iou.cpu().numpy().astype(np.float32) for iou in self._ious)
            if self._ious
            else (np.zeros(shape, dtype=np.float32) for _ in range(2))
        )
        return Picture(
            record={
                "file_name": Path(batch["im_file"]).name,
                "width": int(width),
                "height": int(height),
                "labels": self._label_shapes(place, label_class, size_wh=(width, height)),
                "predictions": self._prediction_shapes(
                    place, boxes, prediction_class, confidence, batch
                ),
            },
            label_class=label_class,
            prediction_class=prediction_class,
            confidence=confidence,
            box_iou=box_iou,
            mask_iou=mask_iou,
        )

    def _label_shapes(
        self, place: int, label_class: npt.NDArray[np.int64], *, size_wh: tuple[int, int]
    ) -> list[StoredShape]:
        """The polygons of the label file, in the order of the batch."""
        file = self._batch["im_file"][place]
        segments = self.dataloader.dataset.labels[self._index_of_file[file]]["segments"]
        shapes: list[StoredShape] = []
        for index, class_index in zip(
            self._batch["label_index"][place], label_class.tolist(), strict=True
        ):
            points = segments[index].astype(np.float64) * size_wh
            shapes.append(
                {
                    "class_index": class_index,
                    "polygon": points.reshape(-1).round(2).tolist(),
                    "box": [*points.min(axis=0).round(2), *points.max(axis=0).round(2)],
                }
            )
        return shapes

    def _prediction_shapes(
        self,
        place: int,
        boxes: npt.NDArray[np.float64],
        prediction_class: npt.NDArray[np.int64],
        confidence: npt.NDArray[np.float32],
        batch: dict[str, Any],
    ) -> list[StoredPrediction]:
        """Polygons of the predictions from the confidence floor on."""
        count = int((confidence >= CONFIDENCE_FLOOR).sum())
        proto, coefficients, input_hw = self._masks[place]
        channels, proto_h, proto_w = proto.shape
        flat = coefficients[:count] @ proto.float().view(channels, -1)
        logits = flat.view(count, proto_h, proto_w).float().cpu().numpy()
        (gain_y, gain_x), pad_xy = batch["ratio_pad"]
        frame = Frame(
            size_wh=(int(batch["ori_shape"][1]), int(batch["ori_shape"][0])),
            gain_xy=(gain_x, gain_y),
            pad_xy=pad_xy,
            proto_scale=(proto_w / input_hw[1], proto_h / input_hw[0]),
        )
        return [
            {
                "class_index": int(prediction_class[index]),
                "confidence": round(float(confidence[index]), 5),
                "polygon": trace_mask(logits[index], box_xyxy=boxes[index], frame=frame),
                "box": boxes[index].round(2).tolist(),
            }
            for index in range(count)
        ]
