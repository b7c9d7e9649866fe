"""Formats in JSON: out and in again is the same, and a hostile file ends in lines, never in a
fault."""

import copy
import json
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from annotator.labels.formats.base import Format, ReadLabels, WrittenObject
from annotator.labels.formats.json_formats.coco import Coco
from annotator.labels.formats.json_formats.label_studio import LabelStudio
from annotator.labels.formats.json_formats.labelme import Labelme
from annotator.labels.formats.json_formats.supervisely import Supervisely
from annotator.labels.formats.json_formats.via2 import Via2
from annotator.labels.formats.json_formats.via3 import Via3
from annotator.labels.formats.json_formats.x_anylabeling import XAnyLabeling
from annotator.labels.formats.shapes import box_ring
from annotator.labels.formats.trees import FileReadError, FolderTree, TreeError
from annotator.labels.polygons.geometry import Polygons

from ..round_trips import LIMITS, SIZE_WH, Images, Made, assert_same, lay_out, read_back, round_trip

FORMATS: list[Format] = [
    Coco(),
    LabelStudio(),
    Labelme(),
    Supervisely(),
    Via2(),
    Via3(),
    XAnyLabeling(),
]
each_format = pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
CLASSES = {0: "duck", 1: "swan: white", 2: "nø, “quoted” <b>", 3: "zebra", 4: "ant"}

TRIANGLE: Polygons = [[[1.5, 2.25, 20.1234, 2, 10, 30]]]
FRAME: Polygons = [[[30, 4, 60, 4, 60, 40, 30, 40], [40, 10, 40, 30, 50, 30, 50, 10]]]
PARTS: Polygons = [[[2, 2, 9, 2, 9, 9, 2, 9]], [[20, 20, 31, 20, 31, 31, 20, 31]]]
BOX: Polygons = [[[3.5, 4.25, 30.75, 4.25, 30.75, 20.125, 3.5, 20.125]]]
TURNED: Polygons = [[[round(n, 4) for n in box_ring(20, 10, 20, 8, degrees=30)]]]

coordinates = st.integers(0, 64_0000).map(lambda n: n / 10_000)


@st.composite
def shapes(draw: st.DrawFn) -> WrittenObject:
    """Convex outlines, boxes, holes, parts and attributes."""
    kind = draw(st.sampled_from(("ring", "box", "turned", "frame", "parts")))
    if kind == "ring":
        x, y = draw(st.floats(12, 50)), draw(st.floats(12, 36))
        radius = draw(st.floats(0.5, 11))
        count = draw(st.integers(3, 40))
        ring: list[float] = []
        for index in range(count):
            angle = 2 * math.pi * index / count
            ring += (round(x + radius * math.cos(angle), 4), round(y + radius * math.sin(angle), 4))
        polygons: Polygons = [[ring]]
    elif kind == "box":
        # A dataset whose every coordinate is below 1 px is read as coordinates from 0 to 1.
        left, top = draw(st.integers(11, 300)) / 10, draw(st.integers(11, 200)) / 10
        right = left + draw(st.integers(1, 300)) / 10
        bottom = top + draw(st.integers(1, 200)) / 10
        polygons = [[[left, top, right, top, right, bottom, left, bottom]]]
    else:
        polygons = {"turned": TURNED, "frame": FRAME, "parts": PARTS}[kind]
    note = draw(st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), max_size=20))
    return WrittenObject(
        draw(st.sampled_from(sorted(CLASSES))),
        polygons,
        is_box=kind in {"box", "turned"},
        occluded=draw(st.booleans()),
        truncated=draw(st.booleans()),
        note=note,
    )


@st.composite
def datasets(draw: st.DrawFn) -> list[Made]:
    """Images in splits and folders, some looked at and empty, some not labelled."""
    made = []
    for number in range(draw(st.integers(1, 5))):
        folder = draw(st.sampled_from(("train", "val", "test", "unlabelled")))
        objects = None if folder == "unlabelled" else draw(st.lists(shapes(), max_size=4))
        place = draw(st.sampled_from(("", "cam1/", "cam2/deep/", "Zürich/")))
        made.append(Made(folder, f"{place}p{number}.png", objects))
    return made


