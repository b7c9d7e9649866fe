"""Whatever a source looks like: all that goes in is taken, repaired or refused, once each.

Sets are drawn in layouts that people have, then spoilt as people spoil them: folders renamed,
files moved, suffixes and encodings changed, other files thrown in.
"""

import unicodedata
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from annotator.labels.formats.leftovers import is_irrelevant
from annotator.labels.formats.names import is_hidden_folder, is_image_name
from annotator.labels.formats.trees import FolderTree, TreeError
from annotator.labels.formats.yolo.data_yaml import is_class_list_name
from annotator.labels.formats.yolo.folder import scan_dataset
from tests.real_data import REAL_DATA

from .reading import MemoryTree, Reading, list_unaccounted, png_bytes, read_all

STEMS = ("a", "B", "décran", "100% sure", "0001", "0002", "x.y", "池", "a_mask", "ß")
LAYOUTS = (
    ("images/{split}/{stem}", "labels/{split}/{stem}"),
    ("{split}/images/{stem}", "{split}/labels/{stem}"),
    ("images/{split}/{cam}/{stem}", "labels/{split}/{cam}/{stem}"),
    ("{cam}/{stem}", "{cam}/{stem}"),
    ("obj_{split}_data/{stem}", "obj_{split}_data/{stem}"),
    ("photos/{cam}/{stem}", "texts/{cam}_{stem}"),
    ("photos/{cam}{stem}", "texts/{cam}{stem}"),
)
ROWS = (
    "0 0.1 0.1 0.4 0.15 0.25 0.6",
    "1 0.5 0.5 0.8 0.52 0.78 0.85 0.52 0.9",
    "1 0.5 0.5 0.2 0.2",
    "0 0.1 0.1 1.005 0.15 0.25 0.6",
    "0 0,1 0,1 0,4 0,15 0,25 0,6",
    "0 0.2 0.2 0.3 0.3 0.4 0.4",
    "0 0.1 0.1 0.4 0.15 0.25 0.6 0.9",
    "9 0.1 0.1 0.4 0.15 0.25 0.6",
    "0 nan 0.1 0.4 0.15 0.25 0.6",
    "0 5 0.1 0.4 0.15 0.25 0.6",
    "0 0.1 0.1 0.4 0.4 0.4 0.1 0.1 0.4",
)
YAMLS = (
    "",
    "names: [duck, boat]\n",
    "train: images/train\nval: images/val\nnames: [duck, boat]\n",
    "train: ../train/images\nval: ../val/images\nnames: {0: duck, 1: boat}\n",
    "train: photos\nnames: [boat]\n",
    "train: nowhere\nnames: [boat, duck, swan]\n",
    "train: train.txt\nnames: [duck, boat]\n",
)
JUNK = {
    "Thumbs.db": b"x",
    ".DS_Store": b"x",
    "__MACOSX/images/._a.jpg": b"x",
    "README.txt": b"about",
    "labels/ghost.txt": b"0 0.1 0.1 0.2 0.2 0.1 0.3\n0 0.1 0.1 0.9 0.9\n",
    "train.txt": b"images/train/a.jpg\n",
    "extra/data.yaml": b"names: [swan]\ntrain: .\n",
    "extra/swan.jpg": b"x",
    "extra/swan.txt": b"0 0.1 0.1 0.2 0.2 0.1 0.3\n",
    "masks/a.png": png_bytes("P"),
    "plots/loss.png": png_bytes("RGB"),
    "weights/best.pt": b"x",
    "sub/classes.txt": b"boat\nduck\n",
    "report.csv": b"epoch,loss\n1,2\n",
}
NO_LABELS = {JUNK[name] for name in ("README.txt", "train.txt", "sub/classes.txt")}
Files = dict[str, bytes]


@st.composite
def sets(draw: st.DrawFn) -> Files:
    """A set in one layout, and other files."""
    image, label = draw(st.sampled_from(LAYOUTS))
    files: Files = {}
    for number in range(draw(st.integers(1, 7))):
        place = {
            "split": draw(st.sampled_from(["train", "val", "test"])),
            "cam": draw(st.sampled_from(["cam1", "cam2"])),
            "stem": draw(st.sampled_from(STEMS)),
        }
        suffix = draw(st.sampled_from(["jpg", "JPG", "png"]))
        files[f"{image.format(**place)}.{suffix}"] = f"{number}".encode()
        if draw(st.booleans()):
            rows = draw(st.lists(st.sampled_from(ROWS), max_size=5))
            ending = draw(st.sampled_from(["\n", "\r\n"]))
            mark = draw(st.sampled_from(["", "", "\ufeff"]))
            files[f"{label.format(**place)}.txt"] = (mark + ending.join(rows)).encode()
    if yaml := draw(st.sampled_from(YAMLS)):
        files["data.yaml"] = yaml.encode()
    for name in draw(st.lists(st.sampled_from(sorted(JUNK)), max_size=4, unique=True)):
        files[name] = JUNK[name]
    return files


RENAMES: tuple[Callable[[str], str], ...] = (
    str.upper,
    str.lower,
    lambda name: unicodedata.normalize("NFD", name),
    lambda name: unicodedata.normalize("NFC", name),
    lambda name: quote(name, safe="/."),
    lambda name: name.replace("images", "Images").replace("labels", "LABELS"),
    lambda name: name.replace("images", "imgs"),
    lambda name: name.replace("labels", "annotations"),
    lambda name: name.replace("train", "trainingset"),
    lambda name: f"export (1)/{name}",
    lambda name: name.rpartition("/")[2],
    lambda name: f"{name}.bak",
    lambda name: name.replace(".txt", ".TXT"),
)


