"""Small inputs drawn after public reports, each with what is right; the number is the report's."""

import unicodedata
from pathlib import Path

import pytest

from annotator.labels.formats.trees import Tree

from .reading import (
    BOAT,
    DUCK,
    NAMES,
    TWO,
    Files,
    Reading,
    as_folder,
    as_zip,
    list_unaccounted,
    read_all,
)

USUAL = f"train: images/train\nval: images/val\n{NAMES}"


@pytest.fixture(params=[as_folder, as_zip], ids=["folder", "zip"])
def read(request: pytest.FixtureRequest, tmp_path: Path):  # type: ignore[no-untyped-def]
    def read_files(files: Files) -> Reading:
        tree: Tree = request.param(tmp_path, files)
        reading = read_all(tree)
        assert list_unaccounted(tree, reading) == []
        return reading

    return read_files


def test_01_folders_in_capitals(read) -> None:  # type: ignore[no-untyped-def]
    files: Files = {"set/data.yaml": f"train: Train/Images\nval: Valid/Images\nnc: 2\n{NAMES}"}
    for number in range(6):
        folder = "Train" if number < 4 else "Valid"
        files[f"set/{folder}/Images/p{number}.jpg"] = b""
        files[f"set/{folder}/Labels/p{number}.txt"] = TWO if number < 4 else DUCK
    reading = read(files)
    assert len(reading.images) == 6
    assert reading.count_objects() == {"taken": 10, "repaired": 0, "refused": 0}
    assert reading.problems == []
    assert sorted(set(reading.splits.values())) == ["train", "val"]


@pytest.mark.parametrize(
    ("images", "labels", "suffix", "image_suffix"),
    [
        ("IMAGES/Train", "labels/train", "TXT", "JPG"),
        ("images/train", "LABELS/TRAIN", "Txt", "Jpeg"),
        ("Trainingset/imgs", "trainingset/Labels", "txt", "PNG"),
        ("train/img", "train/label", "txt", "jpg"),
        ("images_1", "labels_1", "txt", "jpg"),
        ("photos/a", "annotations_txt", "txt", "jpg"),
        ("train", "train/annotations", "txt", "jpg"),
    ],
)
def test_01_folders_and_suffixes_spelled_otherwise(  # type: ignore[no-untyped-def]
    read, images: str, labels: str, suffix: str, image_suffix: str
) -> None:
    files: Files = {"data.yaml": NAMES}
    for stem in "ab":
        files[f"{images}/{stem}.{image_suffix}"] = b""
        files[f"{labels}/{stem}.{suffix}"] = TWO
    reading = read(files)
    assert reading.count_objects() == {"taken": 4, "repaired": 0, "refused": 0}
    assert reading.problems == []


def test_04_names_composed_decomposed_and_in_percent(read) -> None:  # type: ignore[no-untyped-def]
    composed = "Capture_décran"
    decomposed = unicodedata.normalize("NFD", composed)
    assert composed != decomposed
    reading = read(
        {
            "data.yaml": f"train: images\n{NAMES}",
            f"images/{composed}_1.jpg": b"",
            f"labels/{decomposed}_1.txt": DUCK,
            f"images/{composed}_2.jpg": b"",
            "labels/Capture_d%C3%A9cran_2.txt": BOAT,
            "images/plain.jpg": b"",
            "labels/plain.txt": DUCK,
            "images/100%25 sure.jpg": b"",
            "labels/100% sure.txt": DUCK,
        }
    )
    assert len(reading.labels) == 4
    assert reading.problems == []


def test_04b_labels_beside_with_another_form(read) -> None:  # type: ignore[no-untyped-def]
    name = "décran"
    reading = read(
        {
            "classes.txt": "duck\nboat\n",
            f"{name}.jpg": b"",
            f"{unicodedata.normalize('NFD', name)}.txt": DUCK,
            "plain.jpg": b"",
            "plain.txt": DUCK,
        }
    )
    assert reading.classes == ["duck", "duck"]
    assert reading.problems == []