@each_format
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(made=datasets())
def test_out_and_in_again_is_the_same(form: Format, made: list[Made]) -> None:
    if all(each.objects is None for each in made):
        made = [*made, Made("train", "one-more.png", [])]
    with TemporaryDirectory() as folder:
        back = round_trip(form, CLASSES, made, Path(folder))
        assert back.source.class_names == list(CLASSES.values())
        assert not back.problems
        assert_same(back, made, form)


@each_format
@pytest.mark.parametrize("polygons", [TRIANGLE, FRAME, PARTS, BOX, TURNED])
def test_what_is_kept_is_what_comes_back(form: Format, polygons: Polygons, tmp_path: Path) -> None:
    made = [Made("val", "a.png", [WrittenObject(3, polygons)])]
    back = round_trip(form, CLASSES, made, tmp_path)
    assert_same(back, made, form)


@each_format
def test_the_same_name_in_several_splits_and_folders(form: Format, tmp_path: Path) -> None:
    made = [
        Made(split, f"{folder}0001.png", [WrittenObject(index, TRIANGLE)])
        for index, (split, folder) in enumerate(
            (split, folder) for split in ("train", "test") for folder in ("cam1/", "cam2/")
        )
    ]
    tree = lay_out(tmp_path / "out", form.write(CLASSES, Images(made, tmp_path / "pictures")))
    back = read_back(form, tree)
    assert sorted(back.images) == [
        "test/cam1/0001",
        "test/cam2/0001",
        "train/cam1/0001",
        "train/cam2/0001",
    ]
    for index, each in enumerate(made):
        name = f"{each.folder}/{each.name[:-4]}"
        assert [o.class_index for o in back.labels[name].objects] == [index]
        assert back.images[name].split == each.folder


@each_format
def test_an_image_that_is_gone_is_told_with_its_objects(form: Format, tmp_path: Path) -> None:
    made = [Made("train", "a.png", [WrittenObject(0, TRIANGLE)] * 3), Made("train", "b.png", [])]
    tree = lay_out(tmp_path / "out", form.write(CLASSES, Images(made, tmp_path / "pictures")))
    next((tmp_path / "out").rglob("a.png")).unlink()
    back = read_back(form, tree)
    assert list(back.images) == ["b"]
    assert [each.objects for each in back.problems] == [3]
    assert "a" in back.problems[0].file
    for picture in (tmp_path / "out").rglob("*.png"):
        picture.unlink()
    alone = read_back(form, tree, size_wh=SIZE_WH)  # labels alone, for images that are here
    assert {image.path for image in alone.images.values()} == {""}
    assert [len(alone.labels[name].objects) for name in ("a", "b")] == [3, 0]


@each_format
def test_objects_of_an_image_are_asked_for_once_and_written_piece_by_piece(
    form: Format, tmp_path: Path
) -> None:
    """A writer that gathered objects would ask for those of the second image before it gives
    those of the first."""
    made = [Made("train", f"{n:03}.png", [WrittenObject(0, TRIANGLE)] * 50) for n in range(40)]
    images = Images(made, tmp_path / "pictures")
    most = 0
    for _, content in form.write(CLASSES, images):
        if isinstance(content, bytes | Path):
            continue
        asked = images.asked
        for piece in content:
            most = max(most, len(piece))
        assert images.asked - asked in {0, 40}
    assert images.asked == 40
    assert most < 20_000


# --- hostile files --------------------------------------------------------------------------

ODD: list[object] = [
    None,
    True,
    -1,
    0,
    3.5,
    1e308,
    10**40,
    math.nan,
    math.inf,
    "",
    "x",
    "\ud800",
    "../../etc/passwd",
    "1" * 3000,
    [],
    [[]],
    [None],
    {},
    {"id": {}},
    [[[[[[1]]]]]],
]


