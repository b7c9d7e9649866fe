"""Real files of other projects: the legal ones come in with right counts and go out again equal.

They lie outside the project; without them these tests are skipped.
"""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from annotator.labels.formats import FORMATS, find_format
from annotator.labels.formats.base import (
    HOLD_REGIONS,
    Format,
    ReadObject,
    WrittenImage,
    WrittenObject,
)
from annotator.labels.formats.trees import FolderTree, TreeError
from annotator.labels.polygons.geometry import Polygons
from tests.real_data import REAL_DATA

from ..round_trips import LIMITS, Back, lay_out, read_back

COCO = "fixtures/datumaro-cvat/tests/assets/coco_dataset"
LABELME = "fixtures/labelme/examples"
STUDIO = "fixtures/label-studio-converter/tests/data"

pytestmark = [
    pytest.mark.real_data,
    pytest.mark.skipif(
        not (REAL_DATA / "fixtures").is_dir(), reason="the folder of real data is absent"
    ),
]


class Legal(NamedTuple):
    folder: str
    form: str
    images: int
    objects: int
    refused: int
    classes: tuple[str, ...] = ()


LEGAL = [
    Legal("nuts-coco", "coco", 18, 165, 0, ("date", "fig", "hazelnut")),
    Legal("kudzu-via", "via2", 40, 869, 0, ("kudzu", "unnamed")),
    Legal(f"{COCO}/coco_instances", "coco", 2, 3, 0, ("a", "b", "c")),
    Legal(f"{COCO}/coco_person_keypoints", "coco", 2, 2, 1, ("a", "b")),
    Legal(f"{COCO}/coco_image_info", "coco", 2, 0, 0),
    Legal(f"{LABELME}/instance_segmentation/data_annotated", "labelme", 3, 14, 0),
    Legal(f"{LABELME}/instance_segmentation/data_dataset_coco", "coco", 3, 12, 0),
    Legal(f"{LABELME}/bbox_detection", "labelme", 3, 9, 0, ("person", "bus", "car")),
    Legal(f"{LABELME}/primitives", "labelme", 1, 5, 3),
    Legal(f"{LABELME}/tutorial", "labelme", 1, 4, 0),
    Legal(f"{LABELME}/video_annotation", "labelme", 5, 15, 0, ("car", "track")),
]


def read(folder: str, form: str = "") -> tuple[Format, Back, FolderTree]:
    tree = FolderTree(REAL_DATA / folder)
    found = FORMATS[form] if form else find_format(tree)
    return found, read_back(found, tree), tree


@pytest.mark.parametrize("case", LEGAL, ids=lambda case: f"{case.form}-{case.folder[-28:]}")
def test_the_legal_ones_come_in_whole(case: Legal) -> None:
    form, back, _ = read(case.folder)
    assert form.name == case.form
    assert len(back.images) == case.images
    assert len(back.objects) == case.objects
    assert back.count("refused") == case.refused
    if case.classes:
        assert tuple(back.source.class_names) == case.classes


class Again(NamedTuple):
    """What was read, to be written."""

    back: Back
    folder: Path
    root: Path

    def walk(self) -> Iterator[WrittenImage]:
        for name, image in self.back.images.items():
            objects = None
            regions: list[Polygons] = []
            if name in self.back.labels:
                read = self.back.labels[name].objects
                objects = [WrittenObject(*each[1:7]) for each in read if not each.is_region]
                regions = [each.polygons for each in read if each.is_region]
            file = self.root / image.path
            yield WrittenImage(
                image.split if objects is not None else "unlabelled",
                f"{name}{file.suffix}",
                file,
                SIZES[file],
                None if objects is None else (lambda objects=objects: objects),  # type: ignore[misc]
                None,
                read_regions=lambda regions=regions: regions,  # type: ignore[misc]
            )


class _Walked:
    def __init__(self, again: Again) -> None:
        self._again = again

    def __iter__(self) -> Iterator[WrittenImage]:
        return self._again.walk()


