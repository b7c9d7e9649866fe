"""Pascal VOC: XML files with boxes, masks of classes and of objects, and lists of splits.

Where an image has both, a box and the mask of the same object are one object.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from xml.sax.saxutils import escape

import numpy as np

from annotator.labels.polygons.contours import mask_of_polygons, polygons_of_mask
from annotator.labels.polygons.geometry import Polygons

from ..base import Content, ReadLimits, WrittenImage, WrittenObject
from ..mask_formats.mask_files import VOC_COLOURS, mask_png
from ..shapes import box_of, corner_ring, is_plain_box
from ..split_names import SPLIT_NAMES
from ..trees import Tree
from .annotation_xml import has_kind
from .voc_reading import VocSource, mask_kind


class Voc:
    name = "voc"
    title = "Pascal VOC"
    leaves_out: tuple[str, ...] = (
        "outlines finer than a pixel: what is no box comes back as the border of its mask",
        "what of an object lies under another: a pixel has one owner",
        "notes and locks of objects",
        "comments and the history of images",
        "who drew and who accepted an image",
    )

    def sniff(self, tree: Tree) -> bool:
        has_masks = any(
            mask_kind(f"{folder}/_.png") is not None and any(map(_is_png, tree.names(folder)))
            for folder in tree.folders()
        )
        return has_masks or has_kind(tree, "voc")

    def read(self, tree: Tree, *, limits: ReadLimits) -> VocSource:
        return VocSource(tree, limits)

    def write(
        self, classes: Mapping[int, str], images: Iterable[WrittenImage]
    ) -> Iterator[tuple[str, Content]]:
        """An XML for each labelled image, and masks for what is no box."""
        yield "labelmap.txt", _label_map(classes)
        for split in SPLIT_NAMES:
            yield f"ImageSets/Main/{split}.txt", _list_of(split, images)
        value_of = {index: place for place, index in enumerate(sorted(classes), 1)}
        for image in images:
            stem = image.name.rpartition(".")[0]
            if image.read_objects is not None:
                objects = image.read_objects()
                masks = _masks(objects, image.size_wh, value_of)
                yield f"Annotations/{stem}.xml", _xml(image, objects, classes, masks is not None)
                for folder, values in zip(
                    ("SegmentationClass", "SegmentationObject"), masks or (), strict=False
                ):
                    yield f"{folder}/{stem}.png", mask_png(values)
            if image.file is not None:
                yield f"JPEGImages/{image.name}", image.file

    def kept(self, polygons: Polygons, *, size_wh: tuple[int, int]) -> Polygons:
        """The border of its mask, where nothing lies over it; without a pixel its box. A box that
        is marked as one comes back as it is."""
        mask = mask_of_polygons(polygons, size_wh=size_wh)
        if mask.any():
            return polygons_of_mask(mask)
        left, top, width, height = box_of(polygons)
        return [[corner_ring(left, top, left + width, top + height)]]

    def kept_together(
        self, objects: Sequence[WrittenObject], *, size_wh: tuple[int, int]
    ) -> list[Polygons]:
        """What later objects leave of the mask of each; of one that they hide its box."""
        masks = _masks(objects, size_wh, {each.class_index: 1 for each in objects})
        kept: list[Polygons] = []
        for number, each in enumerate(objects, 1):
            if not _has_mask(each):
                kept.append(each.polygons)
                continue
            is_left = masks is not None and (masks[1] == number).any()
            left, top, width, height = box_of(each.polygons)
            box = [[corner_ring(left, top, left + width, top + height)]]
            kept.append(polygons_of_mask(masks[1] == number) if masks and is_left else box)
        return kept


def _is_png(name: str) -> bool:
    return name.lower().endswith(".png")


def _label_map(classes: Mapping[int, str]) -> bytes:
    """As CVAT writes it: name, colour, parts, actions. Colours beyond VOC's 255 stay empty."""
    lines = ["# label:color_rgb:parts:actions", "background:0,0,0::"]
    for place, index in enumerate(sorted(classes), 1):
        colour = VOC_COLOURS[place] if place < len(VOC_COLOURS) - 1 else None
        channels = "" if colour is None else f"{colour >> 16},{colour >> 8 & 255},{colour & 255}"
        lines.append(f"{classes[index].replace(':', '&#58;')}:{channels}::")
    return "".join(f"{line}\n" for line in lines).encode()


def _list_of(split: str, images: Iterable[WrittenImage]) -> Iterator[bytes]:
    for image in images:
        if image.folder == split:
            yield f"{image.name.rpartition('.')[0]}\n".encode()


def _masks(
    objects: Sequence[WrittenObject], size_wh: tuple[int, int], value_of: Mapping[int, int]
) -> tuple[np.ndarray, np.ndarray] | None:
    """Whose class and which object each pixel is: the number of its ``<object>``; later ones lie
    over earlier ones. None where there are boxes alone."""
    if not any(_has_mask(each) for each in objects):
        return None
    width, height = size_wh
    class_values = np.zeros((height, width), dtype=np.uint16)
    object_values = np.zeros((height, width), dtype=np.uint16)
    for number, each in enumerate(objects, 1):
        if _has_mask(each):
            mask = mask_of_polygons(each.polygons, size_wh=size_wh)
            class_values[mask] = value_of[each.class_index]
            object_values[mask] = number
    return class_values, object_values


def _has_mask(each: WrittenObject) -> bool:
    return not (each.is_box and is_plain_box(each.polygons))


def _xml(
    image: WrittenImage, objects: list[WrittenObject], classes: Mapping[int, str], has_masks: bool
) -> bytes:
    width, height = image.size_wh
    folder, _, name = image.name.rpartition("/")
    lines = [
        "<annotation>",
        f"  <folder>{xml_text(folder or 'JPEGImages')}</folder>",
        f"  <filename>{xml_text(name)}</filename>",
        f"  <size><width>{width}</width><height>{height}</height><depth>3</depth></size>",
        f"  <segmented>{int(has_masks)}</segmented>",
    ]
    for each in objects:
        left, top, box_width, box_height = box_of(each.polygons)
        right, bottom = left + box_width, top + box_height
        lines += [
            "  <object>",
            f"    <name>{xml_text(classes[each.class_index])}</name>",
            "    <pose>Unspecified</pose>",
            f"    <truncated>{int(each.truncated)}</truncated>",
            f"    <occluded>{int(each.occluded)}</occluded>",
            "    <difficult>0</difficult>",
            f"    <bndbox><xmin>{short(left)}</xmin><ymin>{short(top)}</ymin>"
            f"<xmax>{short(right)}</xmax><ymax>{short(bottom)}</ymax></bndbox>",
            "  </object>",
        ]
    return "".join(f"{line}\n" for line in [*lines, "</annotation>"]).encode()


def short(value: float) -> str:
    """A number of pixels as it is stored, to 0.0001."""
    return f"{value:.4f}".rstrip("0").rstrip(".")


def xml_text(text: str) -> str:
    """Text for an element, without the characters that XML cannot hold."""
    plain = (
        " " if char < " " and char not in "\t\n\r" else char
        for char in text
        if not ("\ud800" <= char <= "\udfff" or char in "\ufffe\uffff")
    )
    return escape("".join(plain))
