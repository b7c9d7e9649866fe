"""Layouts of YOLO sets as people have them: what is paired, what is told, what it is called."""

from pathlib import Path

import pytest

from annotator.labels.formats.trees import TreeError

from ..reading import (
    BOAT,
    DUCK,
    NAMES,
    TWO,
    Files,
    Reading,
    as_folder,
    list_unaccounted,
    png_bytes,
    read_all,
)


def read(root: Path, files: Files) -> Reading:
    tree = as_folder(root, files)
    reading = read_all(tree, format="yolo")
    assert list_unaccounted(tree, reading) == []
    return reading


# --- labels elsewhere ---------------------------------------------------------------------------


def test_labels_elsewhere_are_paired_where_it_is_certain(tmp_path: Path) -> None:
    reading = read(
        tmp_path,
        {
            "classes.txt": "duck\nboat\n",
            "photos/a.jpg": b"",
            "photos/b.jpg": b"",
            "more/b.jpg": b"",
            "my texts/A.txt": DUCK,
            "my texts/b.txt": TWO,
            "my texts/c.txt": BOAT,
        },
    )
    assert reading.images["photos/a.jpg"].label == "my texts/A.txt"
    told = {problem.file: problem for problem in reading.problems}
    assert set(told) == {"my texts/b.txt", "my texts/c.txt"}
    assert "not certain" in told["my texts/b.txt"].reason
    assert "No image belongs" in told["my texts/c.txt"].reason
    assert [problem.objects for problem in told.values()] == [2, 1]


def test_a_label_of_another_split_or_another_set_is_not_borrowed(tmp_path: Path) -> None:
    reading = read(
        tmp_path / "splits",
        {"train/images/1.jpg": b"", "valid/labels/1.txt": DUCK, "classes.txt": "duck\n"},
    )
    assert reading.told == ["valid/labels/1.txt"]
    yaml = f"train: images\n{NAMES}"
    reading = read(
        tmp_path / "sets",
        {
            "a/data.yaml": yaml,
            "a/images/1.jpg": b"",
            "b/data.yaml": yaml,
            "b/images/2.jpg": b"",
            "b/labels/1.txt": DUCK,
        },
    )
    assert reading.told == ["b/labels/1.txt"]


def test_a_label_named_after_the_whole_name_of_its_image(tmp_path: Path) -> None:
    reading = read(tmp_path, {"images/a.jpg": b"", "labels/a.jpg.txt": DUCK})
    assert reading.images["images/a.jpg"].label == "labels/a.jpg.txt"


def test_names_that_differ_in_case_alone_are_not_mixed_up(tmp_path: Path) -> None:
    reading = read(
        tmp_path,
        {"images/A.jpg": b"", "images/a.jpg": b"", "labels/a.txt": DUCK, "labels/A.txt": TWO},
    )
    labels = {path: image.label for path, image in reading.images.items()}
    assert labels == {"images/A.jpg": "labels/A.txt", "images/a.jpg": "labels/a.txt"}


# --- configs ------------------------------------------------------------------------------------


def test_class_lists_in_the_folders_of_labels(tmp_path: Path) -> None:
    """As labelImg writes them: one beside the labels, here of two sets with another order."""
    reading = read(
        tmp_path,
        {
            "a/images/1.jpg": b"",
            "a/labels/1.txt": DUCK,
            "a/labels/classes.txt": "duck\nboat\n",
            "b/images/2.jpg": b"",
            "b/labels/2.txt": DUCK,
            "b/labels/Classes.TXT": "boat\nduck\n",
        },
    )
    assert reading.classes == ["boat", "duck"]


def test_labels_whose_classes_nothing_names_stay_out(tmp_path: Path) -> None:
    reading = read(
        tmp_path,
        {
            "a/data.yaml": f"train: images\n{NAMES}",
            "a/images/1.jpg": b"",
            "a/labels/1.txt": DUCK,
            "b/data.yaml": "train: images\nnames: [swan]\n",
            "b/images/2.jpg": b"",
            "b/labels/2.txt": DUCK,
            "c/images/3.jpg": b"",
            "c/labels/3.txt": TWO,
        },
    )
    assert reading.classes == ["duck", "swan"]
    assert reading.images["c/images/3.jpg"].label is None
    assert [(each.file, each.objects) for each in reading.problems] == [("c/labels/3.txt", 2)]


def test_a_yaml_in_a_folder_of_its_own(tmp_path: Path) -> None:
    reading = read(
        tmp_path,
        {
            "cfg/my.yaml": f"path: ../\ntrain: images/train\nval: images/val\n{NAMES}",
            "images/train/a.jpg": b"",
            "images/val/b.jpg": b"",
            "labels/train/a.txt": BOAT,
        },
    )
    assert reading.classes == ["boat"]
    assert sorted(reading.splits.values()) == ["train", "val"]