class _Sizes(dict[Path, tuple[int, int]]):
    def __missing__(self, file: Path) -> tuple[int, int]:
        from PIL import Image

        with Image.open(file) as image:
            self[file] = image.size
        return self[file]


SIZES = _Sizes()


def _class_of(each: ReadObject) -> int | None:
    return None if each.is_region else each.class_index


def _by_kind(each: ReadObject) -> bool:
    """Objects before regions, each in their order."""
    return each.is_region


@pytest.mark.parametrize("name", sorted({case.form for case in LEGAL} | {"label_studio"}))
@pytest.mark.parametrize(
    "case", [case for case in LEGAL if case.objects], ids=lambda case: case.folder[-28:]
)
def test_they_go_out_again_equal(case: Legal, name: str, tmp_path: Path) -> None:
    _, back, tree = read(case.folder)
    form = FORMATS[name]
    classes = dict(enumerate(back.source.class_names))
    again = _Walked(Again(back, tmp_path, REAL_DATA / case.folder))
    written = read_back(form, lay_out(tmp_path / "out", form.write(classes, again)))
    assert written.source.class_names == back.source.class_names
    assert {n: i.split for n, i in written.images.items() if n in back.labels} == {
        n: i.split for n, i in back.images.items() if n in back.labels
    }
    assert not written.lines
    for image, labels in back.labels.items():
        got = written.labels[image].objects
        given = [each for each in labels.objects if name in HOLD_REGIONS or not each.is_region]
        assert Counter(map(_class_of, got)) == Counter(map(_class_of, given))
        size_wh = SIZES[REAL_DATA / case.folder / back.images[image].path]
        for one, two in zip(sorted(got, key=_by_kind), sorted(given, key=_by_kind), strict=True):
            assert (one.is_box, one.note) == (two.is_box, two.note)
            if one.is_region and name == "coco":
                continue  # COCO has regions as masks
            kept = form.kept(two.polygons, size_wh=size_wh)
            assert [[len(ring) for ring in part] for part in one.polygons] == [
                [len(ring) for ring in part] for part in kept
            ]
    assert tree.names("") is not None


@pytest.mark.parametrize(
    ("folder", "reason"),
    [
        (f"{COCO}/coco_captions", "captions"),
        (f"{COCO}/coco_labels", "labels of whole images"),
        (f"{COCO}/coco_panoptic", "panoptic"),
        (f"{COCO}/coco_stuff", "stuff"),
        (f"{LABELME}/classification", "labels of whole images"),
    ],
)
def test_the_illegal_ones_are_refused_by_name(folder: str, reason: str) -> None:
    tree = FolderTree(REAL_DATA / folder)
    with pytest.raises(TreeError, match=reason):
        find_format(tree).read(tree, limits=LIMITS)


def test_all_kinds_of_coco_in_one_folder() -> None:
    """The outlines are taken once; every other file is told with its count of rows."""
    _, back, _ = read(f"{COCO}/coco")
    assert len(back.objects) == 3
    kinds = ("captions", "labels", "panoptic", "person_keypoints", "stuff")
    told = {each.file.rpartition("/")[2].partition("_t")[0] for each in back.problems}
    assert {kind for kind in kinds if any(name.startswith(kind) for name in told)} == set(kinds)
    assert all(each.objects for each in back.problems)


@pytest.mark.parametrize(
    ("folder", "images", "objects", "classes"),
    [
        ("test_export_json_min", 1, 1, ["Airplane"]),
        ("test_export_yolo", 3, 30, ["parasites", "white"]),
    ],
)
def test_label_studio_without_images_is_labels_alone(
    folder: str, images: int, objects: int, classes: list[str]
) -> None:
    """Nothing says the true size: the one that the file names is taken, whatever it is."""
    _, back, _ = read(f"{STUDIO}/{folder}")
    assert len(back.images) == images
    assert {each.path for each in back.images.values()} == {""}
    assert sum(len(each.objects) + each.refused_count for each in back.labels.values()) == objects
    assert back.source.class_names[: len(classes)] == classes
