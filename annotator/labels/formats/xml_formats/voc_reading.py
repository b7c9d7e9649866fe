"""Reading Pascal VOC: which XML and which masks belong to which image, and what they hold."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Literal
from xml.etree.ElementTree import Element

import numpy as np

from annotator.labels.polygons.contours import split_at_gaps
from annotator.labels.polygons.geometry import Ring

from ..base import FolderProblem, FoundImage, ReadLabels, ReadLimits, SplitName
from ..class_lists import BACKGROUND_NAMES, ClassList, read_lines
from ..image_index import (
    NO_IMAGE,
    ImageIndex,
    NotOneError,
    Splitter,
    all_paths,
    found_image,
    split_of_path,
)
from ..mask_formats.mask_files import VOC_INDEX_OF, MaskImage, load_mask, outlines_of, values_in
from ..shapes import Draft, ShapeError, collect_objects, corner_ring, flag
from ..split_names import split_by_name
from ..trees import FileReadError, Tree, TreeError
from .annotation_xml import kind_of, xml_paths
from .cvat_shapes import to_number
from .safe_xml import read_xml, text_of
from .voc_matching import Region, VocBox, match_boxes

MaskKind = Literal["class", "object"]

_MASK_FOLDERS: dict[str, MaskKind | Literal["preview"]] = {
    "segmentationclass": "class",
    "segmentationclasspng": "class",
    "segmentationclassraw": "class",
    "segmentationobject": "object",
    "segmentationobjectpng": "object",
    "segmentationclassvisualization": "preview",
    "segmentationobjectvisualization": "preview",
    "segmentationclassnpy": "preview",
    "segmentationobjectnpy": "preview",
}
_LABEL_FOLDERS = frozenset({"annotations", *_MASK_FOLDERS})
_LIST_NAMES = ("labelmap.txt", "class_names.txt", "labels.txt", "classes.txt")
_LIST_ORDER = {"test": 0, "val": 1, "train": 2}
_VOC_CLASSES = (
    "aeroplane",
    "bicycle",
    "bird",
    "boat",
    "bottle",
    "bus",
    "car",
    "cat",
    "chair",
    "cow",
    "diningtable",
    "dog",
    "horse",
    "motorbike",
    "person",
    "pottedplant",
    "sheep",
    "sofa",
    "train",
    "tvmonitor",
)
_COLOUR = re.compile(r"\s*(\d{1,3})\s*,\s*(\d{1,3})\s*,\s*(\d{1,3})\s*")


def mask_kind(path: str) -> MaskKind | Literal["preview"] | None:
    """What a file in one of VOC's folders of masks is."""
    for folder in reversed(path.lower().split("/")[:-1]):
        if folder in _MASK_FOLDERS:
            return _MASK_FOLDERS[folder]
    return None


