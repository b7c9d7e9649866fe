"""Which format a source is of, what is not read at all, and what is left over."""

import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from annotator.labels import formats
from annotator.labels.formats import FORMATS, YOLO, find_format, read_dataset
from annotator.labels.formats.base import (
    AmbiguousFormatError,
    FolderProblem,
    FoundImage,
    ReadLabels,
)
from annotator.labels.formats.counting import count_objects
from annotator.labels.formats.leftovers import is_irrelevant, with_leftovers
from annotator.labels.formats.trees import FolderTree, TreeError

from .reading import DUCK, LIMITS, NAMES, TWO, Files, as_folder, list_unaccounted, read_all

COCO = '{"images": [], "annotations": [{"segmentation": [], "bbox": []}], "categories": []}'


class Claiming:
    """A format that claims a set by the name of a file."""

    def __init__(self, name: str, file: str) -> None:
        self.name, self._file = name, file

    def sniff(self, tree: FolderTree) -> bool:
        return self._file in tree.names("")


@pytest.fixture
def two_more(monkeypatch: pytest.MonkeyPatch) -> None:
    extra = {each.name: each for each in (Claiming("b", "x.json"), Claiming("a", "y.json"))}
    monkeypatch.setattr(formats, "FORMATS", {**FORMATS, **extra})


@pytest.mark.usefixtures("two_more")
def test_where_two_fit_a_person_chooses(tmp_path: Path) -> None:
    tree = as_folder(tmp_path, {"x.json": "{}", "y.json": "{}", "a.jpg": b""})
    with pytest.raises(AmbiguousFormatError, match="a, b") as caught:
        find_format(tree)
    assert caught.value.candidates == ["a", "b"]
    assert find_format(tree, format="b").name == "b"
    assert find_format(tree, format="yolo") is YOLO
    with pytest.raises(TreeError, match="no format “c”"):
        read_dataset(tree, limits=LIMITS, format="c")


@pytest.mark.usefixtures("two_more")
def test_one_that_fits_is_taken_wherever_it_stands_in_the_list(tmp_path: Path) -> None:
    assert find_format(as_folder(tmp_path, {"y.json": "{}", "a.jpg": b""})).name == "a"


def test_a_text_alone_makes_no_yolo_set(tmp_path: Path) -> None:
    files: Files = {"a.jpg": b"", "README.txt": "0 0.1 0.2 0.3 0.4", "notes.txt": "hello"}
    files |= {"ImageSets/Main/train.txt": "000012 1\n000013 -1\n", "classes.txt": "duck\nboat\n"}
    assert not YOLO.sniff(as_folder(tmp_path, files))
    assert YOLO.sniff(as_folder(tmp_path, {"labels/a.txt": "\n" + DUCK}))


TFRECORD = struct.pack("<Q", 100) + b"\0" * 200
NOT_READ: dict[str, tuple[str, bytes | str, str]] = {
    "TFRecord": ("train.tfrecord-00000-of-00001", TFRECORD, "TFRecord"),
    "Parquet": ("data/train.parquet", b"PAR1" + b"\0" * 20, "Parquet"),
    "HDF5": ("labels.h5", b"\x89HDF\r\n\x1a\n", "HDF5"),
    "MATLAB": ("labels.mat", b"MATLAB 5.0 MAT-file", "MATLAB"),
    "NumPy": ("masks.npy", b"\x93NUMPY\1\0", "NumPy"),
    "panoptic": ("p.json", '{"annotations": [{"segments_info": [{"bbox": 1}]}]}', "panoptic"),
    "keypoints": ("k.json", '{"annotations": [{"keypoints": [], "bbox": []}]}', "keypoints"),
    "captions": ("c.json", '{"annotations": [{"caption": "a duck"}]}', "captions"),
    "unknown JSON": ("u.json", '[{"coordinates": {"x": 1}}]', "unknown kind"),
    "unknown XML": ("u.xml", "<a><object><name>duck</name></object></a>", "unknown kind"),
    "CSV": ("l.csv", "filename,xmin,ymin,xmax,ymax,class\na.jpg,1,2,3,4,duck\n", "table"),
}