def _places(value: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    yield path
    items = value.items() if isinstance(value, dict) else ()
    for key, each in items or (enumerate(value) if isinstance(value, list) else ()):
        if not isinstance(key, int) or key < 2:  # the others are like the first ones
            yield from _places(each, (*path, key))


def _replaced(value: object, path: tuple[str | int, ...], odd: object) -> object:
    if not path:
        return odd
    changed = copy.deepcopy(value)
    inner: object = changed
    for key in path[:-1]:
        inner = inner[key]  # type: ignore[index]
    inner[path[-1]] = odd  # type: ignore[index]
    return changed


def _reads_or_says_why(form: Format, folder: Path) -> None:
    tree = FolderTree(folder)
    form.sniff(tree)
    try:
        source = form.read(tree, limits=LIMITS)
    except TreeError:
        return
    for entry in source.entries():
        label = getattr(entry, "label", None)
        if label is None:
            continue
        read: ReadLabels | None = None
        try:
            read = source.read_labels(
                entry,  # type: ignore[arg-type]
                size_wh=SIZE_WH,
                class_count=len(source.class_names),
            )
        except FileReadError:
            continue
        for each in read.objects:
            assert 0 <= each.class_index < len(source.class_names)
            for polygon in each.polygons:
                for ring in polygon:
                    assert len(ring) >= 6
                    assert all(0 <= x <= SIZE_WH[0] for x in ring[0::2])
                    assert all(0 <= y <= SIZE_WH[1] for y in ring[1::2])


@each_format
def test_odd_values_everywhere_end_in_lines(form: Format, tmp_path: Path) -> None:
    objects = [
        WrittenObject(0, TRIANGLE, note="n", occluded=True),
        WrittenObject(1, FRAME),
        WrittenObject(2, PARTS),
        WrittenObject(3, BOX, is_box=True),
        WrittenObject(3, TURNED, is_box=True),
    ]
    made = [Made("train", "a.png", objects), Made("train", "b.png", [])]
    out = tmp_path / "out"
    lay_out(out, form.write(CLASSES, Images(made, tmp_path / "pictures")))
    for file in sorted(out.rglob("*.json")):
        original = file.read_text()
        value = json.loads(original)
        for number, path in enumerate(_places(value)):
            for odd in ODD[number % 4 :: 4]:  # each of them in many places
                file.write_text(json.dumps(_replaced(value, path, odd)))
                try:
                    _reads_or_says_why(form, out)
                except Exception as error:
                    raise AssertionError(f"{file.name}: {path} = {odd!r}") from error
        file.write_text(original)


@each_format
@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: data[: len(data) // 2],
        lambda data: data[:-3],
        lambda data: b"",
        lambda data: b"\xff\xfe" + data,
        lambda data: b"\xef\xbb\xbf" + data,
        lambda data: b"[" * 200_000,
        lambda data: b'{"a":' * 100_000,
        lambda data: data.replace(b"0", b"NaN"),
        lambda data: data.replace(b"2", b"9" * 5000),
        lambda data: data + data,
        lambda data: data.replace(b"[", b"{"),
    ],
)
def test_broken_files_end_in_lines(
    form: Format, spoil: Callable[[bytes], bytes], tmp_path: Path
) -> None:
    made = [
        Made("train", "a.png", [WrittenObject(0, TRIANGLE), WrittenObject(1, FRAME)]),
        Made("val", "b.png", []),
    ]
    out = tmp_path / "out"
    lay_out(out, form.write(CLASSES, Images(made, tmp_path / "pictures")))
    for file in sorted(out.rglob("*.json")):
        original = file.read_bytes()
        file.write_bytes(spoil(original))
        _reads_or_says_why(form, out)
        file.write_bytes(original)
