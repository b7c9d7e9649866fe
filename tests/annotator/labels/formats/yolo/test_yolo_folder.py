"""Recognising datasets: which images, which labels, which split, and what is told."""

from pathlib import Path

import pytest

from annotator.labels.formats.base import FolderProblem, FoundImage
from annotator.labels.formats.trees import FolderTree, TreeError
from annotator.labels.formats.yolo.folder import (
    DatasetScan,
    scan_dataset,
)

NAMES = "names: [duck, swan]\n"
Files = dict[str, str]


def lay_out(root: Path, files: Files) -> FolderTree:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    return FolderTree(root)


def scan(root: Path, files: Files) -> DatasetScan:
    return scan_dataset(lay_out(root, files))


def found(result: DatasetScan) -> dict[str, tuple[str | None, str]]:
    return {
        entry.path: (entry.label, entry.split)
        for entry in result.entries()
        if isinstance(entry, FoundImage)
    }


def problems(result: DatasetScan) -> list[FolderProblem]:
    return [entry for entry in result.entries() if isinstance(entry, FolderProblem)]


def usual(prefix: str = "") -> Files:
    return {
        f"{prefix}images/train/a.jpg": "",
        f"{prefix}images/train/b.jpg": "",
        f"{prefix}images/val/c.jpg": "",
        f"{prefix}labels/train/a.txt": "",
        f"{prefix}labels/val/c.txt": "",
    }


def expected(prefix: str = "") -> dict[str, tuple[str | None, str]]:
    return {
        f"{prefix}images/train/a.jpg": (f"{prefix}labels/train/a.txt", "train"),
        f"{prefix}images/train/b.jpg": (None, "train"),
        f"{prefix}images/val/c.jpg": (f"{prefix}labels/val/c.txt", "val"),
    }


YAMLS = {
    "none": "",
    "relative": f"path: .\ntrain: images/train\nval: images/val\n{NAMES}",
    "no path": f"train: images/train/\nval: ./images/val\n{NAMES}",
    "lists": f"train: [images/train]\nval: [images/val]\n{NAMES}",
    "of another machine": "path: C:\\Users\\hp\\set\ntrain: C:\\Users\\hp\\set\\images\\train\n"
    f"val: C:\\Users\\hp\\set\\images\\val\n{NAMES}",
    "absolute": f"train: /home/me/set/images/train\nval: /home/me/set/images/val\n{NAMES}",
    "above": f"train: ../images/train\nval: ../images/val\n{NAMES}",
    "validation": f"train: images/train\nvalidation: images/val\n{NAMES}",
}


@pytest.mark.parametrize("prefix", ["", "export/", "a/b/"])
@pytest.mark.parametrize("text", YAMLS.values(), ids=YAMLS)
def test_images_by_split(tmp_path: Path, text: str, prefix: str) -> None:
    files = usual(prefix)
    if text:
        files[f"{prefix}data.yaml"] = text
    result = scan(tmp_path, files)
    assert found(result) == expected(prefix)
    assert result.class_names == (["duck", "swan"] if text else [])
    assert result.names_are_known is bool(text)
    assert result.notes == []
    assert problems(result) == []


@pytest.mark.parametrize("val", ["valid", "val", "validation"])
@pytest.mark.parametrize("has_yaml", [True, False])
def test_split_first(tmp_path: Path, val: str, has_yaml: bool) -> None:
    files = {
        "train/images/a.jpg": "",
        "train/labels/a.txt": "",
        f"{val}/images/b.png": "",
        "test/images/c.png": "",
        "test/labels/c.txt": "",
    }
    if has_yaml:
        folders = f"train: ../train/images\nval: ../{val}/images\ntest: ../test/images\n"
        files["data.yaml"] = folders + NAMES
    assert found(scan(tmp_path, files)) == {
        "train/images/a.jpg": ("train/labels/a.txt", "train"),
        f"{val}/images/b.png": (None, "val"),
        "test/images/c.png": ("test/labels/c.txt", "test"),
    }


