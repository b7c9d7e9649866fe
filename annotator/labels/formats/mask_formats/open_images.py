"""Open Images, V5 to V7: tables of boxes and of masks, and a table of class names."""

import csv
import io
from collections.abc import Iterable, Iterator, Mapping

import numpy as np
from PIL import Image

from annotator.labels.polygons.contours import mask_of_polygons, polygons_of_mask
from annotator.labels.polygons.geometry import Polygons

from ..base import Content, ReadLimits, WrittenImage, WrittenObject
from ..json_formats.coco_annotations import CROWD_NOTE
from ..shapes import box_of, corner_ring, is_plain_box
from ..trees import Tree
from .open_images_reading import (
    KINDS_OF_OPEN_IMAGES,
    LABELLED_LIST,
    OpenImagesSource,
    TableKind,
    table_kind,
    table_paths,
)

_SAMPLE_TABLES = 40
_DECIMALS = 8
_BOX_COLUMNS = (
    "ImageID,Source,LabelName,Confidence,XMin,XMax,YMin,YMax,IsOccluded,IsTruncated,IsGroupOf,"
    "IsDepiction,IsInside"
)
_MASK_COLUMNS = (
    "MaskPath,ImageID,LabelName,BoxID,BoxXMin,BoxXMax,BoxYMin,BoxYMax,PredictedIoU,Clicks"
)
_TABLES: dict[TableKind, str] = {
    "boxes": "annotations/{}-annotations-bbox.csv",
    "masks": "annotations/{}-annotations-object-segmentation.csv",
}


class OpenImages:
    name = "open_images"
    title = "Open Images"
    leaves_out: tuple[str, ...] = (
        "outlines finer than a pixel: what is no box comes back as the border of its mask",
        "notes and locks of objects",
        "comments and the history of images",
        "who drew and who accepted an image",
    )

    def sniff(self, tree: Tree) -> bool:
        for count, path in enumerate(table_paths(tree)):
            if count >= _SAMPLE_TABLES:
                return False
            if table_kind(tree, path) in KINDS_OF_OPEN_IMAGES:
                return True
        return False

    def read(self, tree: Tree, *, limits: ReadLimits) -> OpenImagesSource:
        return OpenImagesSource(tree, limits)

    def write(
        self, classes: Mapping[int, str], images: Iterable[WrittenImage]
    ) -> Iterator[tuple[str, Content]]:
        """Tables by split, and a PNG for each object that is no box."""
        yield "annotations/oidv6-class-descriptions.csv", _classes(classes)
        splits: dict[str, None] = {}
        for number, image in enumerate(images):
            if image.read_objects is not None:
                splits.setdefault(image.folder)
                for place, each in enumerate(image.read_objects()):
                    if _has_mask(each):
                        mask = mask_of_polygons(each.polygons, size_wh=image.size_wh)
                        if mask.any():
                            name = _mask_name(number, place, each)
                            yield f"masks/{image.folder}/{name}", _mask_png(mask)
            if image.file is not None:
                yield f"images/{image.folder}/{image.name}", image.file
        yield f"annotations/{LABELLED_LIST}", _labelled(images)
        for split in splits or ("train",):
            yield _TABLES["boxes"].format(split), _boxes(split, images)
            yield _TABLES["masks"].format(split), _masks(split, images)

    def kept(self, polygons: Polygons, *, size_wh: tuple[int, int]) -> Polygons:
        """The border of its mask, without a pixel its box. A box that is marked as one comes back
        as it is."""
        mask = mask_of_polygons(polygons, size_wh=size_wh)
        if mask.any():
            return polygons_of_mask(mask)
        left, top, width, height = box_of(polygons)
        return [[corner_ring(left, top, left + width, top + height)]]


def _row(*values: object) -> bytes:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerow(values)
    return buffer.getvalue().encode("utf-8", "replace")


def _classes(classes: Mapping[int, str]) -> bytes:
    rows = [_row(_label(index), name) for index, name in classes.items()]
    return b"".join([_row("LabelName", "DisplayName"), *rows])


def _labelled(images: Iterable[WrittenImage]) -> Iterator[bytes]:
    """What was looked at, also where nothing is in it."""
    yield _row("ImageID", "Subset")
    for image in images:
        if image.read_objects is not None:
            yield _row(_image_id(image), "validation" if image.folder == "val" else image.folder)


def _boxes(split: str, images: Iterable[WrittenImage]) -> Iterator[bytes]:
    yield f"{_BOX_COLUMNS}\n".encode()
    for image in images:
        if image.folder == split and image.read_objects is not None:
            for each in image.read_objects():
                label, flags = _label(each.class_index), (int(each.occluded), int(each.truncated))
                at = _corners(each, image.size_wh)
                yield _row(
                    _image_id(image),
                    "xclick",
                    label,
                    1,
                    *at,
                    *flags,
                    int(each.note == CROWD_NOTE),
                    0,
                    0,
                )


def _masks(split: str, images: Iterable[WrittenImage]) -> Iterator[bytes]:
    yield f"{_MASK_COLUMNS}\n".encode()
    for number, image in enumerate(images):
        if image.folder == split and image.read_objects is not None:
            for place, each in enumerate(image.read_objects()):
                if _has_mask(each) and mask_of_polygons(each.polygons, size_wh=image.size_wh).any():
                    name, label = _mask_name(number, place, each), _label(each.class_index)
                    at = _corners(each, image.size_wh)
                    yield _row(name, _image_id(image), label, f"{place:08x}", *at, 1, "")


def _has_mask(each: WrittenObject) -> bool:
    return not (each.is_box and is_plain_box(each.polygons))


def _corners(each: WrittenObject, size_wh: tuple[int, int]) -> list[str]:
    """XMin, XMax, YMin, YMax as shares of the image."""
    left, top, width, height = box_of(each.polygons)
    ends = (left, left + width, top, top + height)
    sides = (size_wh[0], size_wh[0], size_wh[1], size_wh[1])
    return [f"{end / side:.{_DECIMALS}f}" for end, side in zip(ends, sides, strict=True)]


def _label(class_index: int) -> str:
    return f"/m/{class_index}"


def _image_id(image: WrittenImage) -> str:
    return image.name.rpartition(".")[0]


def _mask_name(number: int, place: int, each: WrittenObject) -> str:
    return f"{number:07d}_m{each.class_index}_{place:08x}.png"


def _mask_png(mask: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(mask).save(buffer, "PNG")
    return buffer.getvalue()
