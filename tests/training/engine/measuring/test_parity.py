"""Predicting, evaluating and every exported model see the same image the same way."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from training.engine.checkpoints.agreement import Agreement, match_shapes
from training.engine.checkpoints.export_formats import FORMATS, list_formats
from training.engine.protocol import FoundShape

from ..conftest import Trained
from ..harness import Answer, ask_engine
from ..ponds import draw_dataset

CONFIDENCE = 0.25
SIDE = 96
IOU = 0.7


def shape(item: dict[str, Any], polygon: str) -> FoundShape:
    return {
        "class_index": item["class_index"],
        "confidence": item["confidence"],
        "polygon": item[polygon],
    }


def evaluate(trained: Trained, data_yaml: Path, out: Path, **changes: Any) -> Answer:
    request = {
        "checkpoint": str(trained.checkpoint),
        "data_yaml": str(data_yaml),
        "split": "val",
        "imgsz": SIDE,
        "batch": 4,
        "device": "cpu",
        "out_dir": str(out),
        "config_dir": str(trained.folder / "config"),
        **changes,
    }
    answer = ask_engine("evaluate", request)
    assert answer.last["type"] == "finished", answer.log[-3000:]
    return answer


def evaluated(folder: Path) -> dict[str, list[FoundShape]]:
    records = map(json.loads, (folder / "images.jsonl").read_text().splitlines())
    return {
        record["file_name"]: [
            shape(item, "polygon")
            for item in record["predictions"]
            if item["confidence"] >= CONFIDENCE
        ]
        for record in records
    }


def predicted(trained: Trained, model: Path, files: list[Path]) -> dict[str, list[FoundShape]]:
    request = {
        "checkpoint": str(model),
        "images": [{"key": path.name, "path": str(path)} for path in files],
        "conf": CONFIDENCE,
        "iou": IOU,
        "imgsz": SIDE,
        "device": "cpu",
        "config_dir": str(trained.folder / "config"),
    }
    answer = ask_engine("predict", request)
    assert answer.last["type"] == "finished", answer.log[-3000:]
    return {
        event["key"]: [shape(item, "polygon_px") for item in event["instances"]]
        for event in answer.of_type("image")
    }


def compare(
    one: dict[str, list[FoundShape]], two: dict[str, list[FoundShape]]
) -> Iterator[tuple[str, Agreement]]:
    assert one.keys() == two.keys()
    for key, found in one.items():
        yield key, match_shapes(found, two[key])


def assert_same(
    one: dict[str, list[FoundShape]],
    two: dict[str, list[FoundShape]],
    *,
    iou: float,
    confidence: float,
) -> None:
    """The same instances: none more, none less, masks and confidences within the tolerance.

    One whose confidence is at the floor, within the tolerance, may be missing on one side.
    """
    assert sum(map(len, one.values())) > 0
    for key, agreement in compare(one, two):
        found = ({i for _, i, _ in agreement.pairs}, {j for _, _, j in agreement.pairs})
        for shapes, paired in zip((one[key], two[key]), found, strict=True):
            alone = [item for place, item in enumerate(shapes) if place not in paired]
            assert all(item["confidence"] <= CONFIDENCE + confidence for item in alone), key
        for overlap, i, j in agreement.pairs:
            assert overlap >= iou, key
            assert abs(one[key][i]["confidence"] - two[key][j]["confidence"]) <= confidence, key


@pytest.fixture(scope="module")
def square(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A val split of square images: no letterbox pads them, whatever ``rect`` says."""
    folder = tmp_path_factory.mktemp("square")
    return draw_dataset(folder / "set", counts={"train": 8, "val": 8}, size_wh=(SIDE, SIDE), seed=5)


def val_files(data_yaml: Path) -> list[Path]:
    return sorted((data_yaml.parent / "images" / "val").iterdir())


@pytest.mark.slow
def test_predicting_finds_what_evaluating_finds(
    trained: Trained, square: Path, tmp_path: Path
) -> None:
    evaluate(trained, square, tmp_path / "out", rect=False)
    assert_same(
        predicted(trained, trained.checkpoint, val_files(square)),
        evaluated(tmp_path / "out"),
        iou=0.995,
        confidence=0.001,
    )


AVAILABLE = [
    *("torchscript", "onnx", "onnx_fp16"),
    *(name for name in ("openvino", "ncnn", "tflite") if name in FORMATS),
]
# Formats of less precision; OpenVINO computes in bfloat16 where the processor has it.
TOLERANCE = {"onnx_fp16": (0.95, 0.02), "openvino": (0.9, 0.05), "ncnn": (0.9, 0.05)}


