"""Rows as other programs write them: understood where the whole set tells how, else named."""

import math
from pathlib import Path

import pytest

from annotator.labels.formats.base import FoundImage
from annotator.labels.formats.trees import TreeError
from tests.annotator.sources import picture_bytes

from ..reading import MemoryTree, Reading, as_bytes, read_all

P = "0.1 0.1 0.4 0.15 0.25 0.6"
Q = "0.5 0.5 0.8 0.52 0.78 0.85 0.52 0.9"
CIRCLE = " ".join(
    f"{0.5 + 0.2 * math.cos(step * math.pi / 8):.4f} {0.3 + 0.2 * math.sin(step * math.pi / 8):.4f}"
    for step in range(16)
)


def read_set(
    rows: str | bytes, *, count: int = 3, size_wh: tuple[int, int] = (64, 48), names: str = ""
) -> Reading:
    """A set whose every label is the same."""
    files: dict[str, bytes | str] = {"data.yaml": names or "names: [duck, boat]\n"}
    for number in range(count):
        image = picture_bytes(number, size_wh=size_wh)
        files[f"images/train/{number}.png"] = image
        files[f"labels/train/{number}.txt"] = rows
    return read_all(MemoryTree(as_bytes(files)))


def reasons(reading: Reading) -> set[str]:
    return {row.reason for row in reading.rows}


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        (f"0 {CIRCLE} 0.9\n1 {CIRCLE} 0.31\n", "The confidence at its end was left out."),
        (f"0 0.9 {CIRCLE}\n1 0.31 {CIRCLE}\n", "The confidence before its points was left out."),
        (f"0 {P} 12\n1 {Q} 13\n", "The number of a track at its end was left out."),
        (
            f"0 {P} 0.9 12\n1 {Q} 0.8 1\n",
            "The confidence and the number of a track at its end was left out.",
        ),
        (f"duck {P}\nboat {Q}\n", "Its class was given by name."),
        (
            f"0 [{P}]\n1 ({Q})\n",
            "Commas, brackets or quotes around the numbers were read as spaces.",
        ),
        (f"0 {P} # a duck\n1 {Q} # a boat\n", "The remark at its end was left out."),
        (
            "0 10 10 40 15 25 60\n1 50 50 80 52 78 85\n",
            "Coordinates in percent were divided by 100.",
        ),
        (
            "0 6 4 25 7 16 28\n1 30 20 50 22 50 40\n",
            "Coordinates in pixels were divided by the size of the image.",
        ),
    ],
)
def test_a_style_of_the_whole_set_is_read_and_said(rows: str, reason: str) -> None:
    reading = read_set(rows)
    assert reading.count_objects() == {"taken": 0, "repaired": 6, "refused": 0}
    assert reading.classes == ["boat"] * 3 + ["duck"] * 3
    assert reasons(reading) == {reason}


def test_a_confidence_before_the_points_moves_no_point() -> None:
    plain, moved = read_set(f"0 {CIRCLE}\n"), read_set(f"0 0.9 {CIRCLE}\n")
    assert [each.objects for each in plain.labels.values()] == [
        each.objects for each in moved.labels.values()
    ]


def test_boxes_of_two_corners_are_told_from_a_middle_and_a_size() -> None:
    reading = read_set("0 0.1 0.1 0.9 0.95\n1 0.5 0.5 0.9 0.8\n")
    (polygon,) = next(iter(reading.labels.values())).objects[0].polygons
    assert polygon == [[64.0, 48.0, 576.0, 48.0, 576.0, 456.0, 64.0, 456.0]]
    assert reasons(reading) == {"The box was read as two corners."}
    middle = read_set("0 0.5 0.5 0.2 0.2\n1 0.95 0.5 0.2 0.2\n")
    assert reasons(middle) == {"The part of the box outside the image was cut off."}


@pytest.mark.parametrize("size_wh", [(640, 480), (200, 180)])
def test_pixels_and_percent_are_told_apart_by_the_images(size_wh: tuple[int, int]) -> None:
    """What fits both is taken as neither."""
    clear = read_set("0 160 140 120 7 16 128\n", size_wh=size_wh)
    assert clear.count_objects()["repaired"] == 3
    unclear = read_set("0 60 40 20 7 16 28\n", size_wh=size_wh)
    assert unclear.count_objects() == {"taken": 0, "repaired": 0, "refused": 3}
    assert all("in pixels or in percent" in each for each in reasons(unclear))


