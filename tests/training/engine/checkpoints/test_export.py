"""A checkpoint in other formats, which have to find what the checkpoint finds."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import onnx
import pytest

from training.engine.checkpoints.agreement import Found, compare_predictions
from training.engine.protocol import PredictedInstance

from ..conftest import Trained
from ..harness import Answer, ask_engine


def export(trained: Trained, out_dir: Path, **changes: Any) -> Answer:
    pictures = sorted((trained.folder / "dataset" / "images" / "val").iterdir())[:6]
    request = {
        "checkpoint": str(trained.checkpoint),
        "format": "torchscript",
        "imgsz": 96,
        "device": "cpu",
        "out_dir": str(out_dir),
        "verify_images": [{"key": path.name, "path": str(path)} for path in pictures],
        "config_dir": str(trained.folder / "config"),
        **changes,
    }
    return ask_engine("export", request)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("format", "name"), [("torchscript", "best.torchscript"), ("onnx", "best.onnx")]
)
def test_an_export_finds_what_the_checkpoint_finds(
    trained: Trained, tmp_path: Path, format: str, name: str
) -> None:
    before = {path.name for path in trained.checkpoint.parent.iterdir()}
    answer = export(trained, tmp_path / "exports", format=format)
    assert answer.last["type"] == "finished", answer.log[-3000:]
    assert answer.last["format"] == format
    path = Path(answer.last["path"])
    assert path == tmp_path / "exports" / name
    assert path.stat().st_size == answer.last["size_bytes"] > 1_000_000
    verified = answer.last["verified"]
    assert verified["image_count"] == 6
    assert (verified["missing"], verified["extra"]) == (0, 0)
    assert verified["mean_mask_iou"] >= verified["worst_mask_iou"] > 0.98
    assert verified["max_confidence_difference"] < 0.01
    assert [path.name for path in (tmp_path / "exports").iterdir()] == [name]
    assert {path.name for path in trained.checkpoint.parent.iterdir()} == before


@pytest.mark.slow
def test_an_export_takes_one_image_at_a_time(trained: Trained, tmp_path: Path) -> None:
    answer = export(trained, tmp_path, format="onnx")
    model = onnx.load(answer.last["path"])
    assert model.graph.input[0].type.tensor_type.shape.dim[0].dim_value == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("format", "module", "says"),
    [
        ("openvino", "openvino", "needs openvino"),
        ("tflite", "litert_torch", "litert-torch"),
        ("coreml", "coremltools", "coremltools"),
        ("engine", "", "on that GPU"),
        ("floppy", "", "no export to 'floppy'"),
    ],
)
def test_what_cannot_be_exported_here_says_what_is_missing(
    trained: Trained, tmp_path: Path, format: str, module: str, says: str
) -> None:
    if module and find_spec(module):
        pytest.skip(f"{module} is installed here")
    answer = export(trained, tmp_path / "exports", format=format)
    assert (answer.code, answer.last["code"]) == (1, "bad_request"), answer.log[-3000:]
    assert says in answer.last["message"]
    assert answer.last["hint"]
    assert not (tmp_path / "exports").exists()


def square(left: float, *, confidence: float = 0.9, class_index: int = 0) -> PredictedInstance:
    """A square of 20 pixels whose left side is at ``left``."""
    right = left + 20
    return {
        "class_index": class_index,
        "confidence": confidence,
        "polygon_px": [left, 10, right, 10, right, 30, left, 30],
        "box_xyxy": [left, 10, right, 30],
    }


def test_agreement_counts_what_moved_changed_class_or_went() -> None:
    before = [
        Found((100, 50), [square(10), square(60, confidence=0.8)]),
        Found((100, 50), [square(10, class_index=1)]),
    ]
    after = [
        Found((100, 50), [square(62, confidence=0.7), square(10)]),
        Found((100, 50), [square(10), square(70)]),
    ]
    verified = compare_predictions(before, after)
    assert verified["image_count"] == 2
    assert (verified["matched"], verified["missing"], verified["extra"]) == (2, 1, 2)
    assert verified["worst_mask_iou"] == pytest.approx(19 / 23, abs=1e-4)
    assert verified["mean_mask_iou"] == pytest.approx((1 + 19 / 23) / 2, abs=1e-4)
    assert verified["max_confidence_difference"] == pytest.approx(0.1)


def test_nothing_found_by_both_is_agreement() -> None:
    verified = compare_predictions([Found((10, 10), [])], [Found((10, 10), [])])
    assert verified == {
        "image_count": 1,
        "matched": 0,
        "mean_mask_iou": 1.0,
        "worst_mask_iou": 1.0,
        "max_confidence_difference": 0.0,
        "missing": 0,
        "extra": 0,
    }