def test_lists_of_images_in_text_files(tmp_path: Path) -> None:
    files = usual() | {
        "data.yaml": f"train: train.txt\nval: val.txt\n{NAMES}",
        "train.txt": "data/images/train/a.jpg\r\n./images/train/b.jpg\r\n",
        "val.txt": "D:\\set\\images\\val\\c.jpg\n",
    }
    assert found(scan(tmp_path, files)) == expected()


def test_a_list_of_images_in_the_yaml(tmp_path: Path) -> None:
    text = f"train: [images/train/a.jpg, images/train/b.jpg]\nval: [images/val/c.jpg]\n{NAMES}"
    assert found(scan(tmp_path, usual() | {"data.yaml": text})) == expected()


NAME_CASES = {
    "list": ("names: [duck, swan]", ["duck", "swan"]),
    "mapping": ("names:\n  0: duck\n  1: swan", ["duck", "swan"]),
    "mapping out of order with a gap": ("names: {2: swan, 0: duck}", ["duck", "class_1", "swan"]),
    "words that yaml would turn": ("names: [no, 1.0, null]", ["no", "1.0", "null"]),
    "twice the same": ("names: [duck, duck]", ["duck", "duck (1)"]),
    "quoted list": ("names: \"['duck', 'swan']\"", ["duck", "swan"]),
    "only a count": ("nc: 2\ntrain: images/train", ["class_0", "class_1"]),
}


@pytest.mark.parametrize(("text", "names"), NAME_CASES.values(), ids=NAME_CASES)
def test_class_names(tmp_path: Path, text: str, names: list[str]) -> None:
    assert scan(tmp_path, usual() | {"data.yaml": text}).class_names == names


@pytest.mark.parametrize("name", ["classes.txt", "obj.names", "labels/classes.txt"])
def test_class_names_from_a_list(tmp_path: Path, name: str) -> None:
    result = scan(tmp_path, usual() | {name: "duck\nmute swan\n"})
    assert result.class_names == ["duck", "mute swan"]
    assert problems(result) == []


def test_a_count_that_differs_is_told(tmp_path: Path) -> None:
    result = scan(tmp_path, usual() | {"data.yaml": f"nc: 5\n{NAMES}"})
    assert result.class_names == ["duck", "swan"]
    assert "nc: 5" in result.notes[0]


UNUSABLE = {
    "not UTF-8": (b"names: [duck, \xe9tang]", "not text in UTF-8"),
    "not YAML": (b"names: [duck", r"not valid YAML \(line"),
    "deep": (b"names: " + b"[" * 100_000, "not valid YAML"),
    "keys": (b"names: {a: duck}", "not whole numbers"),
    "huge key": (b"names: {999999999: duck}", "beyond 0 to 9999"),
    "nested": (b"names: [[duck]]", "class 0 is not text"),
    "pose": (b"names: [duck]\nkpt_shape: [3, 3]", "pose set"),
}


@pytest.mark.parametrize(("data", "reason"), UNUSABLE.values(), ids=UNUSABLE)
def test_a_yaml_that_cannot_be_used(tmp_path: Path, data: bytes, reason: str) -> None:
    tree = lay_out(tmp_path, usual())
    (tmp_path / "data.yaml").write_bytes(data)
    with pytest.raises(TreeError, match=reason):
        scan_dataset(tree)


def test_yaml_tags_run_nothing(tmp_path: Path) -> None:
    text = "names: !!python/object/apply:os.system ['touch /tmp/segloop-was-here']"
    result = scan(tmp_path, usual() | {"data.yaml": text})
    assert result.class_names == ["touch /tmp/segloop-was-here"]
    assert not Path("/tmp/segloop-was-here").exists()


def test_labels_without_image_are_told(tmp_path: Path) -> None:
    result = scan(tmp_path, usual() | {"labels/train/ghost.txt": "", "labels/other/x.txt": ""})
    assert [problem.file for problem in problems(result)] == [
        "labels/other/x.txt",
        "labels/train/ghost.txt",
    ]