def test_06_labels_beside_the_images(read) -> None:  # type: ignore[no-untyped-def]
    reading = read(
        {
            "data.yaml": f"train: some\nval: another/images\n{NAMES}",
            "some/i1.jpg": b"",
            "some/i1.txt": DUCK,
            "another/images/i2.jpg": b"",
            "another/images/i2.txt": TWO,
        }
    )
    assert reading.count_objects()["taken"] == 3
    assert reading.splits == {"some/i1.jpg": "train", "another/images/i2.jpg": "val"}
    assert set(reading.names.values()) == {""}


def test_09_boxes_among_polygons(read) -> None:  # type: ignore[no-untyped-def]
    reading = read(
        {
            "data.yaml": USUAL,
            "images/train/m.jpg": b"",
            "labels/train/m.txt": DUCK + "1 0.5 0.5 0.2 0.2\n" + BOAT,
            "images/train/n.jpg": b"",
            "labels/train/n.txt": "0 0.5 0.5 0.2 0.2\n",
            "images/val/o.jpg": b"",
            "labels/val/o.txt": DUCK,
        }
    )
    assert reading.count_objects() == {"taken": 5, "repaired": 0, "refused": 0}
    boxes = [each for r in reading.labels.values() for each in r.objects if each.is_box]
    assert [each.polygons for each in boxes] == [
        [[[256.0, 192.0, 384.0, 192.0, 384.0, 288.0, 256.0, 288.0]]]
    ] * 2
    assert "2 rows are boxes" in reading.source.notes[0]
    kept = {path: read.yolo is not None for path, read in reading.labels.items()}
    assert kept == {
        "images/train/m.jpg": False,  # Ultralytics would strip the polygons of the whole split
        "images/train/n.jpg": False,
        "images/val/o.jpg": True,
    }


def test_12_rows_that_end_in_a_confidence(read) -> None:  # type: ignore[no-untyped-def]
    reading = read(
        {
            "data.yaml": USUAL,
            "images/train/c.jpg": b"",
            "labels/train/c.txt": "".join(f"{row} 0.87\n" for row in TWO.splitlines()),
            "images/val/d.jpg": b"",
            "labels/val/d.txt": f"{DUCK.strip()} 0.91\n",
        }
    )
    assert reading.count_objects() == {"taken": 0, "repaired": 3, "refused": 0}
    (first, _) = reading.labels["images/train/c.jpg"].objects
    assert first.polygons == [[[64.0, 48.0, 256.0, 72.0, 160.0, 288.0]]]
    assert any("confidence" in note for note in reading.source.notes)


def test_13_what_macos_adds(read) -> None:  # type: ignore[no-untyped-def]
    reading = read(
        {
            "My Set/.DS_Store": b"\0\1",
            "My Set/data.yaml": f"path: ../datasets/My Set\n{USUAL}",
            "__MACOSX/My Set/._data.yaml": b"\0",
            "__MACOSX/My Set/images/train/._k.jpg": b"\0",
            "My Set/images/train/k.jpg": b"",
            "My Set/images/train/._k.jpg": b"\0",
            "My Set/labels/train/k.txt": DUCK,
            "My Set/labels/train/._k.txt": b"\0",
            "My Set/images/val/l.jpg": b"",
            "My Set/labels/val/l.txt": BOAT,
            "My Set/labels/train.cache": b"\0",
            "My Set/backup/data.yaml": "names: [wrong]\ntrain: nowhere\n",
        }
    )
    assert reading.classes == ["boat", "duck"]
    assert reading.source.class_names == ["duck", "boat"]
    assert (reading.problems, reading.source.notes) == ([], [])


