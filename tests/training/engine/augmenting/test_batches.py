"""Train batches to look at: Ultralytics' own, with the masks that the loss sees, and no traces."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from tests.training.engine.harness import ask_engine
from tests.training.engine.ponds import CLASS_NAMES, draw_dataset

STILL = {
    **{"mosaic": 0.0, "scale": 0.0, "translate": 0.0, "fliplr": 0.0},
    **{"hsv_h": 0.0, "hsv_s": 0.0, "hsv_v": 0.0},
}
"""Arguments that leave an image as it is."""


@pytest.fixture
def data_yaml(tmp_path: Path) -> Path:
    return draw_dataset(tmp_path / "dataset", counts={"train": 12, "val": 2, "test": 1})


def show(data_yaml: Path, **changes: Any) -> dict[str, Any]:
    out = data_yaml.parent.parent / "out"
    request = {
        **{"data_yaml": str(data_yaml), "epochs": 20, "imgsz": 160, "batch": 4, "seed": 0},
        **{"batches": 3, "out_dir": str(out), "arguments": {}, **changes},
    }
    answer = ask_engine("batches", request)
    assert answer.last["type"] == "finished", answer.last
    assert not [path for path in out.iterdir() if path.is_dir()]
    return answer.last


def images_of(told: dict[str, Any]) -> list[dict[str, Any]]:
    return [image for batch in told["batches"] for image in batch["images"]]


def listing(folder: Path) -> list[tuple[str, int, float]]:
    return sorted(
        (str(path), path.stat().st_size, path.stat().st_mtime) for path in folder.rglob("*")
    )


@pytest.mark.parametrize("overlap_mask", [True, False])
def test_objects_lie_where_they_are_drawn(data_yaml: Path, overlap_mask: bool) -> None:
    arguments = {**STILL, "overlap_mask": overlap_mask, "mask_ratio": 1}
    told = show(data_yaml, arguments=arguments, batches=1)
    found = set()
    for image in images_of(told):
        pixels = cv2.imread(str(data_yaml.parent.parent / "out" / image["name"]))
        assert pixels is not None
        assert pixels.shape[:2] == (image["height"], image["width"]) == (160, 160)
        rows = (data_yaml.parent / "labels/train" / image["source"]).with_suffix(".txt")
        assert image["labels"] == len(rows.read_text().splitlines())
        for item in image["objects"]:
            mask = np.zeros((160, 160), np.uint8)
            ring = np.array(item["polygon_px"]).reshape(-1, 2)
            cv2.fillPoly(mask, [ring.round().astype(np.int32)], 1)
            blue, green, red = pixels[mask > 0].mean(axis=0)
            # Round ones are drawn in red, squares in green (ponds.py).
            expected = red > green if item["class_index"] == 0 else green > red
            assert expected, (image["name"], item["class_index"], blue, green, red)
            found.add(item["class_index"])
    assert found == {0, 1}


def test_arguments_are_those_of_the_run(data_yaml: Path) -> None:
    folder = data_yaml.parent.parent / "out"
    still = show(data_yaml, arguments=STILL, batches=1)
    plain = [(folder / image["name"]).read_bytes() for image in images_of(still)]
    again = show(data_yaml, arguments=STILL, batches=1)
    assert [(folder / image["name"]).read_bytes() for image in images_of(again)] == plain
    mosaic = show(data_yaml, arguments={**STILL, "mosaic": 1.0}, batches=1)
    assert [(folder / image["name"]).read_bytes() for image in images_of(mosaic)] != plain
    objects = [sum(image["labels"] for image in images_of(told)) for told in (still, mosaic)]
    assert objects[1] > objects[0]  # four images in one
    sizes = show(data_yaml, arguments={**STILL, "multi_scale": 0.5}, batches=3)
    assert {image["width"] for image in images_of(sizes)} - {160}


@pytest.mark.parametrize(
    ("epochs", "spans"),
    [
        (20, [(1, 10, False), (1, 10, False), (11, 20, True)]),
        # Ultralytics trains no epoch with mosaic where close_mosaic (10) is the whole run.
        (10, [(1, 10, True)] * 3),
        (3, [(1, 3, True)] * 3),
    ],
)
def test_the_last_epochs_are_shown_without_mosaic(
    data_yaml: Path, epochs: int, spans: list[tuple[int, int, bool]]
) -> None:
    told = show(data_yaml, epochs=epochs)
    assert [
        (batch["first_epoch"], batch["last_epoch"], batch["is_closing"])
        for batch in told["batches"]
    ] == spans


def test_no_closing_batch_without_close_mosaic(data_yaml: Path) -> None:
    told = show(data_yaml, arguments={"close_mosaic": 0}, batches=2)
    assert [batch["is_closing"] for batch in told["batches"]] == [False, False]


def test_class_weights_are_those_of_ultralytics(data_yaml: Path) -> None:
    assert show(data_yaml, batches=1)["class_weights"] == []
    told = show(data_yaml, arguments={"cls_pw": 1.0}, batches=1)["class_weights"]
    labels = (data_yaml.parent / "labels/train").glob("*.txt")
    rows = [line.split()[0] for path in labels for line in path.read_text().splitlines()]
    counts = np.array([rows.count("0"), rows.count("1")])
    weights = (1 / counts) / (1 / counts).mean()
    assert [item["objects"] for item in told] == counts.tolist()
    assert [item["weight"] for item in told] == pytest.approx(weights.tolist(), abs=1e-3)
    assert len(CLASS_NAMES) == len(told)


def test_nothing_of_the_dataset_is_touched(data_yaml: Path) -> None:
    """Ultralytics would write label caches, and restore a JPEG with an odd end in its place."""
    images = data_yaml.parent / "images/train"
    first = sorted(images.iterdir())[0]
    pixels = cv2.imread(str(first))
    assert pixels is not None
    first.unlink()
    encoded = cv2.imencode(".jpg", pixels)[1].tobytes()
    (images / "odd.jpg").write_bytes(encoded + b"\0\0")
    label = data_yaml.parent / "labels/train" / f"{first.stem}.txt"
    label.rename(label.with_stem("odd"))
    before = listing(data_yaml.parent)
    told = show(data_yaml, batch=12, batches=1)
    assert "odd.jpg" in {image["source"] for image in images_of(told)}
    assert listing(data_yaml.parent) == before


def test_what_cannot_be_read_is_a_sentence(data_yaml: Path) -> None:
    out = str(data_yaml.parent.parent / "out")
    request = {
        **{"data_yaml": str(data_yaml), "epochs": 2, "imgsz": 64, "batch": 4, "seed": 0},
        **{"batches": 1, "out_dir": out, "arguments": {"mosaik": 1.0}},
    }
    assert ask_engine("batches", request).last["code"] == "bad_argument"
    for label in (data_yaml.parent / "labels/train").iterdir():
        label.unlink()
    failed = ask_engine("batches", {**request, "arguments": {}}).last
    assert (failed["type"], failed["code"]) == ("failed", "data_unreadable")
