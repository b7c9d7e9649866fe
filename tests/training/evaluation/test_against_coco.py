"""Mask AP against pycocotools, on painted masks.

Segloop's AP is Ultralytics', which interpolates the precision envelope linearly between the points
of the curve; COCO reads it as a step function at the same 101 recalls. What both share, which
prediction is right at which IoU, must be the same: so COCO's AP computed from Segloop's matching is
compared exactly, and the reported AP as closely as the definitions allow.
"""

import contextlib
import io
from typing import Any

import numpy as np
import pytest

from training.evaluation.matching import correct_at_thresholds
from training.evaluation.statistics import score_statistics
from training.evaluation.store import Picture

from .test_matching import statistics_of

SIDE = 48
CLASS_COUNT = 3


def random_split(images: int, *, seed: int) -> list[dict[str, Any]]:
    """Ellipses as labels; predictions are shaken copies of some, and false ones."""
    rng = np.random.default_rng(seed)
    split = []
    for _ in range(images):
        labels = [_ellipse(rng) for _ in range(rng.integers(1, 7))]
        label_class = rng.integers(0, CLASS_COUNT, len(labels))
        predictions, prediction_class, confidence = [], [], []
        for shape, index in zip(labels, label_class, strict=True):
            if rng.random() < 0.75:
                predictions.append(shape + rng.normal(0, 1.2, 4))
                prediction_class.append(int(index if rng.random() < 0.9 else 0))
                confidence.append(rng.beta(4, 2))
        for _ in range(rng.integers(0, 3)):
            predictions.append(_ellipse(rng))
            prediction_class.append(int(rng.integers(0, CLASS_COUNT)))
            confidence.append(rng.beta(2, 4))
        order = np.argsort(-np.array(confidence))
        split.append(
            {
                "label_masks": np.array([_paint(shape) for shape in labels]),
                "label_class": label_class,
                "masks": np.array([_paint(predictions[i]) for i in order]).reshape(-1, SIDE, SIDE),
                "classes": np.array(prediction_class, dtype=np.int64)[order],
                "confidence": np.array(confidence, dtype=np.float32)[order],
            }
        )
    return split


def _ellipse(rng: np.random.Generator) -> Any:
    return np.concatenate([rng.uniform(8, SIDE - 8, 2), rng.uniform(4, 12, 2)])


def _paint(shape: Any) -> Any:
    ys, xs = np.mgrid[:SIDE, :SIDE]
    x, y, width, height = shape
    return ((xs - x) / max(width, 2)) ** 2 + ((ys - y) / max(height, 2)) ** 2 <= 1


def as_picture(image: dict[str, Any]) -> Picture:
    labels = image["label_masks"].reshape(-1, SIDE * SIDE).astype(np.float64)
    masks = image["masks"].reshape(-1, SIDE * SIDE).astype(np.float64)
    common = labels @ masks.T
    iou = common / (labels.sum(axis=1)[:, None] + masks.sum(axis=1)[None] - common)
    return Picture(
        record={"file_name": "", "width": SIDE, "height": SIDE, "labels": [], "predictions": []},
        label_class=image["label_class"],
        prediction_class=image["classes"],
        confidence=image["confidence"],
        box_iou=iou.astype(np.float32),
        mask_iou=iou.astype(np.float32),
    )


def coco_evaluate(split: list[dict[str, Any]]) -> Any:
    """pycocotools' precision at (IoU, recall, class), for all areas and 100 detections an image."""
    coco = pytest.importorskip("pycocotools.coco")
    evaluator = pytest.importorskip("pycocotools.cocoeval")
    mask_tools = pytest.importorskip("pycocotools.mask")

    def encode(mask: Any) -> Any:
        return mask_tools.encode(np.asfortranarray(mask.astype(np.uint8)))

    truth = coco.COCO()
    annotations: list[dict[str, Any]] = []
    results: list[dict[str, Any]] = []
    for number, image in enumerate(split):
        for mask, index in zip(image["label_masks"], image["label_class"], strict=True):
            annotations.append(
                {
                    "id": len(annotations) + 1,
                    "image_id": number,
                    "category_id": int(index),
                    "segmentation": encode(mask),
                    "area": float(mask.sum()),
                    "iscrowd": 0,
                }
            )
        for mask, index, confidence in zip(
            image["masks"], image["classes"], image["confidence"], strict=True
        ):
            results.append(
                {
                    "image_id": number,
                    "category_id": int(index),
                    "segmentation": encode(mask),
                    "score": float(confidence),
                }
            )
    with contextlib.redirect_stdout(io.StringIO()):
        truth.dataset = {
            "images": [{"id": n, "height": SIDE, "width": SIDE} for n in range(len(split))],
            "categories": [{"id": index} for index in range(CLASS_COUNT)],
            "annotations": annotations,
        }
        truth.createIndex()
        evaluation = evaluator.COCOeval(truth, truth.loadRes(results), "segm")
        evaluation.evaluate()
        evaluation.accumulate()
    return evaluation.eval["precision"][:, :, :, 0, -1]


def step_average_precision(correct: Any, label_count: int) -> float:
    """COCO's AP of one class at one IoU, from what is right in falling confidence."""
    found = correct.cumsum()
    recall, precision = found / label_count, found / np.arange(1, len(found) + 1)
    envelope = np.maximum.accumulate(precision[::-1])[::-1]
    places = np.searchsorted(recall, np.linspace(0, 1, 101), side="left")
    return float(np.mean([envelope[i] if i < len(envelope) else 0.0 for i in places]))


@pytest.mark.parametrize("seed", range(3))
def test_mask_ap_equals_coco(seed: int) -> None:
    split = random_split(40, seed=seed)
    precision = coco_evaluate(split)
    statistics = statistics_of([as_picture(image) for image in split])
    correct = correct_at_thresholds(
        statistics.mask_pairs,
        ranks=statistics.ranks,
        label_class=statistics.label_class,
        prediction_class=statistics.prediction_class,
    )
    order = np.argsort(-statistics.confidence, kind="stable")
    for index in range(CLASS_COUNT):
        own = correct[order][statistics.prediction_class[order] == index]
        label_count = int((statistics.label_class == index).sum())
        got = [step_average_precision(own[:, column], label_count) for column in range(10)]
        np.testing.assert_allclose(got, precision[:, :, index].mean(axis=1), atol=1e-9)


def test_the_reported_ap_is_cocos_but_for_the_interpolation() -> None:
    split = random_split(400, seed=5)
    coco = coco_evaluate(split).mean(axis=1)  # (IoU, class)
    _, mask = score_statistics(statistics_of([as_picture(image) for image in split]))
    assert mask.average_precision.mean() == pytest.approx(coco.mean(), abs=0.005)
    np.testing.assert_allclose(mask.average_precision, coco.T, atol=0.01)