def test_14_forms_of_numbers(read) -> None:  # type: ignore[no-untyped-def]
    q = (
        "\ufeff0 1e-05 .1 4E-1 +0.15 0.25 6.0e-1\r\n1\t0.5\t0.5\t1.0000001\t0.52\t0.78\t0.85   \r\n"
        "\r\n0.0 -0.0 0.1 0.4 0.15 0.25 0.6\r\n0 0,1 0,1 0,4 0,15 0,25 0,6\r\n0 1 1 0 1 0 0\r\n"
        "00 0.1 0.7 0.2 0.7 0.2 0.9 0.1 0.7"
    )
    r = (
        "0 0.1 0.1 0.1 0.1 0.4 0.1 0.4 0.4 0.4 0.4\n0 0.1 0.1 0.4 0.4 0.4 0.1 0.1 0.4\n"
        "0 0.2 0.2 0.3 0.3 0.4 0.4\n1 nan 0.1 0.2 0.2 0.3 0.1\n-1 0.1 0.1 0.4 0.1 0.4 0.4\n"
        "2 0.1 0.1 0.4 0.1 0.4 0.4\n"
    )
    reading = read(
        {
            "data.yaml": f"train: images\n{NAMES}",
            "images/q.jpg": b"",
            "labels/q.txt": q,
            "images/r.jpg": b"",
            "labels/r.txt": r,
        }
    )
    assert reading.count_objects() == {"taken": 6, "repaired": 2, "refused": 4}
    told = {(row.outcome, row.line): row.reason for row in reading.rows}
    assert "clipped" in told[("repaired", 2)]
    assert "Decimal commas" in told[("repaired", 5)]
    assert "lie on one line" in told[("refused", 3)]
    assert "not a finite number" in told[("refused", 4)]
    assert "class -1" in told[("refused", 5)]
    assert "class 2" in told[("refused", 6)]
    first = reading.labels["images/q.jpg"].objects[0]
    assert first.polygons == [[[0.0064, 48.0, 256.0, 72.0, 160.0, 288.0]]]
    bow_tie = reading.labels["images/r.jpg"].objects[1]
    assert len(bow_tie.polygons[0][0]) == 8, "taken as it stands: it is filled by even and odd"


def test_16_every_kind_of_image_is_an_entry(read) -> None:  # type: ignore[no-untyped-def]
    names = ["cmyk.jpg", "t16.tif", "t32.tiff", "stereo.mpo", "pal.png", "zero.jpg", "p.webp"]
    files: Files = {"data.yaml": f"train: images\n{NAMES}"}
    for name in names:
        files[f"images/{name}"] = b"x"
        files[f"labels/{name.rpartition('.')[0]}.txt"] = DUCK
    reading = read(files)
    assert len(reading.labels) == len(names)
    assert reading.problems == []


@pytest.mark.parametrize("has_test", [True, False])
def test_18_a_split_that_the_yaml_names_and_nobody_has(read, has_test: bool) -> None:  # type: ignore[no-untyped-def]
    test = "test: ../test/images\n" if has_test else ""
    files: Files = {"data.yaml": f"train: ../train/images\nval: ../valid/images\n{test}{NAMES}"}
    for number in range(3):
        files[f"train/images/r{number}_jpg.rf.abc.jpg"] = b""
        files[f"train/labels/r{number}_jpg.rf.abc.txt"] = DUCK
    files |= {"valid/images/r3.jpg": b"", "valid/labels/r3.txt": ""}
    files |= {"README.roboflow.txt": "hello", "README.dataset.txt": "hello"}
    reading = read(files)
    assert len(reading.images) == 4
    assert reading.problems == []
    assert [("test/images" in note) for note in reading.source.notes] == [True] * has_test


def test_19_numbers_that_restart_in_each_split(read) -> None:  # type: ignore[no-untyped-def]
    files: Files = {
        "data.yaml": f"train: train/images\nval: valid/images\ntest: test/images\n{NAMES}"
    }
    for folder in ("train", "valid", "test"):
        for number in range(3):
            files[f"{folder}/images/000{number}.jpg"] = b""
            files[f"{folder}/labels/000{number}.txt"] = BOAT if folder == "valid" else DUCK
    reading = read(files)
    assert len(set(reading.names.values())) == 9
    assert reading.names["valid/images/0001.jpg"] == "valid/0001"
    assert sorted(reading.splits.values()) == ["test"] * 3 + ["train"] * 3 + ["val"] * 3
    assert {image.group for image in reading.images.values()} == {""}


