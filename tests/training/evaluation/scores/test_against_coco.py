"""Mask AP against pycocotools, on painted masks and on the polygons of real photographs.

Segloop tells both definitions: Ultralytics', which interpolates the precision envelope linearly
between the points of the curve, and COCO's, which reads it as a step function at 101 recalls. The
second must be pycocotools' own, for all areas and for each size.
"""

import contextlib
import io
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import cv2
import numpy as np
import pytest
from pycocotools import mask as mask_tools

from annotator.labels.polygons.bridges import flatten_polygons
from tests.real_data import REAL_DATA
from training.engine.measuring.native_masks import Crop, area_of_label, measure_masks, paint_label
from training.evaluation.files import reading
from training.evaluation.files.store import EvaluationWriter, NativePicture, Picture
from training.evaluation.scores.breakdown import Figures
from training.evaluation.scores.statistics import score_statistics

from ..test_matching import statistics_of

SIDE = 48
CLASS_COUNT = 3


def random_split(
    images: int, *, seed: int, side: int = SIDE, radii: tuple[float, float] = (4, 12)
) -> list[dict[str, Any]]:
    """Ellipses as labels; predictions are shaken copies of some, and false ones."""
    rng = np.random.default_rng(seed)
    return [
        random_image(rng, side=side, radii=radii, labels=int(rng.integers(1, 7)))
        for _ in range(images)
    ]


def random_image(
    rng: np.random.Generator, *, side: int, radii: tuple[float, float], labels: int
) -> dict[str, Any]:
    def ellipse() -> Any:
        return np.concatenate([rng.uniform(8, side - 8, 2), rng.uniform(*radii, 2)])

    def paint_all(shapes: list[Any]) -> Any:
        return np.array([_paint(shape, side) for shape in shapes]).reshape(-1, side, side)

    shapes = [ellipse() for _ in range(labels)]
    label_class = rng.integers(0, CLASS_COUNT, len(shapes))
    predictions, prediction_class, confidence = [], [], []
    for shape, index in zip(shapes, label_class, strict=True):
        if rng.random() < 0.75:
            predictions.append(shape + rng.normal(0, side / 40, 4))
            prediction_class.append(int(index if rng.random() < 0.9 else 0))
            confidence.append(rng.beta(4, 2))
    for _ in range(rng.integers(0, 3)):
        predictions.append(ellipse())
        prediction_class.append(int(rng.integers(0, CLASS_COUNT)))
        confidence.append(rng.beta(2, 4))
    order = np.argsort(-np.array(confidence))
    return {
        "label_masks": paint_all(shapes),
        "label_class": label_class,
        "masks": paint_all([predictions[i] for i in order]),
        "classes": np.array(prediction_class, dtype=np.int64)[order],
        "confidence": np.array(confidence, dtype=np.float32)[order],
    }


def _paint(shape: Any, side: int) -> Any:
    ys, xs = np.mgrid[:side, :side]
    x, y, width, height = shape
    return ((xs - x) / max(width, 2)) ** 2 + ((ys - y) / max(height, 2)) ** 2 <= 1


def as_picture(image: dict[str, Any]) -> Picture:
    side = image["label_masks"].shape[-1]
    labels = image["label_masks"].reshape(-1, side * side).astype(np.float64)
    masks = image["masks"].reshape(-1, side * side).astype(np.float64)
    common = labels @ masks.T
    iou = common / (labels.sum(axis=1)[:, None] + masks.sum(axis=1)[None] - common)
    return Picture(
        record={"file_name": "", "width": side, "height": side, "labels": [], "predictions": []},
        label_class=image["label_class"],
        prediction_class=image["classes"],
        confidence=image["confidence"],
        box_iou=iou.astype(np.float32),
        mask_iou=iou.astype(np.float32),
        native=NativePicture(
            label_row=np.arange(len(labels)),
            label_area=labels.sum(axis=1).astype(np.float32),
            prediction_area=masks.sum(axis=1).astype(np.float32),
            iou=iou,
            boundary_iou=np.full(iou.shape, np.nan, dtype=np.float32),
        ),
        **_ignored_of(image, masks),
    )


def _ignored_of(image: dict[str, Any], masks: Any) -> Any:
    if "region" not in image:
        return {}
    shares = masks @ image["region"].reshape(-1) / masks.sum(axis=1)
    return {"box_ignored": shares, "mask_ignored": shares}


def mask_areas(image: dict[str, Any]) -> Any:
    return image["label_masks"].reshape(len(image["label_masks"]), -1).sum(axis=1)