class VocSource:
    """See :class:`annotator.labels.formats.base.Source`."""

    names_are_known = True

    def __init__(self, tree: Tree, limits: ReadLimits) -> None:
        self.notes: list[str] = []
        self._tree = tree
        self._megapixels = limits.image_megapixels
        self._index = ImageIndex(tree, is_image=lambda path: mask_kind(path) is None)
        self._has_images = len(self._index) > 0
        self._classes = ClassList()
        self._value_of_colour: dict[int, int] = {}
        self._class_of_value: dict[int, int | None] = {}
        self._files: list[str] = []
        self._difficult = self._previews = 0
        self._read_lists()
        self._read_class_list()
        has_masks = self._pair_masks()
        has_xml = self._pair_xml()
        if not has_masks and not has_xml:
            raise TreeError("No XML and no masks of Pascal VOC were found.")
        if has_masks and not self._class_of_value:
            self._name_values()
        self.class_names = self._classes.names
        self._note(has_masks=has_masks)
        found = ((each.name, each.split) for each in self._images() if isinstance(each, FoundImage))
        self._splitter = Splitter(found, self.notes)

    def entries(self) -> Iterator[FoundImage | FolderProblem]:
        for each in self._images():
            if isinstance(each, FoundImage):
                yield each._replace(split=self._splitter.split_of(each.name, each.split))
            else:
                yield each

    def files(self) -> Iterator[str]:
        yield from self._files
        for payload in self._index.labels_of("more files"):
            yield payload.decode("utf-8", "surrogatepass")

    def read_labels(
        self, image: FoundImage, *, size_wh: tuple[int, int], class_count: int
    ) -> ReadLabels:
        key = image.path or f"\n{image.name}"
        boxes: list[VocBox] = []
        declared = None
        if (file := self._index.listed(f"xml {key}")) is not None:
            root = read_xml(self._tree, file)
            declared = _declared_size(root)
            boxes = self._boxes(root)
        regions: list[Region] = []
        if any(self._index.listed(f"{kind} {key}") for kind in ("class", "object")):
            regions = self._regions(key, declared or size_wh)
        return collect_objects(
            match_boxes(boxes, regions, self._classes),
            size_wh=size_wh,
            declared_wh=declared,
            class_count=class_count,
        )

    def count_classes_used(self) -> int:
        return len(self.class_names)

    # --- which files belong together ---

    def _images(self) -> Iterator[FoundImage | FolderProblem]:
        for path in self._index.paths():
            name = self._index.name_of(path)
            yield found_image(self._index, path, self._label_of(path), self._split(name, path))
        for payload in self._index.labels_of("orphans"):
            name = payload.decode("utf-8", "surrogatepass")
            label = self._label_of(f"\n{name}") or ""
            if self._has_images:
                yield FolderProblem(label, None, NO_IMAGE, self._count(label))
            else:
                yield FoundImage("", label, self._split(name, label), name, _folder(name))
        for payload in self._index.labels_of("problems"):
            file, reason = payload.decode("utf-8", "surrogatepass").split("\n", 1)
            yield FolderProblem(file, None, reason, self._count(file))

    def _label_of(self, key: str) -> str | None:
        files = (self._index.listed(f"{kind} {key}") for kind in ("xml", "object", "class"))
        return next((file for file in files if file is not None), None)

    def _split(self, name: str, path: str) -> SplitName:
        listed = self._index.listed(f"split {name}") or self._index.listed(
            f"split {name.rpartition('/')[2]}"
        )
        if listed is not None:
            return split_by_name(listed) or "train"
        return split_of_path(path)

    def _pair(self, kind: str, file: str, names: list[str]) -> None:
        """Note whose labels a file holds: the image of the first name that fits."""
        try:
            paths = (self._index.find(name, near=file) for name in names if name)
            path = next((path for path in paths if path is not None), None)
        except NotOneError as error:
            self._add_problem(file, str(error))
            return
        key = path if path is not None else f"\n{names[0]}"
        if not self._index.list_value(f"{kind} {key}", file):
            other = self._index.listed(f"{kind} {key}")
            self._add_problem(file, f"{other} holds labels of the same image; it was taken.")
            return
        self._index.put("more files", file.encode("utf-8", "surrogatepass"))
        if path is None and self._index.list_value(f"orphan {names[0]}", file):
            self._index.put("orphans", names[0].encode("utf-8", "surrogatepass"))

    def _add_problem(self, file: str, reason: str) -> None:
        self._index.put("problems", f"{file}\n{reason}".encode("utf-8", "surrogatepass"))

    def _pair_masks(self) -> bool:
        found = False
        for path in all_paths(self._tree):
            kind = mask_kind(path)
            if kind is None:
                continue
            if kind == "preview" or not path.lower().endswith(".png"):
                self._previews += 1
                self._index.put("more files", path.encode("utf-8", "surrogatepass"))
                continue
            self._pair(kind, path, [_name_below(path)])
            found = True
        return found

    def _pair_xml(self) -> bool:
        found = False
        for path in xml_paths(self._tree):
            try:
                root = read_xml(self._tree, path)
            except FileReadError as error:
                self._add_problem(path, str(error))
                continue
            if kind_of(root) != "voc":
                continue
            found = True
            for each in root.iterfind("object"):
                if name := text_of(each, "name"):
                    self._classes.add(name)
                self._difficult += text_of(each, "difficult") == "1"
            self._pair("xml", path, [_name_below(path), text_of(root, "filename")])
        return found

    def _count(self, file: str) -> int:
        """How many objects a file holds that is not taken."""
        try:
            if file.lower().endswith(".xml"):
                return sum(1 for _ in read_xml(self._tree, file).iterfind("object"))
            mask = load_mask(self._tree, file, max_megapixels=self._megapixels)
            return sum(value > 0 and not mask.is_void(value) for value in values_in(mask))
        except FileReadError:
            return 0

    def _read_lists(self) -> None:
        """The splits in ImageSets; who is in several is in test rather than val than train."""
        lists = [path for path in all_paths(self._tree) if _is_list(path)]
        self._files += lists
        named = [path for path in lists if "_" not in PurePosixPath(path).stem]
        named.sort(key=lambda path: (_LIST_ORDER[_split_of_list(path)], path))
        for path in named:
            split = _split_of_list(path)
            for line in read_lines(self._tree, path):
                self._index.list_value(f"split {line.split()[0]}", split)
                # A name may have spaces; of a list with flags the name is the first word.
                self._index.list_value(f"split {line}", split)

    # --- classes ---

    def _read_class_list(self) -> None:
        for path in all_paths(self._tree):
            name = path.rpartition("/")[2].lower()
            if name not in _LIST_NAMES or self._class_of_value:
                continue
            self._files.append(path)
            value = 0
            for line in read_lines(self._tree, path):
                if line.startswith("#") or line == "__ignore__":
                    continue
                name, _, rest = line.partition(":")
                name = name.replace("&#58;", ":").strip()
                if value == 0 and name.lower() not in BACKGROUND_NAMES:
                    value = 1
                is_class = name.lower() not in BACKGROUND_NAMES
                self._class_of_value[value] = self._classes.add(name) if is_class else None
                if match := _COLOUR.match(rest):
                    red, green, blue = (int(channel) & 255 for channel in match.groups())
                    self._value_of_colour.setdefault(red << 16 | green << 8 | blue, value)
                value += 1

    def _name_values(self) -> None:
        """Classes of masks without a list: VOC's own where they suffice, else numbers."""
        highest = 0
        for path in all_paths(self._tree):
            if mask_kind(path) == "class" and path.lower().endswith(".png"):
                try:
                    mask = load_mask(self._tree, path, max_megapixels=self._megapixels)
                except FileReadError:
                    continue
                for value in values_in(mask):
                    index = VOC_INDEX_OF.get(value, 0) if mask.is_coloured else value
                    if not mask.is_void(value) and index < 1000:
                        highest = max(highest, index)
        is_voc = highest <= len(_VOC_CLASSES)
        for value in range(1, (len(_VOC_CLASSES) if is_voc else highest) + 1):
            name = _VOC_CLASSES[value - 1] if is_voc else f"class_{value}"
            self._class_of_value[value] = self._classes.add(name)
        if highest:
            names = "VOC's own" if is_voc else "class_1, class_2, …"
            self.notes.append(f"No list names the classes of the masks; they are {names}.")

    def _class_in(self, mask: MaskImage, value: int) -> int | None:
        """The class of a value of a mask of classes."""
        colour = mask.colour_of(value)
        if colour is not None and colour in self._value_of_colour:
            return self._class_of_value.get(self._value_of_colour[colour])
        if mask.is_coloured:
            value = VOC_INDEX_OF.get(value, -1)
        return self._class_of_value.get(value)

    def _note(self, *, has_masks: bool) -> None:
        if self._difficult:
            self.notes.append(f"{self._difficult:,} objects marked as difficult are taken as any.")
        if self._previews:
            self.notes.append(f"{self._previews:,} previews of masks were left out.")
        if has_masks:
            self.notes.append("In masks the value 255 is void: its pixels belong to no object.")

    # --- objects ---

    def _boxes(self, root: Element) -> list[VocBox]:
        boxes = []
        for number, each in enumerate(root.iterfind("object"), 1):
            name = text_of(each, "name")
            what = f"object {number} (“{name[:40]}”)"
            boxes.append(VocBox(what, name, lambda each=each: self._draft(each)))  # type: ignore[misc]
        return boxes

    def _draft(self, each: Element) -> Draft:
        name = text_of(each, "name")
        if not name or (class_index := self._classes.find(name)) is None:
            raise ShapeError("it has no class.")
        ring = _polygon(each)
        is_box = ring is None
        if ring is None:
            if each.find("bndbox") is None:
                raise ShapeError("it has no box.")
            corners = ("xmin", "ymin", "xmax", "ymax")
            ring = corner_ring(*(to_number(each.findtext(f"bndbox/{at}"), at) for at in corners))
        parts = [text_of(part, "name") for part in each.iterfind("part")]
        return Draft(
            class_index,
            [[ring]],
            is_box=is_box,
            occluded=flag(text_of(each, "occluded")),
            truncated=flag(text_of(each, "truncated")),
            repair=f"its parts ({', '.join(parts)[:80]}) were left out." if parts else "",
        )

    def _regions(self, key: str, size_wh: tuple[int, int]) -> list[Region]:
        masks: dict[str, MaskImage] = {}
        for kind in ("class", "object"):
            if (file := self._index.listed(f"{kind} {key}")) is not None:
                mask = load_mask(self._tree, file, max_megapixels=self._megapixels)
                if mask.size_wh != size_wh:
                    sizes = [f"{width} × {height}" for width, height in (mask.size_wh, size_wh)]
                    raise FileReadError(f"{file} has {sizes[0]} pixels, and its image {sizes[1]}.")
                masks[kind] = mask
        if "object" not in masks:
            return self._regions_of_classes(masks["class"])
        return self._regions_of_objects(masks["object"], masks.get("class"))

    def _regions_of_classes(self, mask: MaskImage) -> list[Region]:
        """Each piece that hangs together is an object."""
        return [
            Region(0, self._class_in(mask, value), piece)
            for value, polygons in outlines_of(mask).items()
            if not mask.is_void(value)
            for piece in split_at_gaps(polygons)
        ]

    def _regions_of_objects(self, mask: MaskImage, classes: MaskImage | None) -> list[Region]:
        most: dict[int, Counter[int]] = {}
        regions = []
        if classes is not None:
            is_owned = mask.values > 0
            pairs = mask.values[is_owned].astype(np.int64) << 24 | classes.values[is_owned]
            for pair, count in zip(*np.unique(pairs, return_counts=True), strict=True):
                value = int(pair) & 0xFFFFFF
                if value and not classes.is_void(value):
                    most.setdefault(int(pair) >> 24, Counter())[value] += int(count)
        for value, polygons in outlines_of(mask).items():
            if mask.is_void(value):
                continue
            class_index = None
            if classes is not None and value in most:
                class_index = self._class_in(classes, most[value].most_common(1)[0][0])
            number = VOC_INDEX_OF.get(value, 0) if mask.is_coloured else value
            regions.append(Region(number, class_index, polygons))
        regions.sort(key=lambda region: region.number)
        if classes is not None:
            rest = np.where(mask.values == 0, classes.values, 0)
            regions += self._regions_of_classes(classes._replace(values=rest))
        return regions


