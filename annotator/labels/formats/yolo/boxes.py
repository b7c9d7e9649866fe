"""YOLO boxes, for Ultralytics and for Darknet: rows of a class and a box.

Folders, ``data.yaml``, ``obj.data`` and lists are those of both, so that either trains on it.
Datasets of boxes with a ``data.yaml`` alone are read by :mod:`.dataset`.
"""

from collections.abc import Iterable, Iterator, Mapping

from annotator.labels.polygons.geometry import Polygons

from ..base import Content, ReadLimits, WrittenImage, WrittenObject
from ..shapes import box_of, corner_ring
from ..trees import Tree
from .darknet import DarknetSource, is_darknet
from .dataset import data_yaml

_LISTS = {"train": "train", "val": "valid", "test": "test"}
_DECIMALS = 8


class YoloBoxes:
    name = "yolo_boxes"
    title = "YOLO boxes (Ultralytics and Darknet)"
    leaves_out: tuple[str, ...] = (
        "outlines: only the box around each object comes back",
        "attributes, locks and notes of objects",
        "comments and the history of images",
        "who drew and who accepted an image",
    )

    def sniff(self, tree: Tree) -> bool:
        return is_darknet(tree)

    def read(self, tree: Tree, *, limits: ReadLimits) -> DarknetSource:
        return DarknetSource(tree)

    def write(
        self, classes: Mapping[int, str], images: Iterable[WrittenImage]
    ) -> Iterator[tuple[str, Content]]:
        yield "data.yaml", data_yaml(classes)
        yield "obj.names", "".join(f"{name}\n" for name in classes.values()).encode()
        yield "obj.data", _obj_data(classes)
        for split, key in _LISTS.items():
            yield f"{key}.txt", _list_of(split, images)
        for image in images:
            if image.read_objects is not None:
                rows = "".join(_row(each, image.size_wh) for each in image.read_objects())
                stem = image.name.rpartition(".")[0]
                yield f"labels/{image.folder}/{stem}.txt", rows.encode()
            if image.file is not None:
                yield f"images/{image.folder}/{image.name}", image.file

    def kept(self, polygons: Polygons, *, size_wh: tuple[int, int]) -> Polygons:
        """The box around all parts."""
        left, top, width, height = box_of(polygons)
        return [[corner_ring(left, top, left + width, top + height)]]


def _obj_data(classes: Mapping[int, str]) -> bytes:
    lines = [f"classes = {len(classes)}", *(f"{key} = {key}.txt" for key in _LISTS.values())]
    return "".join(
        f"{line}\n" for line in [*lines, "names = obj.names", "backup = backup/"]
    ).encode()


def _list_of(split: str, images: Iterable[WrittenImage]) -> Iterator[bytes]:
    for image in images:
        if image.folder == split and image.file is not None:
            yield f"images/{split}/{image.name}\n".encode("utf-8", "replace")


def _row(each: WrittenObject, size_wh: tuple[int, int]) -> str:
    left, top, width, height = box_of(each.polygons)
    image_width, image_height = size_wh
    numbers = (
        (left + width / 2) / image_width,
        (top + height / 2) / image_height,
        width / image_width,
        height / image_height,
    )
    return f"{each.class_index} {' '.join(f'{number:.{_DECIMALS}f}' for number in numbers)}\n"
