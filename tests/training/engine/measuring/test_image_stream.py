"""The images of a request: read from a list as they are needed, decoded a few ahead."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from training.engine.measuring import image_stream
from training.engine.measuring.image_stream import (
    Decoded,
    batches_of_one_size,
    count_images,
    decode_ahead,
    requested_images,
)
from training.engine.protocol import EngineError
from training.engine.requests import PredictImage


def request(**changes: Any) -> Any:
    return {
        "checkpoint": "best.pt",
        "conf": 0.1,
        "iou": 0.7,
        "imgsz": 64,
        "device": "cpu",
    } | changes


def write_list(path: Path, *lines: object) -> str:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return str(path)


def image_file(path: Path, *, size: tuple[int, int] = (8, 6)) -> PredictImage:
    Image.new("RGB", size, "red").save(path)
    return {"key": path.stem, "path": str(path)}


def test_a_list_is_read_line_by_line(tmp_path: Path) -> None:
    path = tmp_path / "list"
    path.write_text('{"key": "a", "path": "a.png"}\n\nnot JSON\n')
    images = requested_images(request(images_file=str(path)))
    assert next(images) == {"key": "a", "path": "a.png"}
    with pytest.raises(EngineError, match=r"Line 3 of the list .* is not JSON"):
        next(images)


@pytest.mark.parametrize(
    "line", [[], {}, {"key": "a"}, {"key": 1, "path": "a"}, {"key": "a", "path": "a", "size": 3}]
)
def test_a_line_that_is_no_image_is_refused(tmp_path: Path, line: object) -> None:
    with pytest.raises(EngineError, match=r"Line 1 .* is not an object of key and path"):
        list(requested_images(request(images_file=write_list(tmp_path / "list", line))))


def test_images_and_a_file_of_them_exclude_each_other(tmp_path: Path) -> None:
    for wrong in ({}, {"images": [], "images_file": write_list(tmp_path / "list")}):
        with pytest.raises(EngineError, match="either images or images_file"):
            requested_images(request(**wrong))
    with pytest.raises(EngineError, match="does not exist"):
        requested_images(request(images_file=str(tmp_path / "nowhere")))


def test_images_are_counted_where_the_request_does_not_say(tmp_path: Path) -> None:
    row = {"key": "a", "path": "a.png"}
    path = write_list(tmp_path / "list", row, row, row)
    assert count_images(request(images_file=path)) == 3
    assert count_images(request(images_file=path, total=7)) == 7
    assert count_images(request(images=[row])) == 1


def test_a_list_without_end_is_asked_for_a_few_images_only(tmp_path: Path) -> None:
    image = image_file(tmp_path / "a.png")
    asked = 0

    def endless() -> Iterator[PredictImage]:
        nonlocal asked
        while True:
            asked += 1
            yield image

    images = decode_ahead(endless(), count=3)
    for _ in range(20):
        assert next(images).pixels is not None
    assert asked <= 20 + 3 + 1


def test_large_images_wait_until_they_are_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(image_stream, "_BYTES_AHEAD", 8 * 6 * 3 * 2)
    images = [image_file(tmp_path / f"{number}.png") for number in range(6)]
    decoded: list[str] = []
    read = image_stream.read_picture

    def read_and_note(path: str) -> Any:
        decoded.append(path)
        return read(path)

    monkeypatch.setattr(image_stream, "read_picture", read_and_note)
    stream = decode_ahead(iter(images), count=6)
    assert next(stream).image["key"] == "0"
    assert len(decoded) <= 2
    assert [item.image["key"] for item in stream] == ["1", "2", "3", "4", "5"]
    assert len(decoded) == 6


def test_a_file_that_is_no_image_has_no_pixels(tmp_path: Path) -> None:
    (tmp_path / "text.png").write_text("no image")
    rows: list[PredictImage] = [
        image_file(tmp_path / "a.png"),
        {"key": "text", "path": str(tmp_path / "text.png")},
        {"key": "nowhere", "path": str(tmp_path / "nowhere.png")},
        image_file(tmp_path / "b.png"),
    ]
    answers = [
        (item.image["key"], item.pixels is None) for item in decode_ahead(iter(rows), count=2)
    ]
    assert answers == [("a", False), ("text", True), ("nowhere", True), ("b", False)]


def test_batches_hold_images_of_one_size() -> None:
    sizes = [(4, 4), (4, 4), (4, 4), (4, 8), (4, 4)]
    images = [
        Decoded({"key": str(index), "path": ""}, np.zeros((*size, 3), dtype=np.uint8))
        for index, size in enumerate(sizes)
    ]
    batches = batches_of_one_size(iter(images), 2)
    assert [[item.image["key"] for item in batch] for batch in batches] == [
        ["0", "1"],
        ["2"],
        ["3"],
        ["4"],
    ]