def test_other_yamls_are_no_datasets(tmp_path: Path) -> None:
    reading = read(
        tmp_path,
        {
            "args.yaml": "task: segment\nepochs: 3\nval: true\ntrain: x\n",
            "model.yaml": "nc: 9\nbackbone: []\nnames: [wrong]\n",
            "data.yaml": NAMES,
            "images/a.jpg": b"",
            "labels/a.txt": DUCK,
        },
    )
    assert reading.source.class_names == ["duck", "boat"]
    assert reading.problems == []


def test_darknet_names_and_lists(tmp_path: Path) -> None:
    reading = read(
        tmp_path,
        {
            "obj.data": "classes = 2\ntrain = data/train.txt\nvalid = data/valid.txt\n"
            "names = data/obj.names\nbackup = backup/\n",
            "obj.names": "duck\nboat\n",
            "train.txt": "data/obj_train_data/a.jpg\n",
            "valid.txt": "data/obj_Validation_data/b.jpg\n",
            "obj_train_data/a.jpg": b"",
            "obj_train_data/a.txt": BOAT,
            "obj_Validation_data/b.jpg": b"",
            "obj_Validation_data/b.txt": "1 0.5 0.5 0.2 0.2\n",
        },
    )
    assert sorted(reading.splits.values()) == ["train", "val"]
    assert reading.classes == ["boat", "boat"]
    assert reading.problems == []


def test_lists_without_a_yaml_and_what_they_name_in_vain(tmp_path: Path) -> None:
    files: Files = {f"images/{stem}.jpg": b"" for stem in "abcd"}
    files |= {"labels/a.txt": DUCK, "classes.txt": "duck\n"}
    files |= {
        "train.txt": "images/a.jpg\nimages/b.jpg\nimages/gone.jpg\n",
        "val.txt": "images/c.jpg",
    }
    reading = read(tmp_path, files)
    assert reading.splits == {
        "images/a.jpg": "train",
        "images/b.jpg": "train",
        "images/c.jpg": "val",
    }
    assert reading.told == ["images/d.jpg"]
    assert "1 image that is not there" in reading.source.notes[0]


SPLIT_FOLDERS = {
    "trainingset": "train",
    "Train_Data": "train",
    "train2017": "train",
    "images_train": "train",
    "testset": "test",
    "TestImages": "test",
    "testing": "test",
    "valid": "val",
    "validation_set": "val",
    "dev": "val",
    "eval": "val",
    "obj_valid_data": "val",
    "trainers": "train",  # not a split: train is what is left
}


@pytest.mark.parametrize(("folder", "split"), SPLIT_FOLDERS.items())
def test_splits_by_the_names_of_folders(tmp_path: Path, folder: str, split: str) -> None:
    files: Files = {f"{folder}/a.jpg": b"", f"{folder}/a.txt": DUCK}
    files |= {"validation/b.jpg": b"", "validation/b.txt": DUCK}
    assert read(tmp_path, files).splits[f"{folder}/a.jpg"] == split


def test_a_folder_beside_those_the_yaml_names_is_offered(tmp_path: Path) -> None:
    files: Files = {"data.yaml": f"train: images_2nd\nval: images_3rd\n{NAMES}"}
    for number in range(6):
        ordinal = ("1st", "1st", "1st", "2nd", "2nd", "3rd")[number]
        files[f"images_{ordinal}/{number}.jpg"] = b""
        files[f"labels_{ordinal}/{number}.txt"] = TWO
    reading = read(tmp_path, files)
    assert len(reading.images) == 3
    (offer,) = reading.problems
    assert (offer.file, offer.images, offer.objects) == ("images_1st", 3, 6)
    assert "labels_1st" in offer.reason
    assert "add it to train" in offer.reason
    assert reading.count_objects() == {"taken": 6, "repaired": 0, "refused": 6}


def test_a_split_that_the_yaml_does_not_name_is_taken_by_its_name(tmp_path: Path) -> None:
    files: Files = {"data.yaml": f"train: train/images\nval: valid/images\n{NAMES}"}
    for folder in ("train", "valid", "test"):
        files |= {f"{folder}/images/{folder}.jpg": b"", f"{folder}/labels/{folder}.txt": DUCK}
    reading = read(tmp_path, files)
    assert reading.splits["test/images/test.jpg"] == "test"
    assert any("test/images" in note for note in reading.source.notes)


def test_half_a_path_names_no_folder(tmp_path: Path) -> None:
    """``valid/images`` is missing; ``images`` is something else."""
    files: Files = {"data.yaml": f"train: images\nval: valid/images\n{NAMES}"}
    files |= {f"images/{stem}.jpg": b"" for stem in "abcdef"}
    reading = read(tmp_path, files)
    assert "valid/images" in reading.source.notes[0]
    assert set(reading.splits.values()) == {"train", "val"}, "by the hash"
    assert list(reading.splits.values()).count("train") >= 3


