"""Every format: what goes out comes in again, equal, or exactly as the format says it will.

No Django, no database: a dataset of awkward things is written, unpacked and read.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as PillowImage

from annotator.labels.formats import FORMATS, read_dataset
from annotator.labels.formats.base import (
    Format,
    FoundImage,
    ReadLimits,
    Source,
    WrittenImage,
    WrittenObject,
)
from annotator.labels.formats.trees import FolderTree
from annotator.labels.polygons.geometry import Polygons
from annotator.labels.polygons.overlap import polygons_iou

LIMITS = ReadLimits(10 << 20, 50.0)
SIZE_WH = (120, 90)
CLASSES = {index: f"class {index:02d}" for index in range(80)} | {
    3: "no",
    7: "Füchse",
    11: "a, b; c",
    13: "1.0",
    79: "ласточка",
}


def box(x: float, y: float, width: float, height: float) -> list[float]:
    return [x, y, x + width, y, x + width, y + height, x, y + height]


RING = [40.25, 5.5, 70.0, 12.75, 66.5, 40.0, 48.0, 44.25, 36.125, 22.0]
OBJECTS: dict[str, Polygons] = {
    "plain": [[RING]],
    "two parts": [[box(5, 5, 20, 20)], [box(60, 50, 25, 30)]],
    "a hole": [[box(10, 10, 60, 60), box(25, 25, 20, 20)]],
    "parts and holes": [[box(2, 2, 40, 40), box(10, 10, 10, 10)], [box(60, 10, 30, 30)]],
    "tiny": [[box(50, 50, 1.5, 1.5)]],
    "at the border": [[box(0, 0, 120, 12)]],
    "in the corner": [[[120.0, 90.0, 100.0, 90.0, 120.0, 70.0]]],
    "the whole image": [[box(0, 0, 120, 90)]],
    "concave": [[[10.0, 10, 80, 10, 80, 70, 45, 30, 10, 70]]],
}

OVERLAPPING = "overlapping.png"
"""Its objects cover each other: a format that has one pixel for one object cannot hold them."""

IMAGES: dict[str, tuple[str, list[WrittenObject] | None]] = {
    **{
        f"one/{words}.png": ("train", [WrittenObject(place, polygons)])
        for place, (words, polygons) in enumerate(OBJECTS.items())
    },
    OVERLAPPING: (
        "train",
        [WrittenObject(place, polygons) for place, polygons in enumerate(OBJECTS.values())],
    ),
    "cam1/0001.png": ("train", [WrittenObject(79, OBJECTS["plain"])]),
    "cam2/0001.png": ("val", [WrittenObject(0, OBJECTS["a hole"])]),
    "cam1/ö ß/вид 1.png": ("train", [WrittenObject(7, OBJECTS["two parts"])]),
    "with space & more (1).png": ("test", [WrittenObject(11, OBJECTS["concave"])]),
    "empty.png": ("val", []),
    "not looked at.png": ("unlabelled", None),
    "0002.v2.final.png": ("val", [WrittenObject(3, OBJECTS["plain"], occluded=True, note="why?")]),
}


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pictures")
    rng = np.random.default_rng(5)
    for number, _ in enumerate(IMAGES):
        pixels = rng.integers(0, 255, (SIZE_WH[1], SIZE_WH[0], 3), dtype=np.uint8)
        PillowImage.fromarray(pixels).save(folder / f"{number}.png")
    return folder


class Outgoing:
    """Images that can be walked again and again, as an export gives them."""

    def __init__(self, pictures: Path) -> None:
        self._pictures = pictures

    def __iter__(self) -> Iterator[WrittenImage]:
        for number, (name, (folder, objects)) in enumerate(IMAGES.items()):
            file = self._pictures / f"{number}.png"
            read = None if objects is None else lambda objects=objects: list(objects)
            group = name.rpartition("/")[0]
            yield WrittenImage(folder, name, file, SIZE_WH, read, None, group)


def unpack(kind: Format, images: Outgoing, root: Path) -> None:
    names: set[str] = set()
    for name, content in kind.write(CLASSES, images):
        assert name not in names, f"{name} is written twice"
        names.add(name)
        path = root / name
        assert path.resolve().is_relative_to(root.resolve())
        if name.endswith("/"):
            path.mkdir(parents=True, exist_ok=True)
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, Path):
            path.write_bytes(content.read_bytes())
        else:
            path.write_bytes(content if isinstance(content, bytes) else b"".join(content))


@pytest.fixture(params=sorted(FORMATS))
def kind(request: pytest.FixtureRequest) -> Format:
    return FORMATS[request.param]


@pytest.fixture
def source(kind: Format, pictures: Path, tmp_path: Path) -> Source:
    unpack(kind, Outgoing(pictures), tmp_path)
    return read_dataset(FolderTree(tmp_path), limits=LIMITS, format=kind.name)


def found(source: Source, pictures: Path, root: Path) -> Mapping[str, FoundImage]:
    """The images of a source by what they show: formats call them as they can."""
    by_pixels = {(pictures / f"{n}.png").read_bytes(): name for n, name in enumerate(IMAGES)}
    images: dict[str, FoundImage] = {}
    for entry in source.entries():
        assert isinstance(entry, FoundImage), entry
        name = by_pixels[(root / entry.path).read_bytes()]
        assert name not in images, f"{name} comes in twice"
        images[name] = entry
    return images


def test_every_image_comes_back(source: Source, pictures: Path, tmp_path: Path) -> None:
    images = found(source, pictures, tmp_path)
    assert set(images) == set(IMAGES)


def test_splits_and_names_come_back(
    kind: Format, source: Source, pictures: Path, tmp_path: Path
) -> None:
    if any("split" in words for words in kind.leaves_out):
        pytest.skip("it says that it keeps no splits")
    for name, image in found(source, pictures, tmp_path).items():
        folder, _ = IMAGES[name]
        if folder != "unlabelled":
            assert image.split == folder, name


def says(kind: Format, words: str) -> bool:
    """Whether a format says beforehand that it cannot hold this."""
    return any(words in each for each in kind.leaves_out)


def test_every_object_comes_back_as_kept_says(
    kind: Format, source: Source, pictures: Path, tmp_path: Path
) -> None:
    names = source.class_names
    for name, image in found(source, pictures, tmp_path).items():
        _, objects = IMAGES[name]
        if name == OVERLAPPING and says(kind, "lies under another"):
            continue
        if objects is None or image.label is None:
            assert not objects, f"{name}: its label is gone"
            continue
        read = source.read_labels(image, size_wh=SIZE_WH, class_count=len(names))
        expected = [
            (CLASSES[each.class_index], kept)
            for each in objects
            if (kept := kind.kept(each.polygons, size_wh=SIZE_WH))
        ]
        left = [(names[each.class_index], each.polygons) for each in read.objects]
        if says(kind, "parts that lie apart become objects"):
            joined: dict[str, Polygons] = {}
            for word, polygons in left:
                joined.setdefault(word, []).extend(polygons)
            left = list(joined.items())
        assert sorted(word for word, _ in left) == sorted(word for word, _ in expected), name
        for word, kept in expected:
            ious = [polygons_iou(kept, p) if w == word else -1.0 for w, p in left]
            best = int(np.argmax(ious))
            assert ious[best] >= 0.999, f"{name}, {word}: IoU {ious[best]}"
            del left[best]


def test_the_order_of_classes_is_the_datasets(kind: Format, source: Source) -> None:
    """Where a format names all classes; others name those in use, in whatever order they come."""
    names = source.class_names
    if len(names) == len(CLASSES):
        assert names == [CLASSES[index] for index in sorted(CLASSES)]
    used = {CLASSES[o.class_index] for _, objects in IMAGES.values() for o in objects or []}
    assert used <= set(names)


def test_what_is_kept_is_what_a_format_promises(kind: Format) -> None:
    """Nothing grows; and a format that says nothing of polygons keeps each."""
    for words, polygons in OBJECTS.items():
        kept = kind.kept(polygons, size_wh=SIZE_WH)
        iou = polygons_iou(polygons, kept) if kept else 0.0
        assert 0.0 <= iou <= 1.0 + 1e-9, words