def _polygon(each: Element) -> Ring | None:
    """Roboflow's ``<polygon><x1>…</x1><y1>…</y1>…``."""
    polygon = each.find("polygon")
    if polygon is None or polygon.find("x1") is None:
        return None
    values = {child.tag: child.text for child in polygon}
    ring: Ring = []
    number = 1
    while f"x{number}" in values:
        ring += (to_number(values[f"x{number}"]), to_number(values.get(f"y{number}")))
        number += 1
    return ring


def _declared_size(root: Element) -> tuple[int, int] | None:
    width, height = (text_of(root, f"size/{side}") for side in ("width", "height"))
    if all(side.isascii() and side.isdigit() and int(side[:9]) > 0 for side in (width, height)):
        return int(width[:9]), int(height[:9])
    return None


def _is_list(path: str) -> bool:
    return path.lower().endswith(".txt") and "imagesets" in path.lower().split("/")


def _split_of_list(path: str) -> SplitName:
    return split_by_name(PurePosixPath(path).stem) or "train"


def _name_below(path: str) -> str:
    """The name of the image by the place of its label: what lies below VOC's folder."""
    parts = path.split("/")
    places = [place for place, part in enumerate(parts[:-1]) if part.lower() in _LABEL_FOLDERS]
    below = parts[places[-1] + 1 :] if places else parts[-1:]
    if len(below) > 1 and split_by_name(below[0]) is not None:
        below = below[1:]
    below[-1] = below[-1].rpartition(".")[0]
    return "/".join(below)


def _folder(name: str) -> str:
    return name.rpartition("/")[0]
