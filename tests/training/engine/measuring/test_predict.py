"""Predictions of the trained model, against its labels and against Ultralytics' own masks."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from ..conftest import Trained
from ..harness import REPOSITORY, Answer, ask_engine, run_engine

pytestmark = pytest.mark.slow


def predict(trained: Trained, paths: list[Path], **changes: Any) -> Answer:
    request = {
        "checkpoint": str(trained.checkpoint),
        "images": [{"key": str(index), "path": str(path)} for index, path in enumerate(paths)],
        "conf": 0.1,
        "iou": 0.7,
        "imgsz": 128,  # 96 × 72 pixels become 128 × 96, not a square
        "device": "cpu",
        "config_dir": str(trained.folder / "config"),
        **changes,
    }
    if request["images"] is None:
        del request["images"]
    return ask_engine("predict", request)


def pictures(trained: Trained) -> list[Path]:
    return sorted((trained.data_yaml.parent / "images" / "val").iterdir())


@pytest.fixture(scope="module")
def answer(trained: Trained) -> Answer:
    return predict(trained, pictures(trained))


def test_every_picture_is_answered_in_order(trained: Trained, answer: Answer) -> None:
    images = answer.of_type("image")
    assert [event["key"] for event in images] == [str(index) for index in range(24)]
    assert all((event["width"], event["height"]) == (96, 72) for event in images)
    assert answer.last == {
        "type": "finished",
        "image_count": 24,
        "instance_count": sum(len(event["instances"]) for event in images),
        "failed_count": 0,
        "class_names": ["round", "square"],
    }
    assert answer.last["instance_count"] > 20


def test_instances_are_polygons_in_pixels(answer: Answer) -> None:
    for event in answer.of_type("image"):
        for instance in event["instances"]:
            xs, ys = instance["polygon_px"][0::2], instance["polygon_px"][1::2]
            assert len(xs) == len(ys) >= 3
            assert 0 <= min(xs) <= max(xs) <= 96
            assert 0 <= min(ys) <= max(ys) <= 72
            assert 0.1 <= instance["confidence"] <= 1
            assert instance["class_index"] in (0, 1)


def test_masks_equal_those_of_ultralytics(trained: Trained, answer: Answer) -> None:
    """``retina_masks`` paints at the picture's resolution, as polygons are traced."""
    program = (
        "import json, sys\n"
        "from training.engine.host.environment import prepare_environment\n"
        "prepare_environment(config_dir=sys.argv[2], device='cpu')\n"
        "from ultralytics import YOLO\n"
        "results = YOLO(sys.argv[1]).predict(sys.argv[4:], conf=0.1, iou=0.7, imgsz=128,\n"
        "    device='cpu', retina_masks=True, save=False, batch=1, stream=False)\n"
        "json.dump([{'boxes': r.boxes.data.tolist(),\n"
        "    'masks': r.masks.data.int().tolist() if r.masks else []} for r in results],\n"
        "    open(sys.argv[3], 'w'))\n"
    )
    out = trained.folder / "reference_predictions.json"
    paths = pictures(trained)
    subprocess.run(
        [
            sys.executable,
            "-c",
            program,
            trained.checkpoint,
            trained.folder / "config",
            out,
            *paths,
        ],
        check=True,
        capture_output=True,
        cwd=REPOSITORY,
    )
    ious = []
    for event, expected in zip(answer.of_type("image"), json.loads(out.read_text()), strict=True):
        masks = [np.array(mask, dtype=bool) for mask in expected["masks"]]
        kept = [index for index, mask in enumerate(masks) if mask.sum() > 8]
        boxes = np.array([instance["box_xyxy"] for instance in event["instances"]])
        for index in kept:
            *box, confidence, class_index = expected["boxes"][index]
            nearest = int(np.abs(boxes - box).max(axis=1).argmin())
            instance = event["instances"][nearest]
            assert instance["box_xyxy"] == pytest.approx(box, abs=0.01)
            assert instance["confidence"] == pytest.approx(confidence, abs=1e-4)
            assert instance["class_index"] == class_index
            canvas = np.zeros((72, 96), dtype=np.uint8)
            points = np.array(instance["polygon_px"]).reshape(-1, 2).astype(np.int32)
            painted = cv2.fillPoly(canvas, [points], 1).astype(bool)
            ious.append((painted & masks[index]).sum() / (painted | masks[index]).sum())
    assert len(ious) > 20
    assert np.median(ious) > 0.99
    assert min(ious) > 0.95


def test_a_picture_that_cannot_be_read_is_an_event_and_the_rest_goes_on(
    trained: Trained, tmp_path: Path
) -> None:
    empty, text, cut = tmp_path / "empty.png", tmp_path / "text.jpg", tmp_path / "cut.png"
    empty.write_bytes(b"")
    text.write_text("not a picture")
    whole = pictures(trained)[0]
    cut.write_bytes(whole.read_bytes()[:60])
    answer = predict(trained, [whole, empty, text, cut, tmp_path / "nowhere.png", whole])
    images = answer.of_type("image")
    assert [bool(event["error"]) for event in images] == [False, True, True, True, True, False]
    assert "cannot be read" in images[1]["error"]
    assert images[0]["instances"] == images[5]["instances"]
    assert answer.last["failed_count"] == 4
    assert answer.code == 0