@pytest.mark.slow
@pytest.mark.parametrize("format", AVAILABLE)
def test_every_export_finds_what_the_checkpoint_finds_wherever_it_is_asked(
    trained: Trained, square: Path, tmp_path: Path, format: str
) -> None:
    reason = {item["format"]: item["reason"] for item in list_formats([])}[format]
    if reason:
        pytest.skip(reason)
    exported = ask_engine(
        "export",
        {
            "checkpoint": str(trained.checkpoint),
            "format": format,
            "imgsz": SIDE,
            "device": "cpu",
            "out_dir": str(tmp_path / "exports"),
            "data_yaml": str(square),
            "verify_images": [],
            "config_dir": str(trained.folder / "config"),
        },
    )
    assert exported.last["type"] == "finished", exported.log[-3000:]
    path = Path(exported.last["path"])
    answer = evaluate(trained, square, tmp_path / "out", exported=str(path))
    iou, confidence = TOLERANCE.get(format, (0.99, 0.005))
    files = val_files(square)
    of_checkpoint = predicted(trained, trained.checkpoint, files)
    of_export = predicted(trained, path, files)
    assert_same(of_checkpoint, of_export, iou=iou, confidence=confidence)
    assert_same(of_export, evaluated(tmp_path / "out"), iou=0.99, confidence=0.002)

    certificate = answer.last["certificate"]
    assert certificate["image_count"] == len(files)
    assert certificate["agreement"] >= iou
    one, two = certificate["checkpoint"], certificate["export"]
    assert abs(one["map50_95"] - two["map50_95"]) <= 0.03
    assert two["map50_95"] == pytest.approx(answer.last["mask"]["map50_95"], abs=1e-4)
    assert two["speed"]["inference_ms"] > 0
    worst = certificate["worst_image"]
    assert 0 <= worst["iou"] <= 1
    assert len(worst["checkpoint"]) == worst["matched"] + worst["missing"]
    assert len(worst["export"]) == worst["matched"] + worst["extra"]
    progress = answer.of_type("progress")
    assert progress[-1] == {"type": "progress", "done": 2 * len(files), "total": 2 * len(files)}
    assert not (tmp_path / "out" / "reference").exists()


@pytest.mark.slow
def test_eight_bits_are_calibrated_on_train_and_measured_like_all_others(
    trained: Trained, square: Path, tmp_path: Path
) -> None:
    request = {
        "checkpoint": str(trained.checkpoint),
        "format": "onnx_int8",
        "imgsz": SIDE,
        "device": "cpu",
        "out_dir": str(tmp_path / "exports"),
        "verify_images": [],
        "config_dir": str(trained.folder / "config"),
    }
    refused = ask_engine("export", request)
    assert (refused.code, refused.last["code"]) == (1, "bad_request")
    exported = ask_engine("export", {**request, "data_yaml": str(square)})
    assert exported.last["type"] == "finished", exported.log[-3000:]
    path = Path(exported.last["path"])
    assert path.stat().st_size < trained.checkpoint.stat().st_size
    answer = evaluate(trained, square, tmp_path / "out", exported=str(path))
    assert answer.last["certificate"]["export"]["size_bytes"] == path.stat().st_size
    assert 0 <= answer.last["certificate"]["agreement"] <= 1


def save_png16(pixels: np.ndarray, path: Path) -> None:
    cv2.imwrite(str(path), pixels[..., ::-1].astype(np.uint16) * 257)


def save_turned(pixels: np.ndarray, path: Path) -> None:
    """Stored a quarter turned, with the EXIF orientation that turns it back."""
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = Image.fromarray(np.ascontiguousarray(np.rot90(pixels)))
    turned.save(path, quality=95, subsampling=0, exif=exif)


def save_gray_alpha(pixels: np.ndarray, path: Path) -> None:
    Image.fromarray(pixels).convert("RGBA").save(path)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("suffix", "save"),
    [("png", save_png16), ("jpg", save_turned), ("png", save_gray_alpha)],
    ids=["16-bit", "exif", "alpha"],
)
def test_odd_files_are_read_alike(trained: Trained, tmp_path: Path, suffix: str, save: Any) -> None:
    data_yaml = draw_dataset(
        tmp_path / "set", counts={"train": 1, "val": 4}, size_wh=(SIDE, SIDE), seed=7
    )
    for path in val_files(data_yaml):
        pixels = np.asarray(Image.open(path).convert("RGB"))
        path.unlink()
        save(pixels, path.with_suffix(f".{suffix}"))
    evaluate(trained, data_yaml, tmp_path / "out", rect=False)
    assert_same(
        predicted(trained, trained.checkpoint, val_files(data_yaml)),
        evaluated(tmp_path / "out"),
        iou=0.995,
        confidence=0.001,
    )