def coco_evaluate(split: list[dict[str, Any]]) -> Any:
    """pycocotools' precision at (IoU, recall, class, area), for 100 detections an image."""
    coco = pytest.importorskip("pycocotools.coco")
    evaluator = pytest.importorskip("pycocotools.cocoeval")

    def encode(mask: Any) -> Any:
        return mask_tools.encode(np.asfortranarray(mask.astype(np.uint8)))

    truth = coco.COCO()
    annotations: list[dict[str, Any]] = []
    results: list[dict[str, Any]] = []
    for number, image in enumerate(split):
        for place, (mask, index) in enumerate(
            zip(image["label_masks"], image["label_class"], strict=True)
        ):
            annotations.append(
                {
                    "id": len(annotations) + 1,
                    "image_id": number,
                    "category_id": int(index),
                    "segmentation": encode(mask),
                    "area": float(image.get("label_area", mask_areas(image))[place]),
                    "iscrowd": 0,
                }
            )
        for index in range(CLASS_COUNT) if "region" in image else ():
            annotations.append(
                {
                    "id": len(annotations) + 1,
                    "image_id": number,
                    "category_id": index,
                    "segmentation": encode(image["region"]),
                    "area": float(image["region"].sum()),
                    "iscrowd": 1,
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
            "images": [
                {"id": number, "height": image["masks"].shape[1], "width": image["masks"].shape[2]}
                for number, image in enumerate(split)
            ],
            "categories": [{"id": index} for index in range(CLASS_COUNT)],
            "annotations": annotations,
        }
        truth.createIndex()
        evaluation = evaluator.COCOeval(truth, truth.loadRes(results), "segm")
        evaluation.evaluate()
        evaluation.accumulate()
    return evaluation.eval["precision"][:, :, :, :, -1]


def expected(coco: Any, area: int) -> Any:
    """AP of each class and threshold (C, 10), NaN where COCO has none."""
    precision = coco[:, :, :, area]
    return np.where(precision < 0, np.nan, precision).mean(axis=1).T


def figures_of(split: list[Picture]) -> Figures:
    with TemporaryDirectory() as folder:
        writer = EvaluationWriter(Path(folder))
        for image in split:
            writer.add(image)
        writer.finish(class_names=["a", "b", "c"], split="val")
        return reading.read_figures(Path(folder))


def compare(figures: Figures, coco: Any, *, atol: float) -> None:
    """All that COCO's summary tells of masks."""
    own = np.array([row["coco_mask"] for row in figures["ap"]["classes"]])
    present = [row["class_index"] for row in figures["ap"]["classes"]]
    np.testing.assert_allclose(own, expected(coco, 0)[present], atol=atol)
    told = figures["coco"]
    assert told is not None
    assert figures["sizes"] is not None
    for area, name in enumerate(("ap", "ap_small", "ap_medium", "ap_large")):
        value = told[name]  # type: ignore[literal-required]
        reference = expected(coco, area)
        if np.isnan(reference).all():
            assert value is None
        else:
            assert value == pytest.approx(np.nanmean(reference), abs=atol), name
            if area:
                assert figures["sizes"][area - 1]["ap50"] == pytest.approx(
                    np.nanmean(reference[:, 0]), abs=atol
                )
    assert told["ap50"] == pytest.approx(np.nanmean(expected(coco, 0)[:, 0]), abs=atol)
    assert told["ap75"] == pytest.approx(np.nanmean(expected(coco, 0)[:, 5]), abs=atol)


@pytest.mark.parametrize("seed", range(4))
def test_ignore_regions_are_crowds_of_coco(seed: int) -> None:
    """What lies in one is neither right nor wrong, at each threshold and for each size."""
    sizes = [(96, (6, 30)), (SIDE, (4, 12))]
    side, radii = sizes[seed % 2]
    split = random_split(40, seed=seed, side=side, radii=radii)
    without = figures_of([as_picture(image) for image in split])
    rng = np.random.default_rng(seed)
    for image in split[::2]:
        shape = np.concatenate([rng.uniform(8, side - 8, 2), rng.uniform(side / 8, side / 3, 2)])
        image["region"] = _paint(shape, side)
    figures = figures_of([as_picture(image) for image in split])
    compare(figures, coco_evaluate(split), atol=1e-6)
    assert figures["ap"]["mean"]["coco_mask"] != without["ap"]["mean"]["coco_mask"]


@pytest.mark.parametrize("seed", range(3))
def test_mask_ap_equals_coco(seed: int) -> None:
    split = random_split(40, seed=seed)
    figures = figures_of([as_picture(image) for image in split])
    compare(figures, coco_evaluate(split), atol=1e-9)


@pytest.mark.parametrize("seed", range(2))
def test_ap_of_each_size_equals_coco(seed: int) -> None:
    """Objects of all three sizes, and more than a hundred predictions of a class in an image."""
    split = random_split(30, seed=seed, side=160, radii=(6, 70))
    split.append(random_image(np.random.default_rng(seed), side=160, radii=(6, 70), labels=60))
    crowd = split[-1]
    for name in ("masks", "classes", "confidence"):
        crowd[name] = np.concatenate([crowd[name]] * 4)
    order = np.argsort(-crowd["confidence"], kind="stable")
    for name in ("masks", "classes", "confidence"):
        crowd[name] = crowd[name][order]
    figures = figures_of([as_picture(image) for image in split])
    assert figures["sizes"] is not None
    assert min(row["labels"] for row in figures["sizes"]) > 0
    compare(figures, coco_evaluate(split), atol=1e-9)


def test_the_reported_ap_is_cocos_but_for_the_interpolation() -> None:
    split = random_split(400, seed=5)
    coco = coco_evaluate(split)
    _, mask = score_statistics(statistics_of([as_picture(image) for image in split]))
    assert mask.average_precision.mean() == pytest.approx(expected(coco, 0).mean(), abs=0.005)
    np.testing.assert_allclose(mask.average_precision, expected(coco, 0), atol=0.01)


SMALL_WH = (190, 150)


def small_row(rng: np.random.Generator) -> list[float]:
    """A label of 2 to 40 pixels: one outline, two parts, or one with a hole."""
    radius = rng.uniform(1, 20, 2)
    center = rng.uniform(radius, np.array(SMALL_WH) - radius)

    def ring(scale: float, at: Any) -> list[float]:
        angles = np.sort(rng.uniform(0, 2 * np.pi, rng.integers(5, 14)))
        turned = np.stack([np.cos(angles), np.sin(angles)], axis=1)
        points = at + turned * radius * scale * rng.uniform(0.8, 1, (len(angles), 1))
        return [float(value) for value in points.clip(0, SMALL_WH).reshape(-1)]

    kind = rng.integers(3)
    if kind == 0 or radius.min() < 6:
        return ring(1, center)
    if kind == 1:
        return flatten_polygons(
            [[ring(0.4, center - radius / 2)], [ring(0.4, center + radius / 2)]]
        )
    angles = np.linspace(0, 2 * np.pi, 12, endpoint=False)
    turned = np.stack([np.cos(angles), np.sin(angles)], axis=1) * radius
    return flatten_polygons(
        [[(center + turned).reshape(-1).tolist(), (center + turned * 0.4).reshape(-1).tolist()]]
    )


def whole_mask(row: list[float]) -> Any:
    """By pycocotools, of the whole image."""
    return mask_tools.decode(mask_tools.frPyObjects([row], SMALL_WH[1], SMALL_WH[0]))[:, :, 0]


def shoelace(row: list[float]) -> float:
    """Parts and holes turn opposite ways, and bridges enclose nothing."""
    x, y = np.array(row).reshape(-1, 2).T
    return abs(float(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1)))) / 2