@st.composite
def spoilt_sets(draw: st.DrawFn) -> Files:
    files = dict(draw(sets()))
    for _ in range(draw(st.integers(1, 4))):
        rename = draw(st.sampled_from(RENAMES))
        names = sorted(files)
        chosen = names if draw(st.booleans()) else [draw(st.sampled_from(names))]
        for name in chosen:
            if (new := rename(name)) not in files:
                files[new] = files.pop(name)
    return files


def check(files: Files) -> Reading | None:
    tree = MemoryTree(files)
    try:
        reading = read_all(tree, format="yolo")
    except TreeError as error:
        event(f"refused: {str(error)[:30]}")
        return None
    assert list_unaccounted(tree, reading) == []
    visible = [name for name in files if not is_hidden_folder(name)]
    images = [name for name in visible if is_image_name(name.rpartition("/")[2])]
    alone = sum(not each.path for each in reading.images.values())  # labels without images
    assert sum(reading.count_images().values()) == len(images) + alone
    assert len(reading.told) == len(set(reading.told)), "one line for each file"
    uses = Counter(each.label for each in reading.images.values() if each.label)
    objects = sum(
        len(distinct_rows(files[name])) * max(uses[name], 1)
        for name in visible
        if name.lower().endswith(".txt") and is_of_labels(name, reading, files[name])
    )
    assert sum(reading.count_objects().values()) == objects
    assert all(uses[name] <= 1 or images_share(name, reading) for name in uses)
    return reading


def distinct_rows(data: bytes) -> set[str]:
    return {row.strip() for row in data.decode("utf-8-sig").splitlines() if row.strip()}


def is_of_labels(path: str, reading: Reading, data: bytes) -> bool:
    name = path.rpartition("/")[2]
    is_known = path in set(reading.source.files()) or data in NO_LABELS
    return not is_known and not is_irrelevant(name) and not is_class_list_name(name)


def images_share(label: str, reading: Reading) -> bool:
    """Whether the images of one label lie in one folder and differ in their suffix alone."""
    images = [path for path, each in reading.images.items() if each.label == label]
    return len({path.rpartition(".")[0] for path in images}) == 1


@settings(deadline=None, max_examples=150)
@given(sets())
def test_all_that_goes_in_is_taken_or_refused(files: Files) -> None:
    check(files)


@settings(deadline=None, max_examples=250, suppress_health_check=[HealthCheck.too_slow])
@given(spoilt_sets())
def test_so_it_is_however_a_set_is_spoilt(files: Files) -> None:
    check(files)


@settings(deadline=None, max_examples=100)
@given(spoilt_sets(), st.data())
def test_names_are_told_apart(files: Files, data: st.DataObject) -> None:
    """Images of one stem never have one name, unless they lie in one folder."""
    try:
        scan = scan_dataset(MemoryTree(files))
    except TreeError:
        return
    named: dict[str, str] = {}
    for image in scan.images():
        folder, _, base = image.path.rpartition("/")
        name = image.name or base.rpartition(".")[0]
        assert named.setdefault(unicodedata.normalize("NFC", name), folder) == folder


@pytest.mark.parametrize("damage", [b"\0", b"\xff\xfe", b"0 0.1", b"names: [", b"x" * 100])
@settings(deadline=None, max_examples=20)
@given(files=sets(), data=st.data())
def test_damaged_files_are_told_or_end_it_by_name(
    damage: bytes, files: Files, data: st.DataObject
) -> None:
    files = dict(files)
    files[data.draw(st.sampled_from(sorted(files)))] = damage
    try:
        reading = read_all(MemoryTree(files), format="yolo")
    except TreeError:
        return
    assert list_unaccounted(MemoryTree(files), reading) == []


# --- real sets ----------------------------------------------------------------------------------

YOLO_FIXTURES = REAL_DATA / "fixtures/datumaro-cvat/tests/assets/yolo_dataset"


def real(path: Path) -> FolderTree:
    if not path.is_dir():
        pytest.skip(f"{path.name} is not on this machine")
    return FolderTree(path)


@pytest.mark.parametrize(
    ("name", "images", "objects", "told"),
    [("feral-cats", 571, 2351, 0), ("coco128-seg", 128, 929, 2), ("arecanut-dirty", 6, 5, 5)],
)
def test_real_sets(name: str, images: int, objects: int, told: int) -> None:
    tree = real(REAL_DATA / name)
    reading = read_all(tree)
    assert (len(reading.images), len(reading.problems)) == (images, told)
    assert reading.count_objects()["taken"] == objects
    assert list_unaccounted(tree, reading) == []


@pytest.mark.parametrize(
    ("name", "boxes", "polygons"),
    [
        ("yolo", 2, 0),
        ("yolov8_detection", 2, 0),
        ("yolov8_detection_with_list_of_imgs", 2, 0),
        ("yolov8_detection_with_list_of_names", 2, 0),
        ("yolov8_detection_with_subset_txt", 2, 0),
        ("yolov8_segmentation", 0, 2),
    ],
)
def test_fixtures_that_are_read(name: str, boxes: int, polygons: int) -> None:
    reading = read_all(real(YOLO_FIXTURES / name), format="yolo")
    found = [each.is_box for read in reading.labels.values() for each in read.objects]
    assert (found.count(True), found.count(False)) == (boxes, polygons)
    assert reading.classes == ["label_2", "label_4"]
    assert reading.problems == []


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("yolov8_classification", "classification"),
        ("yolov8_oriented_boxes", "oriented boxes"),
        ("yolov8_pose", "pose"),
        ("yolov8_pose_two_values_per_point", "pose"),
    ],
)
def test_fixtures_that_are_refused_by_name(name: str, reason: str) -> None:
    with pytest.raises(TreeError, match=reason):
        read_all(real(YOLO_FIXTURES / name), format="yolo")
