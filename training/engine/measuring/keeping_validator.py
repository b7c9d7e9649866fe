"""Ultralytics' segmentation validator, keeping what it computes on the way.

Kept are the IoU of every label with every prediction, on boxes and on masks (at the resolution of
the mask prototypes, where Ultralytics compares them), and the logits of the masks. The figures are
then computed in ``training.evaluation`` and equal Ultralytics' for the same arguments.

Ultralytics sorts an image's labels by area and drops repeated rows, so the label file's order is
lost; a formatter that carries each label's index along finds its polygon again.

Ultralytics takes it that model and dataset number their classes alike. Here they are matched by
name before anything is compared, so a checkpoint can be measured on any version.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from ultralytics.data.augment import Format
from ultralytics.models.yolo.segment import SegmentationValidator
from ultralytics.utils import ops

from training.engine.checkpoints.onnx_threads import calm_onnx
from training.evaluation.class_names import JoinedClasses, join_classes
from training.evaluation.files.store import Picture, StoredShape
from training.evaluation.thresholds import CONFIDENCE_FLOOR

from .cost import ModelCost, cost_of_model
from .ignoring import read_regions, shares_of_boxes, shares_of_masks
from .label_cache import label_cache_turn
from .native_masks import (
    area_of_label,
    choose_measured,
    measure_masks,
    paint_label,
    paint_prediction,
)
from .polygons import Frame, trace_mask


def name_below_split(file: str) -> str:
    """Return the name of an image of a version, with its folders: ``cam1/0001.jpg``.

    Outside of ``images/<split>/``, the bare file name.
    """
    _, found, below = file.rpartition("/images/")
    return (found and below.partition("/")[2]) or Path(file).name


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
        self.classes = JoinedClasses([], [], [], [])
        self.cost = ModelCost(None, None)
        self.names: dict[int, str]
        self._masks: list[tuple[torch.Tensor, torch.Tensor, tuple[int, int]]] = []
        self._ious: list[torch.Tensor] = []
        self._batch: dict[str, Any] = {}
        self._places: Iterator[int] = iter(())
        self._index_of_file: dict[str, int] = {}

    def get_dataloader(self, dataset_path: str, batch_size: int) -> Any:
        """Labels of classes that the model lacks stay: else the base class would leave them out."""
        self.classes = join_classes(_in_order(self.data["names"]), _in_order(self.names))
        self.names = dict(enumerate(self.classes.names))
        self._class_of_model = torch.tensor(self.classes.of_model, device=self.device)
        return super().get_dataloader(dataset_path, batch_size)

    def build_dataset(self, img_path: str, mode: str = "val", batch: int | None = None) -> Any:
        with label_cache_turn(img_path):
            dataset = super().build_dataset(img_path, mode, batch)
        transforms = dataset.transforms.transforms
        transforms[-1] = _IndexKeepingFormat(**vars(transforms[-1]))
        self._index_of_file = {file: index for index, file in enumerate(dataset.im_files)}
        return dataset

    def init_metrics(self, model: Any) -> None:
        super().init_metrics(model)
        calm_onnx(model)
        self.cost = cost_of_model(model, imgsz=self.args.imgsz)
        self.process = self._process_and_keep
        # ``nc`` stays the model's: it says how many columns of the predictions are classes.
        self.names = self.metrics.names = dict(enumerate(self.classes.names))

    def postprocess(self, preds: Any) -> list[dict[str, torch.Tensor]]:
        found: list[dict[str, torch.Tensor]] = super().postprocess(preds)
        for one in found:
            one["cls"] = self._class_of_model[one["cls"].long()].to(one["cls"].dtype)
        return found

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
        size_wh = (int(width), int(height))
        frame = self._frame(place, batch, size_wh=size_wh)
        small_pixel = np.prod(frame.gain_xy) * np.prod(frame.proto_scale)
        regions = read_regions(batch["im_file"], size_wh=size_wh)
        box_ignored = None if regions is None else shares_of_boxes(boxes, regions)
        rough_area = preds["masks"].flatten(1).sum(1).cpu().numpy() / small_pixel
        is_shown = confidence >= CONFIDENCE_FLOOR
        measured = np.flatnonzero(
            choose_measured(
                box_iou=box_iou, mask_iou=mask_iou, is_shown=is_shown, rough_area=rough_area
            )
            | (False if box_ignored is None else box_ignored > 0)
        )
        logits = dict(zip(measured.tolist(), self._logits(place, measured), strict=True))
        polygons = self._label_polygons(place, size_wh=size_wh)
        painted = {
            index: paint_prediction(logits[index], box_xyxy=boxes[index], frame=frame)
            for index in logits
        }
        native = measure_masks(
            labels=[paint_label(points, size_wh=size_wh) for points in polygons],
            label_area=np.array([area_of_label(points) for points in polygons], dtype=np.float32),
            predictions=painted,
            box_iou=box_iou,
            mask_iou=mask_iou,
            is_shown=is_shown,
            rough_area=rough_area,
            label_row=np.asarray(self._batch["label_index"][place], dtype=np.int64),
            size_wh=size_wh,
        )
        picture = Picture(
            box_ignored=box_ignored,
            mask_ignored=None
            if regions is None or box_ignored is None
            else shares_of_masks(painted, regions, of_boxes=box_ignored),
            record={
                "file_name": name_below_split(batch["im_file"]),
                "width": size_wh[0],
                "height": size_wh[1],
                "labels": [
                    _label_shape(points, class_index)
                    for points, class_index in zip(polygons, label_class.tolist(), strict=True)
                ],
                "predictions": [
                    {
                        "class_index": int(prediction_class[index]),
                        "confidence": round(float(confidence[index]), 5),
                        "polygon": trace_mask(logits[index], box_xyxy=boxes[index], frame=frame),
                        "box": boxes[index].round(2).tolist(),
                    }
                    for index in range(int(is_shown.sum()))
                ],
            },
            label_class=label_class,
            prediction_class=prediction_class,
            confidence=confidence,
            box_iou=box_iou,
            mask_iou=mask_iou,
            native=native,
        )
        if regions is not None:
            picture.record["regions"] = regions.rings
        return picture

    def _label_polygons(
        self, place: int, *, size_wh: tuple[int, int]
    ) -> list[npt.NDArray[np.float64]]:
        """The polygons of the label file in pixels, each (k, 2), in the order of the batch."""
        file = self._batch["im_file"][place]
        segments = self.dataloader.dataset.labels[self._index_of_file[file]]["segments"]
        return [
            segments[index].astype(np.float64) * size_wh
            for index in self._batch["label_index"][place]
        ]

    def _frame(self, place: int, batch: dict[str, Any], *, size_wh: tuple[int, int]) -> Frame:
        proto, _, input_hw = self._masks[place]
        (gain_y, gain_x), pad_xy = batch["ratio_pad"]
        return Frame(
            size_wh=size_wh,
            gain_xy=(gain_x, gain_y),
            pad_xy=pad_xy,
            proto_scale=(proto.shape[2] / input_hw[1], proto.shape[1] / input_hw[0]),
        )

    def _logits(self, place: int, indices: npt.NDArray[np.int64]) -> npt.NDArray[np.float32]:
        """The masks of some predictions before the threshold, (k, h, w)."""
        proto, coefficients, _ = self._masks[place]
        channels, height, width = proto.shape
        chosen = coefficients[torch.from_numpy(indices).to(coefficients.device)]
        flat = chosen @ proto.float().view(channels, -1)
        logits: npt.NDArray[np.float32] = flat.view(-1, height, width).float().cpu().numpy()
        return logits


def _label_shape(points: npt.NDArray[np.float64], class_index: int) -> StoredShape:
    return {
        "class_index": class_index,
        "polygon": points.reshape(-1).round(2).tolist(),
        "box": [*points.min(axis=0).round(2), *points.max(axis=0).round(2)],
    }


def _in_order(names: dict[int, str]) -> list[str]:
    return [names[index] for index in sorted(names)]