def test_what_is_found_does_not_depend_on_the_neighbours(
    trained: Trained, tmp_path: Path, answer: Answer
) -> None:
    tall = tmp_path / "tall.png"
    first, second = pictures(trained)[:2]
    Image.open(first).transpose(Image.Transpose.ROTATE_90).save(tall)
    mixed = predict(trained, [first, tall, second], batch=8).of_type("image")
    alone = answer.of_type("image")
    for got, expected in ((mixed[0], alone[0]), (mixed[2], alone[1])):
        boxes = [instance["box_xyxy"] for instance in got["instances"]]
        assert np.allclose(boxes, [i["box_xyxy"] for i in expected["instances"]], atol=0.05)
    assert (mixed[1]["width"], mixed[1]["height"]) == (72, 96)


def test_greyscale_and_transparent_pictures_are_read(trained: Trained, tmp_path: Path) -> None:
    colour = cv2.imread(str(pictures(trained)[0]))
    grey, transparent = tmp_path / "grey.png", tmp_path / "transparent.png"
    cv2.imwrite(str(grey), cv2.cvtColor(colour, cv2.COLOR_BGR2GRAY))
    cv2.imwrite(str(transparent), cv2.cvtColor(colour, cv2.COLOR_BGR2BGRA))
    answer = predict(trained, [grey, transparent])
    assert [event["error"] for event in answer.of_type("image")] == ["", ""]


def test_a_list_in_a_file_is_answered_like_a_list_in_the_request(
    trained: Trained, tmp_path: Path, answer: Answer
) -> None:
    rows = [
        json.dumps({"key": str(index), "path": str(path)})
        for index, path in enumerate(pictures(trained))
    ]
    (tmp_path / "list").write_text("\n".join(rows))
    request = {"images": None, "images_file": str(tmp_path / "list")}
    streamed = predict(trained, [], **request)
    assert streamed.of_type("image") == answer.of_type("image")
    assert streamed.of_type("progress")[-1] == {"type": "progress", "done": 24, "total": 24}
    assert streamed.last == answer.last


@pytest.mark.parametrize(
    ("option", "given", "expected"),
    [
        ("conf", 0.4, 0.4),
        ("iou", 0.5, 0.5),
        ("imgsz", 96, 96),
        ("classes", [1], [1]),
        ("max_det", 3, 3),
        ("retina_masks", True, True),
        ("half", True, None),  # on a processor: said in a warning, and left out
    ],
)
def test_an_option_reaches_ultralytics_predictor(
    trained: Trained, option: str, given: Any, expected: Any
) -> None:
    from training.engine.measuring.predict import load_predictor

    plain: dict[str, Any] = {
        **{"checkpoint": str(trained.checkpoint), "conf": 0.1, "iou": 0.7, "imgsz": 128},
        **{"device": "cpu", "config_dir": str(trained.folder / "config")},
    }
    said: list[Any] = []
    arguments = {
        name: vars(load_predictor(request, said.append).args)  # type: ignore[arg-type]
        for name, request in (("plain", plain), ("given", {**plain, option: given}))
    }
    named = "quantize" if option == "half" else option
    found = arguments["given"][named]
    assert found == expected
    changed = {
        key for key in arguments["plain"] if arguments["plain"][key] != arguments["given"][key]
    }
    assert changed == (set() if option == "half" else {option})
    assert [event["type"] for event in said] == (["warning"] if option == "half" else [])


def test_classes_and_max_det_choose_among_what_is_found(trained: Trained, answer: Answer) -> None:
    squares = predict(trained, pictures(trained), classes=[1])
    found = [i for event in squares.of_type("image") for i in event["instances"]]
    expected = [i for event in answer.of_type("image") for i in event["instances"]]
    assert found == [i for i in expected if i["class_index"] == 1]
    best = predict(trained, pictures(trained), max_det=1)
    for one, all_of_it in zip(best.of_type("image"), answer.of_type("image"), strict=True):
        top = max((i["confidence"] for i in all_of_it["instances"]), default=None)
        assert [i["confidence"] for i in one["instances"]] == ([top] if top else [])


@pytest.mark.parametrize("size", ["auto", 96])
def test_an_image_no_larger_than_a_tile_is_predicted_as_without(
    trained: Trained, answer: Answer, size: Any
) -> None:
    tiled = predict(trained, pictures(trained), tile={"size": size, "overlap": 0.2})
    assert tiled.of_type("image") == answer.of_type("image")


