"""Every format: what it writes it recognises, and reads back as it was."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from annotator.labels.formats import FORMATS, read_dataset
from annotator.labels.formats.base import (
    FolderProblem,
    Format,
    FoundImage,
    ReadLimits,
    WrittenImage,
    WrittenObject,
)
from annotator.labels.formats.trees import FolderTree, TreeError
from annotator.labels.polygons.geometry import Polygons
from annotator.labels.polygons.overlap import polygons_iou
from tests.annotator.sources import picture_bytes

from .round_trips import bytes_of

LIMITS = ReadLimits(10**8, 100)
CLASSES = {0: "duck", 1: "swan: white", 2: "nø"}
SIZE_WH = (64, 48)
TRIANGLE: Polygons = [[[1.5, 2, 20.25, 2, 10, 30]]]
FRAME: Polygons = [[[30, 4, 60, 4, 60, 40, 30, 40], [40, 10, 40, 30, 50, 30, 50, 10]]]
OBJECTS = [WrittenObject(0, TRIANGLE), WrittenObject(2, FRAME)]


@dataclass(frozen=True)
class Written:
    """Labelled, background, not labelled; one whose picture is gone. Walked as often as asked."""

    folder: Path

    def __iter__(self) -> Iterator[WrittenImage]:
        for name, split, objects in (
            ("a/one.png", "train", OBJECTS),
            ("two.png", "val", []),
            ("three.png", "unlabelled", None),
            ("four.png", "test", OBJECTS),
        ):
            picture = self.folder / name.replace("/", "-")
            picture.write_bytes(picture_bytes(len(name), size_wh=SIZE_WH))
            read = None if objects is None else lambda objects=objects: objects
            gone = name == "four.png"
            yield WrittenImage(split, name, None if gone else picture, SIZE_WH, read, None)


@pytest.fixture(params=sorted(FORMATS))
def form(request: pytest.FixtureRequest) -> Format:
    return FORMATS[request.param]


@pytest.fixture
def laid_out(form: Format, tmp_path: Path) -> FolderTree:
    pictures, root = tmp_path / "pictures", tmp_path / "dataset"
    pictures.mkdir()
    for name, content in form.write(CLASSES, Written(pictures)):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if name.endswith("/"):
            path.mkdir(exist_ok=True)
            continue
        path.write_bytes(bytes_of(content))
    assert form.sniff(FolderTree(root))
    return FolderTree(root)


def test_what_is_written_is_read_back(form: Format, laid_out: FolderTree) -> None:
    source = read_dataset(laid_out, limits=LIMITS)
    assert (source.class_names, source.names_are_known) == (list(CLASSES.values()), True)
    entries = list(source.entries())
    assert entries == list(source.entries())  # in the same order, as often as asked
    images = {e.path.rpartition("/")[2]: e for e in entries if isinstance(e, FoundImage)}
    strays = [e for e in entries if isinstance(e, FolderProblem)]
    assert {name: image.split for name, image in images.items()} == {
        "one.png": "train",
        "two.png": "val",
        "three.png": "train",
    }
    assert ["four" in stray.file for stray in strays] == [True], strays
    assert images["three.png"].label is None
    for name, objects in (("one.png", OBJECTS), ("two.png", [])):
        read = source.read_labels(images[name], size_wh=SIZE_WH, class_count=len(CLASSES))
        assert read.is_unchanged, read.list_problems()
        assert [each.class_index for each in read.objects] == [
            wanted.class_index for wanted in objects
        ]
        for each, wanted in zip(read.objects, objects, strict=True):
            kept = form.kept(wanted.polygons, size_wh=SIZE_WH)
            assert polygons_iou(each.polygons, kept) == pytest.approx(1)  # by bridges
            assert [len(part) for part in each.polygons] == [len(part) for part in kept]
    assert source.count_classes_used() == 3


def test_every_format_says_what_it_cannot_hold() -> None:
    for name, each in FORMATS.items():
        assert name == each.name
        assert each.leaves_out
        assert all(words == words.strip(" .") for words in each.leaves_out)


def test_what_nothing_recognises_is_told(tmp_path: Path) -> None:
    (tmp_path / "notes.md").write_text("nothing")
    with pytest.raises(TreeError, match="No images were found"):
        read_dataset(FolderTree(tmp_path), limits=LIMITS)