@pytest.mark.parametrize(("name", "content", "what"), NOT_READ.values(), ids=NOT_READ)
def test_a_kind_that_is_not_read_stops_by_name(
    tmp_path: Path, name: str, content: bytes | str, what: str
) -> None:
    tree = as_folder(tmp_path / "set", {"a.jpg": b"", name: content})
    with pytest.raises(TreeError, match=what) as caught:
        read_dataset(tree, limits=LIMITS)
    assert name in str(caught.value)
    assert "nothing was taken" in str(caught.value)
    beside = as_folder(tmp_path / "beside", {"a.jpg": b"", "a.txt": DUCK, name: content})
    reading = read_all(beside)
    assert reading.told == [name], "beside YOLO labels it is left over"


@pytest.mark.parametrize("name", ["settings.json", "x.xml", "log.csv", "x.npz"])
def test_plain_images_with_other_files_are_taken(tmp_path: Path, name: str) -> None:
    content = {"x.xml": "<a/>", "log.csv": "epoch,loss\n1,2\n"}.get(name, "{}")
    reading = read_all(as_folder(tmp_path, {"a.jpg": b"", name: content}))
    assert list(reading.images) == ["a.jpg"]
    assert reading.told == [name]


# --- left over ----------------------------------------------------------------------------------

COUNTS: dict[str, tuple[str, str | bytes, int]] = {
    "rows": ("a.txt", "\ufeff" + TWO + "\n0 0,1 0,1 0,2 0,2\n0,0.5,0.5,0.1,0.1\n1 2 3\n", 5),
    "a row twice": ("a.txt", DUCK + TWO + DUCK.strip(), 2),
    "a row in a text": ("a.txt", "one\ntwo\nthree\n" + DUCK, 1),
    "words": ("b.txt", "one\ntwo\n", 0),
    "COCO": ("c.json", COCO * 3, 3),
    "labelme": ("d.json", '{"shapes": [{"shape_type": "a", "points": []}] }', 1),
    "VIA": (
        "e.json",
        '{"a": {"regions": [{"shape_attributes" : {}}, {"shape_attributes":{}}]}}',
        2,
    ),
    "CreateML": ("f.json", '[{"annotations": [{"coordinates": {}}]}]', 1),
    "Label Studio": ("g.json", '[{"polygonlabels": ["a"], "points": []}, {"brushlabels": []}]', 2),
    "no labels": ("h.json", '{"epochs": 3}', 0),
    "VOC": ("i.xml", "<annotation><object></object><object/>\n<object>\n</annotation>", 2),
    "CVAT": ("j.xml", "<image><polygon a=''/><box b=''/></image>", 2),
    "table": ("k.csv", "filename,class,xmin\na,b,1\nc,d,2", 2),
    "no table": ("l.csv", "epoch,loss\n1,2\n", 0),
    "picture": ("m.png", b"\x89PNG", 0),
}


@pytest.mark.parametrize(("name", "content", "count"), COUNTS.values(), ids=COUNTS)
def test_objects_are_counted_without_understanding(
    tmp_path: Path, name: str, content: str | bytes, count: int
) -> None:
    assert count_objects(as_folder(tmp_path, {name: content}), name) == count


def test_words_across_two_pieces_are_counted_once(tmp_path: Path) -> None:
    text = b" " * ((1 << 20) - 8) + b'"segmentation": 1' + b" " * (1 << 20) + b'"segmentation":1'
    assert count_objects(as_folder(tmp_path, {"a.json": text}), "a.json") == 2


