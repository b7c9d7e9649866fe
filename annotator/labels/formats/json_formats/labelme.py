"""labelme's JSON: a file beside each image, with shapes."""

from collections.abc import Iterable, Iterator, Mapping

import numpy as np

from annotator.labels.polygons.contours import mask_of_polygons
from annotator.labels.polygons.geometry import Polygons

from ..base import Content, ReadLimits, WrittenImage, WrittenObject
from ..rle import encode_png, outline_mask
from ..shapes import (
    box_of,
    is_plain_box,
)
from ..trees import Tree
from .json_kinds import JsonKind, has_kind
from .json_source import JsonSource
from .json_write import NEVER_WRITTEN, attributes_of, class_names, dump, pairs
from .labelme_reader import IGNORE, LabelmeReader


class Labelme:
    name = "labelme"
    title = "labelme JSON"
    kinds: tuple[JsonKind, ...] = ("labelme",)
    version = "5.5.0"
    head: Mapping[str, object] = {"flags": {}}
    leaves_out: tuple[str, ...] = (
        "the exact outline of an object with holes (it is written as a mask of its pixels)",
        *NEVER_WRITTEN,
    )

    def sniff(self, tree: Tree) -> bool:
        return has_kind(tree, *self.kinds) and not has_kind(tree, "x_anylabeling")

    def read(self, tree: Tree, *, limits: ReadLimits) -> JsonSource:
        reader = LabelmeReader(tree, split_bridges=False)
        return reader.read(self.title)

    def write(
        self, classes: Mapping[int, str], images: Iterable[WrittenImage]
    ) -> Iterator[tuple[str, Content]]:
        """``<split>/<name>.json`` beside ``<split>/<name>.jpg``; images that nobody labelled have
        no JSON. ``labels.txt`` keeps the order of the classes."""
        names = class_names(classes)
        yield "labels.txt", "".join(f"{name}\n" for name in names).encode()
        for image in images:
            place = f"{image.folder}/{image.name}"
            if image.read_objects is not None:
                yield f"{place.rpartition('.')[0]}.json", dump(self._file_of(image, classes))
            if image.file is not None:
                yield place, image.file

    def kept(self, polygons: Polygons, *, size_wh: tuple[int, int]) -> Polygons:
        """Parts as they are; an object with holes as the outline of its pixels."""
        if all(len(polygon) == 1 for polygon in polygons):
            return polygons
        mask = mask_of_polygons(polygons, size_wh=size_wh)
        return outline_mask(mask) if mask.any() else [polygon[:1] for polygon in polygons]

    def _file_of(self, image: WrittenImage, classes: Mapping[int, str]) -> dict[str, object]:
        shapes: list[dict[str, object]] = []
        for number, each in enumerate(image.read_objects() if image.read_objects else (), 1):
            label = classes[each.class_index]
            found = self._shapes_of(each, image.size_wh)
            for shape in found:
                shapes.append(
                    {
                        "label": label,
                        **shape,
                        "group_id": number if len(found) > 1 else None,
                        **self._attributes(each),
                    }
                )
        for number, region in enumerate(image.read_regions(), 1):
            found = self._shapes_of(WrittenObject(-1, region), image.size_wh)
            shapes += [
                {
                    "label": IGNORE,
                    **shape,
                    "group_id": number if len(found) > 1 else None,
                    "description": "",
                    "flags": {},
                }
                for shape in found
            ]
        return {
            "version": self.version,
            **self.head,
            "shapes": shapes,
            "imagePath": image.name.rpartition("/")[2],
            "imageData": None,
            "imageHeight": image.size_wh[1],
            "imageWidth": image.size_wh[0],
        }

    def _shapes_of(self, each: WrittenObject, size_wh: tuple[int, int]) -> list[dict[str, object]]:
        if each.is_box and is_plain_box(each.polygons):
            x, y, width, height = box_of(each.polygons)
            points = pairs([x, y, x + width, y + height])
            return [{"points": points, "shape_type": "rectangle"}]
        if each.is_box and is_four_points(each.polygons):
            return [{"points": pairs(each.polygons[0][0]), "shape_type": "oriented_rectangle"}]
        if any(len(polygon) > 1 for polygon in each.polygons):
            mask = mask_of_polygons(each.polygons, size_wh=size_wh)
            if mask.any():
                return [_mask_shape(mask)]
        return [{"points": pairs(polygon[0]), "shape_type": "polygon"} for polygon in each.polygons]

    def _attributes(self, each: WrittenObject) -> dict[str, object]:
        found = attributes_of(each)
        note = found.pop("note", "")
        return {"description": note, "flags": found}


def is_four_points(polygons: Polygons) -> bool:
    return len(polygons) == 1 and len(polygons[0]) == 1 and len(polygons[0][0]) == 8


def _mask_shape(mask: "np.ndarray[tuple[int, int], np.dtype[np.bool_]]") -> dict[str, object]:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    top, bottom, left, right = int(rows[0]), int(rows[-1]), int(columns[0]), int(columns[-1])
    return {
        "points": [[left, top], [right, bottom]],
        "shape_type": "mask",
        "mask": encode_png(mask[top : bottom + 1, left : right + 1], is_packed=False),
    }