def test_tiles_find_in_a_mosaic_what_is_found_in_its_images(
    trained: Trained, tmp_path: Path, answer: Answer
) -> None:
    """Four by four images side by side, looked at in tiles that cut across them."""
    mosaic = np.vstack(
        [
            np.hstack(
                [
                    np.array(Image.open(path).convert("RGB"))
                    for path in pictures(trained)[row : row + 4]
                ]
            )
            for row in (0, 4, 8, 12)
        ]
    )
    Image.fromarray(mosaic).save(tmp_path / "mosaic.png")
    tile = {"size": 96, "overlap": 0.4}
    (event,) = predict(trained, [tmp_path / "mosaic.png"], tile=tile).of_type("image")
    assert (event["width"], event["height"]) == (384, 288)
    boxes = np.array([instance["box_xyxy"] for instance in event["instances"]])
    found = sure = 0
    for number, alone in enumerate(answer.of_type("image")[:16]):
        for instance in alone["instances"]:
            if instance["confidence"] >= 0.6:
                sure += 1
                moved = np.array(instance["box_xyxy"]) + np.array([96, 72] * 2) * (
                    [number % 4, number // 4] * 2
                )
                found += bool((np.abs(boxes - moved).max(axis=1) <= 12).any())
    assert sure > 8
    assert found >= 0.8 * sure
    few = predict(trained, [tmp_path / "mosaic.png"], tile=tile, max_det=3).of_type("image")
    assert len(few[0]["instances"]) == 3


def test_half_on_a_processor_is_said_to_have_no_effect(trained: Trained, answer: Answer) -> None:
    half = predict(trained, pictures(trained), half=True)
    assert [event["message"] for event in half.of_type("warning")] == [
        "Half precision (half) has no effect: only a GPU computes with it."
    ]
    assert half.of_type("image") == answer.of_type("image")


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"augment": True}, "no test-time augmentation"),
        ({"classes": [2]}, "class 2, which the model does not have"),
        ({"classes": []}, "no class"),
        ({"max_det": 0}, "max_det has to be at least 1"),
        ({"conf": 1.5}, "conf has to be between 0 and 1"),
        ({"imgsz": 0}, "imgsz has to be between 32"),
        ({"tile": {"size": 8, "overlap": 0.2}}, "A tile has a size"),
        ({"images": [], "images_file": "list"}, "either images or images_file"),
    ],
)
def test_what_cannot_be_done_is_refused_with_a_sentence(
    trained: Trained, options: dict[str, Any], says: str
) -> None:
    answer = predict(trained, pictures(trained)[:1], **options)
    assert (answer.code, answer.last["code"]) == (1, "bad_request"), answer.log[-2000:]
    assert says in answer.last["message"]
    assert answer.last["hint"]


def test_an_exported_model_finds_what_its_checkpoint_finds(
    trained: Trained, tmp_path: Path
) -> None:
    exported = ask_engine(
        "export",
        {
            "checkpoint": str(trained.checkpoint),
            "format": "onnx",
            "imgsz": 96,
            "device": "cpu",
            "out_dir": str(tmp_path),
            "verify_images": [],
            "config_dir": str(trained.folder / "config"),
        },
    )
    by_export = predict(trained, pictures(trained), checkpoint=exported.last["path"], batch=4)
    assert by_export.last["class_names"] == ["round", "square"]
    assert by_export.last["image_count"] == 24
    by_checkpoint = predict(trained, pictures(trained), imgsz=96)
    count = by_checkpoint.last["instance_count"]
    assert by_export.last["instance_count"] == pytest.approx(count, rel=0.1)


@pytest.mark.parametrize("name", ["gone.onnx", "text.onnx"])
def test_an_exported_model_that_cannot_be_loaded_is_refused(
    trained: Trained, tmp_path: Path, name: str
) -> None:
    (tmp_path / "text.onnx").write_text("no model")
    answer = predict(trained, pictures(trained)[:1], checkpoint=str(tmp_path / name))
    assert answer.last["code"] == "checkpoint_unreadable", answer.log[-2000:]


def test_no_pictures_at_all(trained: Trained) -> None:
    answer = predict(trained, [])
    assert answer.last["image_count"] == 0


def test_devices_lists_the_processor_first() -> None:
    answer = run_engine("devices", {"arguments": True})
    devices, arguments = answer.events
    assert [devices["type"], arguments["type"]] == ["devices", "arguments"]
    assert "mosaic" in {argument["name"] for argument in arguments["arguments"]}
    device = devices["devices"][0]
    assert (device["id"], device["kind"]) == ("cpu", "cpu")
    assert device["name"]
    assert 0 < device["memory_free_mb"] <= device["memory_total_mb"]
    assert devices["torch"]


def ask(command: str, request_text: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "training.engine", command],
        input=request_text,
        capture_output=True,
        text=True,
        cwd=REPOSITORY,
        check=False,
    )


def test_a_command_that_is_none_is_answered_with_those_that_are() -> None:
    done = ask("fly", "{}")
    assert done.returncode == 2
    assert "predict" in done.stderr


@pytest.mark.parametrize("request_text", ["{]", "{}"])
def test_a_request_that_makes_no_sense_is_answered(request_text: str) -> None:
    done = ask("predict", request_text)
    assert done.returncode == 1
    assert json.loads(done.stdout.splitlines()[-1])["code"] == "bad_request"