def test_a_row_longer_than_any_piece_is_one_row(tmp_path: Path) -> None:
    text = b"0 " + b"0.5 " * 600_000 + b"\n0 0.1 0.1 0.2 0.2\n"
    assert count_objects(as_folder(tmp_path, {"a.txt": text}), "a.txt") == 2


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (".DS_Store", True),
        ("._a.txt", True),
        ("Thumbs.db", True),
        ("desktop.ini", True),
        ("labels.cache", True),
        ("train.cache.npy", True),
        ("README", True),
        ("README.roboflow.txt", True),
        ("ReadMe.md", True),
        ("LICENSE", True),
        ("LICENSE-MIT", True),
        ("args.yaml", True),
        ("license_plate_01.txt", False),
        ("notice_board.txt", False),
        ("readme photo.jpg", False),
        ("a.txt", False),
        ("instances.json", False),
    ],
)
def test_what_no_dataset_needs(name: str, expected: bool) -> None:
    assert is_irrelevant(name) is expected


def test_every_other_file_gets_a_line(tmp_path: Path) -> None:
    files: Files = {
        "data.yaml": NAMES,
        "images/a.jpg": b"",
        "labels/a.txt": DUCK,
        "labels/lost.txt": TWO,
        "old/instances.json": COCO,
        "old/best.pt": b"x",
        "README.txt": "about",
        "notes/readme.txt": TWO,
        ".git/config": "x",
    }
    files |= {f"code/{number:03}.py": "x" for number in range(50)}
    reading = read_all(as_folder(tmp_path, files), format="yolo")
    told = {problem.file: problem for problem in reading.problems}
    assert told["labels/lost.txt"].objects == 2
    assert told["old/instances.json"].objects == 1
    assert told["notes/readme.txt"].objects == 2, "its name says readme, its rows say labels"
    assert told["old/best.pt"].objects == 0
    assert "30 more files" in told["code"].reason
    assert len(told) == 4 + 20 + 1


class Reader:
    """A source of another format: its labels are one JSON that names some of the images."""

    class_names = ["duck"]
    names_are_known = True
    notes: list[str] = []

    def entries(self) -> Iterator[FoundImage | FolderProblem]:
        yield FoundImage("a.jpg", "coco.json", "train")
        yield FoundImage("b.jpg", "coco.json", "train")
        yield FolderProblem("c.jpg", None, "too odd")
        yield FolderProblem("whole", None, "a folder", images=2)

    def files(self) -> Iterator[str]:
        yield "names.json"

    def read_labels(
        self, image: FoundImage, *, size_wh: tuple[int, int], class_count: int
    ) -> ReadLabels:
        return ReadLabels()

    def count_classes_used(self) -> int:
        return 1


def test_sources_of_all_formats_end_with_what_is_left_over(tmp_path: Path) -> None:
    files: Files = {f"{stem}.jpg": b"" for stem in "abcd"}
    files |= {"coco.json": COCO, "names.json": "{}", "other.json": COCO, "d.txt": TWO}
    files |= {"whole/1.jpg": b"", "whole/deep/2.jpg": b""}
    tree = as_folder(tmp_path, files)
    source = with_leftovers(Reader(), tree)
    entries = list(source.entries())
    assert entries[:4] == list(Reader().entries())
    left = {each.file: each.objects for each in entries[4:] if isinstance(each, FolderProblem)}
    assert left == {"d.jpg": 0, "other.json": 1, "d.txt": 2}
    assert (source.class_names, list(source.files())) == (["duck"], ["names.json"])


def test_nothing_is_unaccounted_for_in_a_nest_of_folders(tmp_path: Path) -> None:
    files: Files = {f"a/b{n}/c/x{n}.txt": TWO for n in range(5)} | {"a/b1/c/x1.jpg": b""}
    tree = as_folder(tmp_path, files | {"classes.txt": "a\nb\n"})
    reading = read_all(tree)
    assert list_unaccounted(tree, reading) == []
    assert reading.count_objects() == {"taken": 2, "repaired": 0, "refused": 8}
