"""Sets as people spell them: folders, lists, class names and encodings that others use."""

from collections import Counter

import pytest

from ..reading import DUCK, TWO, Files, MemoryTree, Reading, as_bytes, read_all

NAMES = "names: [duck, boat]\n"
YAML = "train: images/train\nval: images/val\n" + NAMES
LISTS = "train: train.txt\nval: val.txt\n" + NAMES


def usual(**more: bytes | str) -> Files:
    """Two images in train, three in val; five ducks and a boat."""
    return {
        "data.yaml": YAML,
        **{f"images/train/{each}.jpg": "" for each in "ab"},
        **{f"images/val/{each}.jpg": "" for each in "cde"},
        "labels/train/a.txt": TWO,
        "labels/train/b.txt": DUCK,
        **{f"labels/val/{each}.txt": DUCK for each in "cde"},
        **more,
    }


def read(files: Files) -> Reading:
    return read_all(MemoryTree(as_bytes(files)))


def assert_whole(reading: Reading, classes: dict[str, int] | None = None) -> None:
    """All five images and six objects, in their splits and classes."""
    assert Counter(reading.splits.values()) == {"train": 2, "val": 3}
    assert reading.count_objects() == {"taken": 6, "repaired": 0, "refused": 0}
    assert Counter(reading.classes) == (classes or {"duck": 5, "boat": 1})


@pytest.mark.parametrize(
    "yaml",
    [
        "Train: images/train\nVal: images/val\nNames: [duck, boat]\nNC: 2\n",
        "train:\timages/train\nval:\timages/val\nnames:\n\t- duck\n\t- boat\n",
        "n: &n [duck, boat]\ntrain: images/train\nval: images/val\nnames: *n\n",
        "train: images/train\nval: images/val\nnames: {duck: 0, boat: 1}\n",
        "train: images/train\nval: images/val\nnames:\n- 0: duck\n- 1: boat\n",
        "train: images/train\nval: images/val\nnames:\n- name: duck\n- name: boat\n",
        "train: images/train\nval: images/val\nnames: duck boat\nnc: 2\n",
        f"{YAML}---\nmore: 1\n",
        YAML.encode("utf-16"),
    ],
)
def test_a_yaml_is_understood_however_it_is_written(yaml: str | bytes) -> None:
    assert_whole(read(usual(**{"data.yaml": yaml})))


def test_class_names_may_stand_in_a_file_that_the_yaml_names() -> None:
    yaml = "train: images/train\nval: images/val\nnames: /home/me/classes.txt\n"
    assert_whole(read(usual(**{"data.yaml": yaml, "classes.txt": "duck\nboat\n"})))


@pytest.mark.parametrize(
    ("files", "note"),
    [
        ({"data.yaml": f"{YAML}names: [duck, boat]\n"}, "has “names” twice"),
        ({"old.yaml": "names: [boat, duck]\n"}, "old.yaml names other classes"),
        ({"classes.txt": "boat\nduck\n"}, "says something else than data.yaml"),
    ],
)
def test_what_a_yaml_says_twice_is_told(files: Files, note: str) -> None:
    reading = read(usual(**files))
    assert_whole(reading)
    assert any(note in each for each in reading.source.notes)


def test_a_class_without_a_name_is_told() -> None:
    yaml = "train: images/train\nval: images/val\nnames: {0: duck, 5: boat}\n"
    reading = read(usual(**{"data.yaml": yaml}))
    assert_whole(reading, {"duck": 5, "class_1": 1})
    assert any("gives no name to 1, 2, 3, 4" in note for note in reading.source.notes)


@pytest.mark.parametrize(
    "line",
    [
        "images/{split}/{stem}",
        '"images/{split}/{stem}.jpg"',
        "images/{split}/{stem}.jpg labels/{split}/{stem}.txt",
        "images/{split}/{stem}.jpg\t0",
        "images/{split}/{stem}.jpg,0",
        "{stem}.jpg",
        "{stem}",
        "labels/{split}/{stem}.txt",
        "JPEGImages/{split}/{stem}.png",
        "# a list\nC:\\set\\images\\{split}\\{stem}.jpg",
    ],
)
@pytest.mark.parametrize("has_yaml", [True, False])
def test_lists_name_images_in_many_ways(line: str, has_yaml: bool) -> None:
    files = usual(**{"data.yaml": LISTS})
    for split, stems in (("train", "ab"), ("val", "cde")):
        files[f"{split}.txt"] = "\n".join(line.format(split=split, stem=each) for each in stems)
    if not has_yaml:
        files["classes.txt"] = "duck\nboat\n"
        del files["data.yaml"]
    assert_whole(read(files))


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_lists_are_read_in_every_encoding(ending: str, encoding: str) -> None:
    files = usual(**{"data.yaml": LISTS})
    for split, stems in (("train", "ab"), ("val", "cde")):
        lines = [f"images/{split}/{each}.jpg" for each in stems]
        files[f"{split}.txt"] = ending.join(lines).encode(encoding)
    assert_whole(read(files))


def test_a_list_of_what_is_nowhere_leaves_the_folders_their_splits() -> None:
    files = usual(**{"data.yaml": LISTS, "train.txt": "other/x.jpg\n", "val.txt": "other/y.jpg\n"})
    reading = read(files)
    assert_whole(reading)
    assert any("lists 1 image that is not there" in note for note in reading.source.notes)