def test_20_lists_with_paths_of_windows(read) -> None:  # type: ignore[no-untyped-def]
    there = "H:/datasets/robot/ImageSets"
    files: Files = {
        "ds/robot.yaml": f"train: {there}/train.txt\nval: {there}/val.txt\ntest: {there}/test.txt\n"
        "nc: 1\nnames: ['robot']\n",
        "ds/ImageSets/train.txt": "H:\\datasets\\robot\\images\\w0.jpg\r\n"
        "H:\\datasets\\robot\\images\\w1.jpg\r\n",
        "ds/ImageSets/val.txt": "./images/W2.jpg\n",
        "ds/ImageSets/test.txt": "\n",
    }
    for number in range(4):
        files[f"ds/images/w{number}.jpg"] = b""
        files[f"ds/labels/w{number}.txt"] = DUCK
    reading = read(files)
    assert reading.splits == {
        "ds/images/w0.jpg": "train",
        "ds/images/w1.jpg": "train",
        "ds/images/w2.jpg": "val",
    }
    assert reading.told == ["ds/images/w3.jpg", "ds/labels/w3.txt"]
    assert "none of the lists" in reading.problems[0].reason
    assert reading.count_objects() == {"taken": 3, "repaired": 0, "refused": 1}
    assert reading.count_images() == {"taken": 3, "refused": 1}


def test_23_two_labels_of_one_image(read) -> None:  # type: ignore[no-untyped-def]
    reading = read(
        {
            "data.yaml": USUAL,
            "images/train/z.jpg": b"",
            "labels/train/z.txt": DUCK,
            "images/train/z.txt": TWO,
            "images/val/y.jpg": b"",
            "labels/val/y.txt": DUCK,
        }
    )
    assert reading.images["images/train/z.jpg"].label == "labels/train/z.txt"
    (second,) = reading.problems
    assert (second.file, second.objects) == ("images/train/z.txt", 2)
    assert "labels/train/z.txt was used" in second.reason


def test_27_a_set_that_comes_back(read) -> None:  # type: ignore[no-untyped-def]
    files: Files = {"data.yaml": f"train: ../train/images\nval: ../valid/images\nnc: 2\n{NAMES}"}
    for number in range(3):
        files[f"train/images/r{number}.jpg"] = b""
        files[f"train/labels/r{number}.txt"] = TWO
    reading = read(files)
    assert reading.count_objects()["taken"] == 6


def test_28_two_sets_each_with_its_yaml(read) -> None:  # type: ignore[no-untyped-def]
    files: Files = {
        "all/ducks/data.yaml": USUAL,
        "all/harbour/data.yaml": USUAL.replace("[duck, boat]", "[boat, swan, duck]"),
    }
    for name in ("ducks", "harbour"):
        for number, split in enumerate(("train", "train", "val")):
            files[f"all/{name}/images/{split}/{number}.jpg"] = b""
            files[f"all/{name}/labels/{split}/{number}.txt"] = DUCK
    reading = read(files)
    assert reading.classes == ["boat"] * 3 + ["duck"] * 3
    assert reading.source.class_names == ["duck", "boat", "swan"]
    assert reading.names["all/harbour/images/train/0.jpg"] == "harbour/0"
    assert reading.images["all/harbour/images/train/0.jpg"].group == "harbour"
    assert sorted(reading.splits.values()) == ["train"] * 4 + ["val"] * 2
    kept = {path.split("/")[1] for path, r in reading.labels.items() if r.yolo is not None}
    assert kept == {"ducks"}, "the other's indexes mean something else here"


def test_33_a_val_split_of_background(read) -> None:  # type: ignore[no-untyped-def]
    files: Files = {"data.yaml": USUAL}
    for number in range(4):
        split, row = ("train", TWO) if number < 2 else ("val", "")
        files[f"images/{split}/{number}.png"] = b""
        files[f"labels/{split}/{number}.txt"] = row
    reading = read(files)
    assert len(reading.labels) == 4, "empty labels say that somebody looked"
    assert reading.count_objects()["taken"] == 4
    assert reading.problems == []