def test_val_a_copy_of_train_is_one_line_and_counted(tmp_path: Path) -> None:
    files: Files = {"data.yaml": f"train: images/train\nval: images/val\n{NAMES}"}
    for split in ("train", "val"):
        for number in range(6):
            files[f"images/{split}/{number}.jpg"] = f"{number}".encode()
            files[f"labels/{split}/{number}.txt"] = TWO
    reading = read(tmp_path / "same", files)
    assert reading.count_images() == {"taken": 6, "refused": 6}
    assert reading.count_objects() == {"taken": 12, "repaired": 0, "refused": 12}
    assert set(reading.splits.values()) == {"train", "val"}
    other = read(tmp_path / "other", files | {"labels/val/0.txt": DUCK})
    assert other.count_images() == {"taken": 12, "refused": 0}, "the labels are not the same"


# --- names and groups ---------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["images/{split}/{cam}", "{split}/{cam}/images", "{cam}"])
def test_cameras_and_videos_count_anew(tmp_path: Path, kind: str) -> None:
    files: Files = {"classes.txt": "duck\nboat\n"}
    for cam in ("cam1", "cam2"):
        for number in range(2):
            folder = kind.format(split="train", cam=cam)
            files[f"{folder}/000{number}.jpg"] = b""
            labels = folder.replace("images", "labels") if "images" in folder else folder
            files[f"{labels}/000{number}.txt"] = TWO
    reading = read(tmp_path, files)
    assert sorted(reading.names.values()) == ["cam1/0000", "cam1/0001", "cam2/0000", "cam2/0001"]
    assert {image.group for image in reading.images.values()} == {"cam1", "cam2"}
    assert len(reading.labels) == 4


def test_a_few_alike_names_leave_the_others_alone(tmp_path: Path) -> None:
    files: Files = {f"images/train/{number}.jpg": b"" for number in range(8)}
    files |= {f"images/val/{number}.jpg": b"" for number in range(7, 15)}
    names = read(tmp_path, files).names
    assert names["images/train/7.jpg"] == "train/7"
    assert names["images/val/7.jpg"] == "val/7"
    assert sum(bool(name) for name in names.values()) == 2


def test_what_segloop_wrote_keeps_its_names(tmp_path: Path) -> None:
    reading = read(
        tmp_path,
        {
            "data.yaml": f"train: images/train\nval: images/val\n{NAMES}",
            "images/train/train/1.jpg": b"",
            "images/val/valid/1.jpg": b"",
            "images/train/cam/9.jpg": b"",
            "images/unlabelled/5.jpg": b"",
        },
    )
    assert reading.names == {
        "images/train/train/1.jpg": "train/1",
        "images/val/valid/1.jpg": "valid/1",
        "images/train/cam/9.jpg": "cam/9",
        "images/unlabelled/5.jpg": "",
    }


# --- pictures of labels -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mask", "mode"),
    [
        ("images/train/a_mask.png", "RGB"),
        ("images/train/mask_a.png", "L"),
        ("images/train/a_labelIds.png", "L"),
        ("images/train/a_overlay.jpg", "RGB"),
        ("images/train/a.png", "P"),
        ("images/train/a.png", "L"),
        ("masks/train/a.png", "L"),
        ("SegmentationClass/a.png", "P"),
        ("labels/train/a.png", "RGB"),
        ("previews/a.jpg", "RGB"),
        ("seg/a.png", "P"),
        ("vis/1.png", "L"),
    ],
)
def test_pictures_of_labels_are_told_and_not_taken(tmp_path: Path, mask: str, mode: str) -> None:
    files: Files = {
        "images/train/a.jpg": b"",
        "images/train/b.jpg": b"",
        "labels/train/b.txt": DUCK,
    }
    files |= {"labels/train/a.txt": DUCK, mask: png_bytes(mode)}
    reading = read(tmp_path, files)
    assert sorted(reading.images) == ["images/train/a.jpg", "images/train/b.jpg"]
    (problem,) = reading.problems
    assert problem.file == mask
    assert problem.reason.startswith(("A label image", "A mask"))
    assert reading.count_images() == {"taken": 2, "refused": 1}