@pytest.mark.parametrize(
    ("train", "val"),
    [
        ("autosplit_train.txt", "autosplit_val.txt"),
        ("ImageSets/Main/train.txt", "ImageSets/Main/val.txt"),
        ("train_list.txt", "val_list.txt"),
    ],
)
def test_lists_of_other_names_make_splits(train: str, val: str) -> None:
    files: Files = {"classes.txt": "duck\nboat\n", train: "a\nb\n", val: "c\nd\ne\n"}
    files |= {f"images/{each}.jpg": "" for each in "abcde"}
    files |= {f"labels/{each}.txt": TWO if each == "a" else DUCK for each in "abcde"}
    reading = read(files)
    assert_whole(reading)
    assert reading.problems == []


@pytest.mark.parametrize(
    ("train", "val"),
    [
        ("trn", "vld"),
        ("train (1)", "val (1)"),
        ("01_train", "02_val"),
        ("fold0_train", "fold0_val"),
        ("train-seg", "val-seg"),
        ("train-80", "val-20"),
        ("train_final", "val_final"),
    ],
)
def test_splits_of_other_names(train: str, val: str) -> None:
    files = {
        path.replace("/train/", f"/{train}/").replace("/val/", f"/{val}/"): data
        for path, data in usual(**{"classes.txt": "duck\nboat\n"}).items()
        if path != "data.yaml"
    }
    assert_whole(read(files))


@pytest.mark.parametrize(
    ("image", "label"),
    [
        ("images/{}/0001", "annots/{}/0001"),
        ("{}/img/0001", "{}/ann_yolo/0001"),
        ("photos/{}/0001", "yolo/{}/0001"),
        ("set/photos/{}/0001", "texts/{}/0001"),
    ],
)
@pytest.mark.parametrize("places", [("cam1", "cam2"), ("train", "val")])
def test_labels_elsewhere_are_paired_by_the_folders_they_share(
    image: str, label: str, places: tuple[str, str]
) -> None:
    files: Files = {}
    for place, rows in zip(places, (DUCK, TWO), strict=True):
        files[f"{image.format(place)}.jpg"] = ""
        files[f"{label.format(place)}.txt"] = rows
    reading = read(files)
    assert reading.count_objects()["taken"] == 3
    assert all(each.label == label_of(path, image, label) for path, each in reading.images.items())


def label_of(path: str, image: str, label: str) -> str:
    before, after = image.split("{}")
    place = path.removeprefix(before).removesuffix(f"{after}.jpg")
    return f"{label.format(place)}.txt"


def test_labels_that_two_folders_may_own_are_told() -> None:
    reading = read({"x/cam1/1.jpg": "", "x/cam2/1.jpg": "", "labels/1.txt": DUCK})
    assert reading.count_objects() == {"taken": 0, "repaired": 0, "refused": 1}


def test_label_studio_puts_eight_signs_before_a_name() -> None:
    reading = read({"images/pond.jpg": "", "labels/0a1b2c3d-pond.txt": TWO})
    assert reading.count_objects()["taken"] == 2


@pytest.mark.parametrize(
    "name",
    ["class_names.txt", "predefined_classes.txt", "labels.txt", "coco.names", "Classes.TXT"],
)
@pytest.mark.parametrize("text", ["duck\nboat\n", "0 duck\n1 boat\n", "0: duck\n1: boat\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_lists_of_class_names(name: str, text: str, encoding: str) -> None:
    reading = read({"a.jpg": "", "a.txt": TWO, name: text.encode(encoding)})
    assert reading.classes == ["boat", "duck"]
    assert reading.problems == []


@pytest.mark.parametrize("stem", ["names", "classes", "labels"])
def test_an_image_may_be_called_like_a_list_of_classes(stem: str) -> None:
    files: Files = {f"images/{stem}.jpg": "", f"labels/{stem}.txt": TWO, "images/b.jpg": ""}
    assert read(files).count_objects() == {"taken": 2, "repaired": 0, "refused": 0}


# --- what is no photograph ----------------------------------------------------------------------


def test_plots_and_predictions_of_a_run_are_no_photographs() -> None:
    plots = ["confusion_matrix.png", "results.png", "labels.jpg", "val_batch0_pred.jpg"]
    files = usual(**{f"runs/segment/train/{name}": "" for name in plots})
    files |= {"runs/segment/predict/a.jpg": "", "runs/segment/predict/labels/a.txt": DUCK}
    files |= {"annotated/a.jpg": "", "depth/b.png": ""}
    files["classes.txt"] = "duck\nboat\n"
    del files["data.yaml"]
    reading = read(files)
    assert_taken(reading, 5, 6)
    assert len(reading.problems) == len(plots) + 4
    assert reading.count_objects()["refused"] == 1


def test_photographs_in_folders_of_such_names_stay_photographs() -> None:
    reading = read({"results/results.jpg": "", "output/a.jpg": "", "output/a.txt": TWO})
    assert_taken(reading, 2, 2)


def assert_taken(reading: Reading, images: int, objects: int) -> None:
    assert (reading.count_images()["taken"], reading.count_objects()["taken"]) == (images, objects)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("more.zip", "An archive inside the source is not opened"),
        ("clip.mp4", "a video"),
        ("log.txt", "no labels were found in it"),
    ],
)
def test_what_is_left_out_is_called_what_it_is(name: str, reason: str) -> None:
    (problem,) = read(usual(**{name: "epoch 1"})).problems
    assert problem.file == name
    assert reason in problem.reason


@pytest.mark.parametrize("suffix", ["jp2", "dng", "pfm", "jxl"])
def test_images_that_are_not_read_count_as_images_with_their_labels(suffix: str) -> None:
    reading = read({f"images/a.{suffix}": b"\0\1", "labels/a.txt": DUCK, "images/b.jpg": ""})
    assert reading.images[f"images/a.{suffix}"].label == "labels/a.txt"