def small_image(rng: np.random.Generator, *, count: int) -> tuple[dict[str, Any], Picture]:
    """Labels as rows of a label file, predictions as masks near them, as the engine measures."""
    rows = [small_row(rng) for _ in range(count)]
    label_class = rng.integers(0, CLASS_COUNT, count)
    masks, classes = [], []
    for row, index in zip(rows, label_class, strict=True):
        if rng.random() < 0.85:
            moved = np.roll(whole_mask(row), rng.integers(-2, 3, 2), axis=(0, 1))
            masks.append(cv2.dilate(moved, np.ones((2, 1 + rng.integers(3)), dtype=np.uint8)))
            classes.append(int(index if rng.random() < 0.9 else 0))
    masks += [whole_mask(small_row(rng)) for _ in range(3)]
    classes += rng.integers(0, CLASS_COUNT, 3).tolist()
    shape = (count, len(masks))
    confidence = np.sort(rng.random(len(masks)))[::-1].astype(np.float32)
    points = [np.array(row).reshape(-1, 2) for row in rows]
    native = measure_masks(
        labels=[paint_label(ring, size_wh=SMALL_WH) for ring in points],
        label_area=np.array([area_of_label(ring) for ring in points], dtype=np.float32),
        predictions={index: Crop(mask, 0, 0) for index, mask in enumerate(masks)},
        box_iou=np.ones(shape, dtype=np.float32),
        mask_iou=np.ones(shape, dtype=np.float32),
        is_shown=confidence >= 0.05,
        rough_area=np.zeros(len(masks), dtype=np.float32),
        label_row=np.arange(count),
        size_wh=SMALL_WH,
    )
    iou = native.iou.astype(np.float32)
    picture = Picture(
        record={"file_name": "", "width": 1, "height": 1, "labels": [], "predictions": []},
        label_class=label_class,
        prediction_class=np.array(classes, dtype=np.int64),
        confidence=confidence,
        box_iou=iou,
        mask_iou=iou,
        native=native,
    )
    return {
        "label_masks": np.array([whole_mask(row) for row in rows]),
        "label_area": [shoelace(row) for row in rows],
        "label_class": label_class,
        "masks": np.array(masks),
        "classes": np.array(classes),
        "confidence": confidence,
    }, picture