@pytest.mark.parametrize(
    "files",
    [
        {"mask/1.jpg": b"", "no_mask/2.jpg": b""},  # a class of faces
        {"masks/images/train/1.jpg": b"", "masks/labels/train/1.txt": DUCK},
        {"images/a_mask.jpg": b"", "labels/a_mask.txt": DUCK, "images/a.jpg": b""},
        {"images/left_label.jpg": b"", "images/right_label.jpg": b""},
        {"train/1.png": png_bytes("P"), "test/1.png": png_bytes("P", (9, 9))},
        {"vis/1.png": png_bytes("RGB"), "ir/2.png": png_bytes("RGB")},
        {"images/a.jpg": b"", "images/a.png": png_bytes("RGB")},
    ],
)
def test_photographs_are_not_taken_for_pictures_of_labels(tmp_path: Path, files: Files) -> None:
    reading = read(tmp_path, files)
    assert len(reading.images) == sum(not name.endswith(".txt") for name in files)
    assert reading.problems == []


# --- kinds of rows ------------------------------------------------------------------------------

SETS_NOT_READ = {
    "poses with visibility": ("0 0.5 0.5 0.2 0.2 0.45 0.5 2 0.55 0.5 2 0.5 0.45 1\n" * 2, "poses"),
    "poses without": (
        "0 0.5 0.5 0.2 0.2 0.42 0.45 0.58 0.5 0.5 0.57\n"
        "0 0.3 0.3 0.2 0.2 0.22 0.25 0.38 0.3 0.3 0.37\n"
        "0 0.7 0.6 0.2 0.3 0.62 0.5 0.78 0.6 0.7 0.72\n",
        "poses",
    ),
    "DOTA": ("100 100 200 100 200 200 100 200 plane 0\n10 10 20 10 20 20 10 20 ship 1\n", "DOTA"),
    "angles": ("0 0.5 0.5 0.2 0.1 1.57\n0 0.4 0.5 0.2 0.1 -1.2\n", "an angle"),
}


@pytest.mark.parametrize(("rows", "what"), SETS_NOT_READ.values(), ids=SETS_NOT_READ)
def test_sets_of_other_rows_stop_before_one_image(tmp_path: Path, rows: str, what: str) -> None:
    files: Files = {"data.yaml": NAMES, "images/a.jpg": b"", "labels/a.txt": rows}
    with pytest.raises(TreeError, match=what):
        read(tmp_path, files)


def test_single_rows_of_other_kinds_are_named(tmp_path: Path) -> None:
    rows = (
        DUCK
        + "0 0.5 0.5 0.2 0.2 0.45 0.5 2 0.55 0.5 2\n0 0.5 0.5 0.2 0.1 1.57\n"
        + "0 0.5 0.5 0 0.2\n0 0.1 0.1 0.5 0.1 0.5 0.9 0.3\n"
    )
    reading = read(tmp_path, {"data.yaml": NAMES, "images/a.jpg": b"", "labels/a.txt": rows})
    reasons = {row.line: row.reason for row in reading.rows}
    assert "A pose" in reasons[2]
    assert "2 keypoints" in reasons[2]
    assert "A turned box" in reasons[3]
    assert "without width" in reasons[4]
    assert "odd count" in reasons[5]
    assert reading.count_objects() == {"taken": 1, "repaired": 0, "refused": 4}


def test_boxes_with_confidences_and_boxes_over_the_border(tmp_path: Path) -> None:
    reading = read(
        tmp_path / "confident",
        {"data.yaml": NAMES, "images/a.jpg": b"", "labels/a.txt": "0 0.5 0.5 0.2 0.2 0.9\n"},
    )
    assert reading.count_objects() == {"taken": 0, "repaired": 1, "refused": 0}
    assert "1 row is a box" in reading.source.notes[1]
    rows = "0 0.1 0.5 0.2000001 0.2\n0 0.05 0.5 0.2 0.2\n"
    reading = read(
        tmp_path / "over", {"data.yaml": NAMES, "images/a.jpg": b"", "labels/a.txt": rows}
    )
    assert reading.count_objects() == {"taken": 1, "repaired": 1, "refused": 0}
    for each in reading.labels["images/a.jpg"].objects:
        assert min(each.polygons[0][0]) == 0.0


def test_a_repeated_row_is_no_object(tmp_path: Path) -> None:
    rows = DUCK + BOAT + DUCK
    reading = read(tmp_path, {"data.yaml": NAMES, "images/a.jpg": b"", "labels/a.txt": rows})
    assert reading.count_objects() == {"taken": 2, "repaired": 0, "refused": 0}
    (row,) = reading.rows
    assert (row.line, row.times) == (3, 1)


def test_separators_of_spreadsheets(tmp_path: Path) -> None:
    rows = "0,0.1,0.1,0.5,0.1,0.5,0.9\n1;0,1;0,1;0,5;0,1;0,5;0,9\n"
    reading = read(tmp_path, {"data.yaml": NAMES, "images/a.jpg": b"", "labels/a.txt": rows})
    first, second = reading.labels["images/a.jpg"].objects
    assert first.polygons == second.polygons
    assert reading.count_objects() == {"taken": 0, "repaired": 2, "refused": 0}