@pytest.mark.parametrize(
    "rows",
    [
        f"0 {P}\r1 {Q}\n0 {Q}\r\n",
        f"0 {P}\f1 {Q}\f0 {Q}",
        f"0 {P}\u20281 {Q}\u20280 {Q}",
        f"0 {P}\n1 {Q}\n0 {Q}\x1a",
        f"0 {P}\n\0\n1 {Q}\n0 {Q}\n\0\0\0",
        f"# class x y\n0 {P}\n1 {Q}\n0 {Q}\n",
        f"class x1 y1 x2 y2 x3 y3\n0 {P}\n1 {Q}\n0 {Q}\n",
        f"0: {P}\n1: {Q}\n0: {Q}\n",
        f"0 {P}\n1 {Q}\n0 {Q}\n".encode("utf-16"),
        f"0 {P}\n1 {Q}\n0 {Q}\n".encode("utf-16-le"),
        f"0 {P}\n1 {Q}\n0 {Q}\n".encode("utf-32"),
        f"0 {P}\n1 {Q}\n0 {Q}\n# \xe9\n".encode("latin-1"),
    ],
)
def test_every_row_is_one_object_however_rows_end(rows: str | bytes) -> None:
    reading = read_set(rows)
    assert reading.count_objects() == {"taken": 9, "repaired": 0, "refused": 0}
    assert reading.classes.count("boat") == 3


@pytest.mark.parametrize(
    ("data", "reason", "objects"),
    [
        (b"\0" * 100, "zero bytes alone", 1),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:a\nsize 9\n", "git lfs pull", 1),
        (b"\x01\x02\x03\x04garbage", "not text", 1),
    ],
)
def test_a_file_that_is_none_is_named(data: bytes, reason: str, objects: int) -> None:
    files: dict[str, bytes | str] = {
        "images/train/a.jpg": b"",
        "images/train/b.jpg": b"",
        "labels/train/a.txt": data,
        "labels/train/b.txt": f"0 {P}\n",
    }
    reading = read_all(MemoryTree(as_bytes(files)))
    assert reading.count_objects() == {"taken": 1, "repaired": 0, "refused": objects}
    assert [reason in row.reason for row in reading.rows] == [True]


@pytest.mark.parametrize(
    ("row", "kind"),
    [
        ("0 0.5 0.5 0.4 0.4 " + "0.5 0.5 1 " * 5, "poses"),
        ("imagesource:GoogleEarth\ngsd:0.1\n10 10 40 15 25 30 5 20 duck 0", "DOTA"),
        (
            "Car 0.00 0 -1.58 587.01 173.33 614.12 200.12 1.65 1.67 3.64 -0.65 1.71 46.70 -1.59",
            "KITTI",
        ),
    ],
)
def test_sets_of_other_kinds_end_it_by_name(row: str, kind: str) -> None:
    with pytest.raises(TreeError, match=kind):
        read_all(
            MemoryTree(
                as_bytes(
                    {
                        **{f"images/{each}.jpg": b"" for each in "abc"},
                        **{f"labels/{each}.txt": f"{row}\n" for each in "abc"},
                    }
                )
            ),
            format="yolo",
        )


def test_classes_that_seem_to_count_from_one_are_said() -> None:
    notes = read_set(f"1 {P}\n2 {Q}\n").source.notes
    assert any("may count classes from 1" in note for note in notes)


def test_labels_without_images_are_for_images_that_are_here(tmp_path: Path) -> None:
    files: dict[str, bytes | str] = {
        "data.yaml": "names: [duck, boat]\ntrain: images/train\nval: images/val\n",
        "labels/train/cam1/0001.txt": f"0 {P}\n",
        "labels/train/cam1/0002.txt": "",
        "labels/val/0003.txt": f"1 {Q}\n",
        "README.md": "corrected",
        "log.txt": "epoch 1",
    }
    reading = read_all(MemoryTree(as_bytes(files)))
    assert reading.count_objects() == {"taken": 2, "repaired": 0, "refused": 0}
    entries = [each for each in reading.source.entries() if isinstance(each, FoundImage)]
    assert [(each.path, each.name, each.label) for each in entries] == [
        ("", "cam1/0001", "labels/train/cam1/0001.txt"),
        ("", "cam1/0002", "labels/train/cam1/0002.txt"),
        ("", "0003", "labels/val/0003.txt"),
    ]
    assert reading.told == ["log.txt"]