def test_a_plain_folder_of_images(tmp_path: Path) -> None:
    files = {f"{number}.jpg": "" for number in range(50)} | {"notes.md": "", ".DS_Store": ""}
    result = scan(tmp_path, files)
    splits = [split for _, split in found(result).values()]
    assert len(splits) == 50
    assert 3 <= splits.count("val") <= 20
    assert "one image in five" in result.notes[0]
    assert found(scan(tmp_path, files)) == found(result), "the same every time"


@pytest.mark.parametrize("count", [2, 3, 4])
def test_a_small_set_still_gets_train_and_val(tmp_path: Path, count: int) -> None:
    splits = {s for _, s in found(scan(tmp_path, {f"{n}.jpg": "" for n in range(count)})).values()}
    assert splits == {"train", "val"}


def test_labels_beside_the_images(tmp_path: Path) -> None:
    files = {"obj_train_data/a.jpg": "", "obj_train_data/a.txt": "", "obj.names": "duck\n"}
    assert found(scan(tmp_path, files))["obj_train_data/a.jpg"][0] == "obj_train_data/a.txt"


def test_train_and_val_the_same_folder(tmp_path: Path) -> None:
    files = {f"images/all/{number}.jpg": "" for number in range(30)}
    result = scan(tmp_path, files | {"data.yaml": f"train: images/all\nval: images/all\n{NAMES}"})
    assert len(found(result)) == 30
    assert {split for _, split in found(result).values()} == {"train", "val"}
    assert any("taken once" in note for note in result.notes)


def test_val_a_copy_of_train(tmp_path: Path) -> None:
    files = {f"images/{s}/{n}.jpg": f"{n}" for n in range(20) for s in ("train", "val")}
    result = scan(tmp_path, files)
    taken_from_train = {split for path, (_, split) in found(result).items() if "/train/" in path}
    assert taken_from_train == {"train", "val"}
    assert any("same images" in note for note in result.notes)


def test_images_outside_the_listed_folders_are_told(tmp_path: Path) -> None:
    text = f"train: images/train\nval: images/val\n{NAMES}"
    result = scan(tmp_path, usual() | {"data.yaml": text, "plots/loss.png": ""})
    assert [problem.file for problem in problems(result)] == ["plots/loss.png"]


def test_a_folder_that_the_yaml_names_and_nobody_has(tmp_path: Path) -> None:
    text = f"train: images/train\nval: images/val\ntest: images/test\n{NAMES}"
    assert "images/test" in scan(tmp_path, usual() | {"data.yaml": text}).notes[0]


def test_a_classification_set_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TreeError, match="classification set"):
        scan(tmp_path, {"train/duck/1.jpg": "", "train/swan/2.jpg": "", "val/duck/3.jpg": ""})


@pytest.mark.parametrize("files", [{}, {"readme.txt": ""}, {"data.yaml": NAMES}])
def test_nothing_to_take(tmp_path: Path, files: Files) -> None:
    with pytest.raises(TreeError, match="No images"):
        scan(tmp_path, files)


def test_folders_linked_in_a_circle_end(tmp_path: Path) -> None:
    tree = lay_out(tmp_path, usual())
    (tmp_path / "images" / "train" / "loop").symlink_to(tmp_path)
    assert len(found(scan_dataset(tree))) == 3


@pytest.mark.parametrize(
    "file", ["annotations/coco.json", "images/train/a.json", "Annotations/a.XML"]
)
def test_labels_in_other_formats_are_not_left_out_in_silence(tmp_path: Path, file: str) -> None:
    images = {name: "" for name in usual() if name.endswith(".jpg")}
    (note,) = scan(tmp_path / "other", images | {file: "{}"}).notes
    assert file in note
    assert "YOLO txt" in note
    assert scan(tmp_path / "none", images).notes == []
    assert scan(tmp_path / "both", usual() | {file: "{}"}).notes == []