@pytest.mark.parametrize("seed", range(3))
def test_small_and_crowded_labels_of_parts_and_holes_equal_coco(seed: int) -> None:
    rng = np.random.default_rng(seed)
    images = [small_image(rng, count=int(count)) for count in (3, 8, 40, 90)]
    figures = figures_of([picture for _, picture in images])
    assert figures["sizes"] is not None
    areas = np.concatenate([truth["label_area"] for truth, _ in images])
    assert [row["labels"] for row in figures["sizes"]] == [
        (areas < 32**2).sum(),
        ((areas >= 32**2) & (areas < 96**2)).sum(),
        0,
    ]
    assert 0.05 < (figures["sizes"][0]["ap"] or 0) < 0.95
    compare(figures, coco_evaluate([truth for truth, _ in images]), atol=1e-9)


CATS = REAL_DATA / "feral-cats"


@pytest.mark.real_data
@pytest.mark.skipif(not CATS.is_dir(), reason=f"{CATS} is not there")
def test_real_polygons_at_full_size_equal_coco() -> None:
    """Photographs' own polygons as labels; as predictions the same, moved, of two classes."""
    rng = np.random.default_rng(3)
    split, images = [], []
    for file in sorted((CATS / "labels" / "val").glob("*.txt"))[:40]:
        rows = [np.array(row.split()[1:], dtype=float) for row in file.read_text().splitlines()]
        rings = [(row.reshape(-1, 2) * 640).round(2) for row in rows if len(row) >= 6]
        moved = [
            (ring + rng.normal(0, 4, 2) * (1 if rng.random() < 0.8 else 15)).clip(0, 640)
            for ring in rings
        ]
        confidence = np.sort(rng.random(len(moved)))[::-1].astype(np.float32)
        classes = (rng.random((2, len(rings))) < 0.3).astype(np.int64)
        images.append(painted_picture(rings, moved, classes, confidence))
        split.append(
            {
                "label_masks": np.array([paint_whole(ring) for ring in rings]).reshape(
                    -1, 640, 640
                ),
                "label_area": [shoelace(ring.reshape(-1).tolist()) for ring in rings],
                "label_class": classes[0],
                "masks": np.array([paint_whole(ring) for ring in moved]).reshape(-1, 640, 640),
                "classes": classes[1],
                "confidence": confidence,
            }
        )
    figures = figures_of(images)
    assert figures["coco"] is not None
    assert 0.1 < (figures["coco"]["ap"] or 0) < 0.9
    compare(figures, coco_evaluate(split), atol=1e-6)


def paint_whole(ring: Any) -> Any:
    return mask_tools.decode(mask_tools.frPyObjects([ring.reshape(-1).tolist()], 640, 640))[:, :, 0]


def painted_picture(labels: list[Any], moved: list[Any], classes: Any, confidence: Any) -> Picture:
    """As the engine measures it, from crops."""
    everything = np.ones((len(labels), len(moved)), dtype=np.float32)
    crops = [paint_label(ring, size_wh=(640, 640)) for ring in moved]
    return Picture(
        record={"file_name": "", "width": 640, "height": 640, "labels": [], "predictions": []},
        label_class=classes[0],
        prediction_class=classes[1],
        confidence=confidence,
        box_iou=everything,
        mask_iou=everything,
        native=measure_masks(
            labels=[paint_label(ring, size_wh=(640, 640)) for ring in labels],
            label_area=np.array([area_of_label(ring) for ring in labels], dtype=np.float32),
            predictions=dict(enumerate(crops)),
            box_iou=everything,
            mask_iou=everything,
            is_shown=confidence >= 0.05,
            rough_area=np.zeros(len(moved), dtype=np.float32),
            label_row=np.arange(len(labels)),
            size_wh=(640, 640),
        ),
    )
