"""PNG masks in every layout: which image each belongs to, and what its values mean."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from annotator.labels.formats.base import Format, WrittenObject
from annotator.labels.formats.mask_formats.mask_files import MaskError, colour_map, read_mask
from annotator.labels.formats.mask_formats.masks import InstanceMasks, Masks
from annotator.labels.formats.trees import TreeError
from annotator.labels.polygons.contours import mask_of_polygons
from annotator.labels.polygons.geometry import Polygons
from tests.annotator.labels.formats.written import (
    LIMITS,
    SIZE_WH,
    Sample,
    box,
    lay_all,
    png,
    read_all,
    write_out,
)
from tests.annotator.sources import picture_bytes

CLASSES = {0: "duck", 1: "swan: white", 2: "nø & <b>"}
RING: Polygons = [[[30, 4, 60, 4, 60, 40, 30, 40], [40, 10, 40, 30, 50, 30, 50, 10]]]
TWO_PARTS: Polygons = [*box(2, 2, 8, 8), *box(12, 2, 20, 9)]
PHOTO = picture_bytes(1, size_wh=SIZE_WH)
PALETTE = [channel for c in colour_map() for channel in (c >> 16, c >> 8 & 255, c & 255)]
LEFT, RIGHT = (2, 2, 20, 20), (30, 2, 50, 20)


def values(*boxes: tuple[int, int, int, int, int], kind: type = np.uint8) -> np.ndarray:
    found: np.ndarray = np.zeros((48, 64), dtype=kind)
    for left, top, right, bottom, value in boxes:
        found[top:bottom, left:right] = value
    return found


ONE_255 = png(values((*LEFT, 255)))
BOTH_255 = png(values((*LEFT, 255), (*RIGHT, 255)))
COUNTED = png(values((*LEFT, 1), (*RIGHT, 2)))
INDEXED = png(values((*LEFT, 1), (*RIGHT, 2), (0, 40, 64, 48, 255)), palette=PALETTE)


@pytest.mark.parametrize(
    ("files", "classes", "expected"),
    [
        # one an image
        ({"masks/one.png": BOTH_255}, ["object"], [(0, LEFT), (0, RIGHT)]),
        ({"one_mask.png": BOTH_255}, ["object"], [(0, LEFT), (0, RIGHT)]),
        ({"masks/one_segmentation.png": BOTH_255}, ["object"], [(0, LEFT), (0, RIGHT)]),
        ({"labels/one.png": INDEXED}, ["class_1", "class_2"], [(0, LEFT), (1, RIGHT)]),
        ({"masks/one.png": COUNTED}, ["object"], [(0, LEFT), (0, RIGHT)]),
        ({"gt/one.png": INDEXED, "classes.txt": "a\nb"}, ["a", "b"], [(0, LEFT), (1, RIGHT)]),
        (
            {"gt/one.png": INDEXED, "classes.txt": "background\na\nb\n"},
            ["a", "b"],
            [(0, LEFT), (1, RIGHT)],
        ),
        (
            {"masks/one.png": png(values((*LEFT, 300), (*RIGHT, 7), kind=np.uint16))},
            ["object"],
            [(0, RIGHT), (0, LEFT)],
        ),
        ({"instances/one.png": INDEXED}, ["object"], None),
        # one an object
        (
            {"masks/one/a_1.png": ONE_255, "masks/one/b_2.png": png(values((*RIGHT, 255)))},
            ["a", "b"],
            [(0, LEFT), (1, RIGHT)],
        ),
        (
            {"one_mask_0.png": ONE_255, "one_mask_1.png": png(values((*RIGHT, 255)))},
            ["object"],
            [(0, LEFT), (0, RIGHT)],
        ),
        (
            {"masks/one_duck_1.png": BOTH_255, "masks/one_swan_2.png": ONE_255},
            ["duck", "swan"],
            None,
        ),
        # class folders
        (
            {"masks/duck/one.png": BOTH_255, "masks/swan/one.png": ONE_255},
            ["duck", "swan"],
            [(0, LEFT), (0, RIGHT), (1, LEFT)],
        ),
    ],
)
def test_layouts(
    tmp_path: Path,
    files: dict[str, bytes | str],
    classes: list[str],
    expected: list[tuple[int, tuple[int, int, int, int]]] | None,
) -> None:
    beside = any(name.startswith("one_") for name in files)
    photo = "one.jpg" if beside else "images/one.png"
    tree = lay_all(tmp_path, {photo: picture_bytes(1, size_wh=SIZE_WH), **files})
    forms: tuple[Format, ...] = (Masks(), InstanceMasks())
    form = next(each for each in forms if each.sniff(tree))
    read = read_all(form, tree)
    assert sorted(read.source.class_names) == sorted(classes)
    assert list(read.images) == ["one"]
    assert read.counts()[1:] == (0, 0), read.reasons("one")
    found = [
        (read.source.class_names[each.class_index], each.polygons)
        for each in read.labels["one"].objects
    ]
    if expected is not None:
        assert found == [(classes[index], box(*corners)) for index, corners in expected]
    assert {path for path in files if path.endswith(".png")} <= set(read.source.files())
    assert any(note for note in read.source.notes)


def test_the_layout_of_nuclei(tmp_path: Path) -> None:
    """<id>/images/<id>.png with <id>/masks/<hash>.png: one an object."""
    files: dict[str, bytes | str] = {}
    for name in ("0a1b", "2c3d"):
        files[f"stage1/{name}/images/{name}.png"] = picture_bytes(len(name), size_wh=SIZE_WH)
        files[f"stage1/{name}/masks/{name}00ff00ff00ff00ff.png"] = ONE_255
        files[f"stage1/{name}/masks/{name}11ff00ff00ff00ff.png"] = png(values((*RIGHT, 255)))
    tree = lay_all(tmp_path, files)
    assert InstanceMasks().sniff(tree)
    assert not Masks().sniff(tree)
    read = read_all(InstanceMasks(), tree)
    assert read.source.class_names == ["object"]
    assert read.counts() == (4, 0, 0)


def test_colours_are_classes(tmp_path: Path) -> None:
    pixels = np.zeros((48, 64, 3), np.uint8)
    pixels[2:20, 2:20] = (255, 0, 0)
    pixels[2:20, 30:50] = (0, 0, 255)
    files: dict[str, bytes | str] = {"images/one.png": PHOTO, "masks/one.png": png(pixels)}
    read = read_all(Masks(), lay_all(tmp_path / "a", files))
    assert read.source.class_names == ["colour_0000ff", "colour_ff0000"]
    listed = {**files, "labelmap.txt": "background:0,0,0::\nduck:255,0,0::\nswan:0,0,255::\n"}
    read = read_all(Masks(), lay_all(tmp_path / "b", listed))
    assert read.source.class_names == ["duck", "swan"]
    assert [each.class_index for each in read.labels["one"].objects] == [1, 0]


def test_masks_are_never_photographs(tmp_path: Path) -> None:
    """Nor are previews, which do not look like masks."""
    preview = picture_bytes(3, size_wh=SIZE_WH)
    tree = lay_all(
        tmp_path,
        {
            "images/one.jpg": PHOTO,
            "images/two.jpg": PHOTO,
            "masks/one.png": BOTH_255,
            "seg_vis/one.png": preview,
            "seg_vis/two.png": preview,
        },
    )
    read = read_all(Masks(), tree)
    assert list(read.images) == ["one", "two"]
    assert read.images["two"].label is None
    assert [each.file for each in read.problems] == ["seg_vis/one.png", "seg_vis/two.png"]
    assert {each.objects for each in read.problems} == {0}


@pytest.mark.parametrize(
    "labels",
    [
        {"labels/one.txt": "0 0.1 0.1 0.5 0.1 0.5 0.5\n"},
        {"a.xml": "<annotations><version>1.1</version></annotations>"},
        {"one.xml": "<annotation><object><bndbox/></object></annotation>"},
        {"a.json": '{"images": [], "annotations": [], "categories": []}'},
    ],
)
def test_other_labels_say_more_than_masks(tmp_path: Path, labels: dict[str, bytes | str]) -> None:
    tree = lay_all(tmp_path, {"images/one.png": PHOTO, "masks/one.png": BOTH_255, **labels})
    assert not Masks().sniff(tree)
    assert not InstanceMasks().sniff(tree)


def test_photographs_alone_are_no_masks(tmp_path: Path) -> None:
    tree = lay_all(tmp_path, {"images/one.png": PHOTO, "objects/two.png": PHOTO})
    assert not Masks().sniff(tree)
    with pytest.raises(TreeError, match="No masks were found"):
        Masks().read(tree, limits=LIMITS)


def test_a_mask_of_another_size_is_refused_by_name(tmp_path: Path) -> None:
    mask = np.zeros((20, 20), np.uint8)
    mask[2:5, 2:5] = 255
    tree = lay_all(tmp_path, {"images/one.png": PHOTO, "masks/one.png": png(mask)})
    read = read_all(Masks(), tree)
    assert read.counts() == (0, 0, 1)
    assert (
        "one.png, object 1 (value 255): the mask has 20 × 20 pixels, and its image 64 × 48"
        in (read.reasons("one")[0])
    )


def test_values_beyond_the_list_are_refused(tmp_path: Path) -> None:
    mask = png(values((*LEFT, 1), (*RIGHT, 9)))
    files: dict[str, bytes | str] = {
        "images/one.png": PHOTO,
        "masks/one.png": mask,
        "classes.txt": "duck\nswan",
    }
    read = read_all(Masks(), lay_all(tmp_path, files))
    assert read.counts() == (1, 0, 1)
    assert "object 2 (value 9): nothing says which class it is" in read.reasons("one")[0]


def test_binary_masks_with_several_classes_say_nothing(tmp_path: Path) -> None:
    files: dict[str, bytes | str] = {
        "images/one.png": PHOTO,
        "masks/one.png": BOTH_255,
        "classes.txt": "duck\nswan",
    }
    read = read_all(Masks(), lay_all(tmp_path, files))
    assert read.counts() == (0, 0, 2)


def test_damaged_and_noisy_masks_are_refused_by_name(tmp_path: Path) -> None:
    noise = np.zeros((2000, 2000), np.uint8)
    noise[:800] = 255 * (np.random.default_rng(0).random((800, 2000)) < 0.3)
    tree = lay_all(
        tmp_path,
        {
            "images/a.png": PHOTO,
            "images/b.png": PHOTO,
            "images/c.png": picture_bytes(2, size_wh=(20, 20)),
            "masks/a.png": BOTH_255,
            "masks/b.png": BOTH_255[:-40],
            "masks/c.png": png(noise),
        },
    )
    read = read_all(Masks(), tree)
    assert read.counts() == (2, 0, 2)
    assert read.reasons("b") == ["b.png: the mask is damaged, cut short or no PNG."]
    assert "noise, not objects" in read.reasons("c")[0]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "damaged"),
        (b"\x89PNG\r\n\x1a\n" + bytes(40), "damaged"),
        (picture_bytes(1, kind="JPEG"), "no PNG"),
        (png(np.zeros((2000, 600), np.uint8)), "more than 1 megapixels"),
    ],
)
def test_what_is_no_mask(data: bytes, reason: str) -> None:
    with pytest.raises(MaskError, match=reason):
        read_mask(data, max_megapixels=1)


@pytest.mark.parametrize("form", [Masks(), InstanceMasks()])
def test_out_and_in_again(form: Format, tmp_path: Path) -> None:
    objects = [
        WrittenObject(1, RING),
        WrittenObject(0, box(2, 2, 8, 8)),
        WrittenObject(2, box(2, 30, 5, 40)),
    ]
    samples = [
        Sample("cam1/one.png", "train", objects),
        Sample("two.png", "val"),
        Sample("three.png", "unlabelled", None),
        Sample("four.png", "test", objects[:2], has_file=False),
    ]
    tree = write_out(form, tmp_path / "set", CLASSES, samples)
    assert form.sniff(tree)
    other = InstanceMasks() if isinstance(form, Masks) else Masks()
    assert not other.sniff(tree)
    read = read_all(form, tree)
    assert read.source.class_names == list(CLASSES.values())
    assert {name: image.split for name, image in read.images.items()} == {
        "cam1/one": "train",
        "two": "val",
        "three": "train",
    }
    assert [("four" in each.file, each.objects) for each in read.problems] == [(True, 2)]
    assert read.images["three"].label is None
    assert read.labels["two"].objects == []
    found = read.labels["cam1/one"].objects
    kept = {each.class_index: form.kept(each.polygons, size_wh=SIZE_WH) for each in objects}
    assert {each.class_index: each.polygons for each in found} == kept
    if form.name == "instance_masks":
        assert [each.class_index for each in found] == [1, 0, 2]


def test_one_mask_an_object_keeps_parts_and_what_overlaps(tmp_path: Path) -> None:
    objects = [WrittenObject(0, TWO_PARTS), WrittenObject(1, box(0, 0, 64, 48))]
    tree = write_out(InstanceMasks(), tmp_path / "s", CLASSES, [Sample("one.png", objects=objects)])
    found = read_all(InstanceMasks(), tree).labels["one"].objects
    assert [each.polygons for each in found] == [each.polygons for each in objects]


@pytest.mark.parametrize("form", [Masks(), InstanceMasks()])
def test_more_classes_than_a_byte_holds(form: Format, tmp_path: Path) -> None:
    classes = {index: f"kind {index}" for index in range(600)}
    picked = (0, 1, 253, 254, 255, 256, 599)
    objects = [
        WrittenObject(index, box(4 * place, 2, 4 * place + 3, 9))
        for place, index in enumerate(picked)
    ]
    tree = write_out(form, tmp_path / "s", classes, [Sample("one.png", objects=objects)])
    read = read_all(form, tree)
    assert read.source.class_names == list(classes.values())
    assert [each.class_index for each in read.labels["one"].objects] == list(picked)


corner = st.integers(0, 47)
rectangle = st.tuples(corner, corner, st.integers(1, 16), st.integers(1, 16))
drawn = st.lists(
    st.tuples(st.integers(0, 2), st.lists(rectangle, min_size=1, max_size=3)), max_size=4
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(drawn)
def test_any_objects_come_back(
    tmp_path_factory: pytest.TempPathFactory,
    drawn: list[tuple[int, list[tuple[int, int, int, int]]]],
) -> None:
    objects = [
        WrittenObject(index, [box(x, y, x + w, min(y + h, 48))[0] for x, y, w, h in boxes])
        for index, boxes in drawn
    ]
    objects = [each for each in objects if mask_of_polygons(each.polygons, size_wh=SIZE_WH).any()]
    root = tmp_path_factory.mktemp("set") / "s"
    tree = write_out(InstanceMasks(), root, CLASSES, [Sample("one.png", objects=objects)])
    found = read_all(InstanceMasks(), tree).labels["one"].objects
    assert [(each.class_index, each.polygons) for each in found] == [
        (each.class_index, InstanceMasks().kept(each.polygons, size_wh=SIZE_WH)) for each in objects
    ]
