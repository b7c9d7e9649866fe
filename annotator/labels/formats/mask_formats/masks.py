"""PNG masks, one an image with a class a value, or one an object."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice

import numpy as np

from annotator.labels.polygons.contours import mask_of_polygons, polygons_of_mask
from annotator.labels.polygons.geometry import Polygon, Polygons

from ..base import Content, ReadLimits, WrittenImage, WrittenObject
from ..image_index import ImageIndex, NotOneError
from ..json_formats.json_kinds import kinds_in
from ..row_kinds import has_label_rows
from ..trees import FileReadError, Tree
from ..xml_formats.annotation_xml import has_kind
from ..xml_formats.cvat import Cvat
from ..xml_formats.voc_reading import mask_kind
from .mask_files import VOC_COLOURS, VOID, load_mask, mask_png
from .mask_finding import MaskFinder, place_of
from .masks_reading import MasksSource
from .open_images_reading import is_table_mask

_SAMPLES = 40
_SNIFF_MEGAPIXELS = 100.0
_LOSSES: tuple[str, ...] = (
    "outlines finer than a pixel: an object comes back as the border of its mask",
    "objects that cover the centre of no pixel",
    "which objects were boxes",
    "attributes, locks and notes of objects",
    "comments and the history of images",
    "who drew and who accepted an image",
)


class Masks:
    name = "masks"
    title = "PNG masks, one an image"
    leaves_out: tuple[str, ...] = (
        "which object a pixel belongs to: pieces of one class that touch become one object, and "
        "parts that lie apart become objects",
        "what of an object lies under another: a pixel has one class",
        *_LOSSES,
    )

    def sniff(self, tree: Tree) -> bool:
        return _has_masks(tree, of_one_object=False)

    def read(self, tree: Tree, *, limits: ReadLimits) -> MasksSource:
        return MasksSource(tree, limits)

    def write(
        self, classes: Mapping[int, str], images: Iterable[WrittenImage]
    ) -> Iterator[tuple[str, Content]]:
        """An indexed PNG for each labelled image; 0 is the background. Later objects lie over
        earlier ones."""
        yield "labelmap.txt", label_map(classes)
        value_of = values_of(classes)
        for image in images:
            if image.read_objects is not None:
                width, height = image.size_wh
                values = np.zeros((height, width), dtype=np.uint16)
                for each in image.read_objects():
                    mask = mask_of_polygons(each.polygons, size_wh=image.size_wh)
                    values[mask] = value_of[each.class_index]
                stem = image.name.rpartition(".")[0]
                yield f"masks/{image.folder}/{stem}.png", mask_png(values)
            if image.file is not None:
                yield f"images/{image.folder}/{image.name}", image.file

    def kept(self, polygons: Polygons, *, size_wh: tuple[int, int]) -> Polygons:
        """The border of its mask, where nothing lies over it or touches it."""
        return polygons_of_mask(mask_of_polygons(polygons, size_wh=size_wh))

    def kept_together(
        self, objects: Sequence[WrittenObject], *, size_wh: tuple[int, int]
    ) -> list[Polygons]:
        """The pieces of its class that an object lies in, after what lies over it."""
        classes = np.full((size_wh[1], size_wh[0]), -1, dtype=np.int64)
        for each in objects:
            classes[mask_of_polygons(each.polygons, size_wh=size_wh)] = each.class_index
        pieces: dict[int, list[Polygon]] = {}
        numbers = np.zeros(classes.shape, dtype=np.int64)
        for index in {each.class_index for each in objects}:
            pieces[index] = polygons_of_mask(classes == index)
            for number, piece in enumerate(pieces[index], 1):
                numbers[mask_of_polygons([piece], size_wh=size_wh)] = number
        kept: list[Polygons] = []
        for each in objects:
            is_left = mask_of_polygons(each.polygons, size_wh=size_wh)
            is_left &= classes == each.class_index
            found = np.unique(numbers[is_left]).tolist()
            kept.append([pieces[each.class_index][number - 1] for number in found if number])
        return kept


class InstanceMasks:
    name = "instance_masks"
    title = "PNG masks, one an object"
    leaves_out: tuple[str, ...] = _LOSSES

    def sniff(self, tree: Tree) -> bool:
        return _has_masks(tree, of_one_object=True)

    def read(self, tree: Tree, *, limits: ReadLimits) -> MasksSource:
        return MasksSource(tree, limits)

    def write(
        self, classes: Mapping[int, str], images: Iterable[WrittenImage]
    ) -> Iterator[tuple[str, Content]]:
        """A folder for each labelled image, and in it an indexed PNG for each object, in order,
        whose value is its class; an empty PNG says that there is none."""
        yield "labelmap.txt", label_map(classes)
        value_of = values_of(classes)
        for image in images:
            folder = f"masks/{image.folder}/{image.name.rpartition('.')[0]}"
            if image.read_objects is not None:
                is_empty = True
                for number, each in enumerate(image.read_objects(), 1):
                    mask = mask_of_polygons(each.polygons, size_wh=image.size_wh)
                    values = mask.astype(np.uint16) * value_of[each.class_index]
                    if mask.any():
                        is_empty = False
                        yield f"{folder}/{number:05d}.png", mask_png(values)
                if is_empty:
                    width, height = image.size_wh
                    empty = np.zeros((height, width), dtype=np.uint16)
                    yield f"{folder}/00000.png", mask_png(empty)
            if image.file is not None:
                yield f"images/{image.folder}/{image.name}", image.file

    def kept(self, polygons: Polygons, *, size_wh: tuple[int, int]) -> Polygons:
        """The border of its mask."""
        return polygons_of_mask(mask_of_polygons(polygons, size_wh=size_wh))


def values_of(classes: Mapping[int, str]) -> dict[int, int]:
    """The value of each class in a mask: from 1 on in order, without that of void."""
    return {
        index: place if place < VOID else place + 1
        for place, index in enumerate(sorted(classes), 1)
    }


def label_map(classes: Mapping[int, str]) -> bytes:
    """Names and colours in the order of the values, as CVAT writes it."""
    lines = ["# label:color_rgb:parts:actions", "background:0,0,0::"]
    for index, value in values_of(classes).items():
        if value == VOID + 1:
            lines.append("__void__:224,224,192::")
        colour = VOC_COLOURS[value] if value < VOID else value
        red, green, blue = colour >> 16, colour >> 8 & 255, colour & 255
        lines.append(f"{classes[index].replace(':', '&#58;')}:{red},{green},{blue}::")
    return "".join(f"{line}\n" for line in lines).encode()


def _has_masks(tree: Tree, *, of_one_object: bool) -> bool:
    """Whether masks lie in the tree, each of one object or not, and no other labels: those say
    more, and masks beside them show the same."""
    finder = MaskFinder(tree, max_megapixels=_SNIFF_MEGAPIXELS)
    masks = list(islice(finder.masks(), _SAMPLES))
    if not masks or any(mask_kind(path) is not None or is_table_mask(path) for path in masks):
        return False
    if has_label_rows(tree) or kinds_in(tree) or Cvat().sniff(tree):
        return False
    if has_kind(tree, "labelme_xml") or has_kind(tree, "voc"):
        return False
    if not any(_can_be_read(tree, path) for path in masks):
        return False
    index = ImageIndex(tree, is_image=lambda path: finder.role_of(path) == "other")
    for path in masks:
        try:
            if place_of(path, index).is_one_object:
                return of_one_object
        except NotOneError:
            continue
    return not of_one_object


def _can_be_read(tree: Tree, path: str) -> bool:
    try:
        load_mask(tree, path, max_megapixels=_SNIFF_MEGAPIXELS)
    except FileReadError:
        return False
    return True
