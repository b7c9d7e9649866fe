"""Reading the tables of Open Images: what each is, and the rows of each image."""

import csv
import io
import re
from collections.abc import Callable, Iterator
from typing import Literal

import msgspec

from annotator.labels.polygons.contours import polygons_of_mask
from annotator.labels.polygons.geometry import Polygons

from ..base import FolderProblem, FoundImage, ReadLabels, ReadLimits, SplitName
from ..class_lists import ClassList
from ..image_index import ImageIndex, NotOneError, Splitter, all_paths, found_image, split_of_path
from ..json_formats.coco_annotations import CROWD_NOTE
from ..shapes import Draft, ShapeError, collect_objects, corner_ring, scale_of
from ..split_names import split_by_name
from ..trees import FileReadError, Tree, TreeError
from ..xml_formats.cvat_shapes import to_number
from .mask_files import load_mask

TableKind = Literal["boxes", "masks", "classes", "image labels", "images", "other"]

LABELLED_LIST = "labelled-images.csv"
"""Written here: the images that somebody looked at, with objects or without."""

KINDS_OF_OPEN_IMAGES: frozenset[TableKind] = frozenset({"boxes", "masks", "images"})

_MAX_TABLE_BYTES = 1 << 36
_MAX_LINE = 1 << 20
_MOST_KEPT_CLASSES = 1000
_MOST_TOLD = 99
_MASK_FILE = re.compile(r"(?i).*_m\w*_[0-9a-f]{8}\.png")
_SPLIT_IN_NAME = re.compile(r"(?i)(^|[-_.])(train|validation|val|test)([-_.]|$)")
_COLUMNS: dict[TableKind, frozenset[str]] = {
    "masks": frozenset({"MaskPath", "ImageID", "LabelName"}),
    "boxes": frozenset({"ImageID", "LabelName", "XMin", "XMax", "YMin", "YMax"}),
    "classes": frozenset({"LabelName", "DisplayName"}),
    "image labels": frozenset({"ImageID", "LabelName", "Confidence"}),
    "images": frozenset({"ImageID", "Subset"}),
}
_CORNERS = ("XMin", "YMin", "XMax", "YMax")
_NEAR = 1e-5


class _Row(msgspec.Struct):
    """A row of a table of boxes or masks; ``line`` as in the file."""

    file: str
    line: int
    class_index: int
    at: dict[str, str]


def table_paths(tree: Tree) -> Iterator[str]:
    return (path for path in all_paths(tree) if path.lower().endswith(".csv"))


def table_kind(tree: Tree, path: str) -> TableKind:
    """What a table holds, by the names of its columns."""
    try:
        first = next(_rows(tree, path), (1, []))[1]
    except FileReadError:
        return "other"
    columns = {column.strip() for column in first}
    for kind, needed in _COLUMNS.items():
        if needed <= columns:
            return kind
    is_plain = len(first) == 2 and "class-descriptions" in path.rpartition("/")[2].lower()
    return "classes" if is_plain else "other"


def _rows(tree: Tree, path: str) -> Iterator[tuple[int, list[str]]]:
    """Line and fields of each row. Raises FileReadError."""
    with tree.open(path, limit_bytes=_MAX_TABLE_BYTES) as handle:
        text = io.TextIOWrapper(handle, "utf-8-sig", errors="replace", newline="")
        reader = csv.reader(_lines(text))
        try:
            for row in reader:
                if row:
                    yield reader.line_num, row
        except csv.Error as error:
            raise FileReadError(f"Line {reader.line_num} is no row of a table: {error}.") from error


def _lines(text: io.TextIOWrapper) -> Iterator[str]:
    while line := text.readline(_MAX_LINE):
        if len(line) >= _MAX_LINE:
            raise FileReadError(f"A line is longer than {_MAX_LINE:,} characters.")
        yield line


class OpenImagesSource:
    """See :class:`annotator.labels.formats.base.Source`."""

    names_are_known = True

    def __init__(self, tree: Tree, limits: ReadLimits) -> None:
        self.notes: list[str] = []
        self._tree = tree
        self._megapixels = limits.image_megapixels
        self._index = ImageIndex(tree, is_image=lambda path: not _is_mask(path))
        self._has_images = len(self._index) > 0
        self._classes = ClassList()
        self._class_of_label: dict[str, int] = {}
        self._tables: dict[str, TableKind] = {}
        self._groups = self._missing = self._missing_objects = 0
        for path in table_paths(tree):
            self._tables[path] = table_kind(tree, path)
        if not KINDS_OF_OPEN_IMAGES & set(self._tables.values()):
            raise TreeError("No tables of boxes, masks or images of Open Images were found.")
        self._find_masks()
        for kind, read in (
            ("classes", self._read_classes),
            ("images", self._read_images),
            ("boxes", self._read_objects),
            ("masks", self._read_objects),
        ):
            for path, is_kind in self._tables.items():
                if is_kind == kind:
                    self._read(path, read)
        self.class_names = self._classes.names
        if self._groups:
            self.notes.append(
                f"Boxes around several objects (IsGroupOf): {self._groups:,}. They were taken with "
                f"the note “{CROWD_NOTE}”."
            )
        found = ((each.name, each.split) for each in self._images())
        self._splitter = Splitter(found, self.notes)

    def entries(self) -> Iterator[FoundImage | FolderProblem]:
        for each in self._images():
            yield each._replace(split=self._splitter.split_of(each.name, each.split))
        for payload in self._index.labels_of("missing"):
            name = payload.decode("utf-8", "surrogatepass")
            file = self._index.listed(f"label \n{name}") or ""
            if self._has_images:
                reason = f"{file} lists this image, but it is not in the source."
                yield FolderProblem(name, None, reason, self._index.count_labels(f"\n{name}"))
        if (more := self._missing - _MOST_TOLD) > 0 and self._has_images:
            reason = f"and {more:,} more images that the tables list are not in the source."
            yield FolderProblem(self._first_table(), None, reason, self._missing_objects)
        for path, kind in self._tables.items():
            if kind == "image labels":
                count = sum(1 for _ in _rows(self._tree, path)) - 1
                reason = "Classes of whole images, not objects."
                yield FolderProblem(path, None, reason, count)
        for payload in self._index.labels_of("problems"):
            file, line, reason = payload.decode("utf-8", "surrogatepass").split("\n", 2)
            yield FolderProblem(file, int(line), reason, 1)

    def files(self) -> Iterator[str]:
        """Tables, the masks that they name, and the tree of classes, which says nothing here."""
        for path, kind in self._tables.items():
            if kind not in {"other", "image labels"}:
                yield path
        for path in all_paths(self._tree):
            is_used = _is_mask(path) and self._index.listed(f"used {path}") is not None
            if is_used or path.lower().endswith("hierarchy.json"):
                yield path

    def read_labels(
        self, image: FoundImage, *, size_wh: tuple[int, int], class_count: int
    ) -> ReadLabels:
        key = image.path or f"\n{image.name}"
        rows = [msgspec.json.decode(each, type=_Row) for each in self._index.labels_of(key)]
        return collect_objects(
            self._objects(rows, size_wh),
            size_wh=size_wh,
            declared_wh=None,
            class_count=class_count,
        )

    def count_classes_used(self) -> int:
        return len(self.class_names)

    # --- tables ---

    def _find_masks(self) -> None:
        for path in all_paths(self._tree):
            if _is_mask(path):
                self._index.list_value(f"file {path.rpartition('/')[2]}", path)

    def _read(self, path: str, read: Callable[[str, int, dict[str, str]], None]) -> None:
        """Hand each row over, by the names of its columns."""
        columns: list[str] | None = None
        try:
            for line, row in _rows(self._tree, path):
                if columns is None:
                    columns = [column.strip() for column in row]
                    if self._tables[path] != "classes" or "LabelName" in columns:
                        continue
                    columns = ["LabelName", "DisplayName"]
                read(path, line, dict(zip(columns, row, strict=False)))
        except FileReadError as error:
            raise TreeError(f"{path}: {error}") from error

    def _read_classes(self, path: str, _line: int, row: dict[str, str]) -> None:
        """Names are kept aside; beyond a thousand only those that occur become classes."""
        label, name = row.get("LabelName", "").strip(), row.get("DisplayName", "").strip()
        self._index.list_value(f"class {label}", name or label)
        if len(self._class_of_label) < _MOST_KEPT_CLASSES and label:
            self._class_of_label.setdefault(label, self._classes.add(name or label))

    def _read_images(self, path: str, line: int, row: dict[str, str]) -> None:
        name, subset = row.get("ImageID", "").strip(), row.get("Subset", "").strip()
        if split_by_name(subset) is not None:
            self._index.list_value(f"split {name}", subset)
        if path.rpartition("/")[2] == LABELLED_LIST and name:
            try:
                self._index.list_value(f"label {self._key(path, name)}", path)
            except NotOneError as error:
                self._add_problem(path, line, str(error))

    def _read_objects(self, path: str, line: int, row: dict[str, str]) -> None:
        name, label = row.get("ImageID", "").strip(), row.get("LabelName", "").strip()
        if (mask := self._mask_path(row)) is not None:
            self._index.list_value(f"used {mask}", "")
        if not name or not label:
            self._add_problem(path, line, "The row names no image or no class.")
            return
        try:
            key = self._key(path, name)
        except NotOneError as error:
            self._add_problem(path, line, str(error))
            return
        if self._has_images and key == f"\n{name}" and self._index.listed(f"told {name}") is None:
            self._missing_objects += 1
            return
        if label not in self._class_of_label:
            self._class_of_label[label] = self._classes.add(
                self._index.listed(f"class {label}") or label
            )
        self._index.list_value(f"label {key}", path)
        self._groups += row.get("IsGroupOf", "").strip() == "1"
        kept = _Row(path, line, self._class_of_label[label], row)
        self._index.put(key, msgspec.json.encode(kept))

    def _add_problem(self, path: str, line: int, reason: str) -> None:
        self._index.put("problems", f"{path}\n{line}\n{reason}".encode("utf-8", "surrogatepass"))

    def _key(self, path: str, name: str) -> str:
        """Under what the rows of an image are put aside."""
        known = self._index.listed(f"key {name}")
        if known is not None:
            return known
        image = self._index.find(name, near=path)
        key = image if image is not None else f"\n{name}"
        self._index.list_value(f"key {name}", key)
        if image is None:
            self._missing += 1
            if self._missing <= _MOST_TOLD or not self._has_images:
                self._index.list_value(f"told {name}", "")
                self._index.put("missing", name.encode("utf-8", "surrogatepass"))
        split = _SPLIT_IN_NAME.search(path.rpartition("/")[2])
        if split is not None:
            self._index.list_value(f"split {name}", split[2])
        self._index.list_value(f"split of {key}", self._index.listed(f"split {name}") or "")
        return key

    def _mask_path(self, row: dict[str, str]) -> str | None:
        name = row.get("MaskPath", "").replace("\\", "/").rpartition("/")[2]
        return self._index.listed(f"file {name}") if name else None

    def _first_table(self) -> str:
        return next(path for path, kind in self._tables.items() if kind in {"boxes", "masks"})

    def _images(self) -> Iterator[FoundImage]:
        for path in self._index.paths():
            label = self._index.listed(f"label {path}")
            yield found_image(self._index, path, label, self._split(path))
        if not self._has_images:
            for payload in self._index.labels_of("missing"):
                name = payload.decode("utf-8", "surrogatepass")
                label = self._index.listed(f"label \n{name}") or ""
                folder = name.rpartition("/")[0]
                yield FoundImage("", label, self._split(f"\n{name}"), name, folder)

    def _split(self, key: str) -> SplitName:
        by_folder = split_by_name(key.rpartition("/")[0])
        listed = self._index.listed(f"split of {key}")
        if by_folder is None and not listed:
            listed = self._index.listed(f"split {key.rpartition('/')[2].rpartition('.')[0]}")
        return by_folder or split_by_name(listed or "") or split_of_path(key.strip("\n"))

    # --- objects ---

    def _objects(
        self, rows: list[_Row], size_wh: tuple[int, int]
    ) -> Iterator[tuple[str, Callable[[], Draft]]]:
        """Boxes, with the masks of the same objects, and the masks that are left."""
        boxes = [row for row in rows if "MaskPath" not in row.at]
        masks: dict[int, list[_Row]] = {}
        for row in rows:
            if "MaskPath" in row.at:
                masks.setdefault(row.class_index, []).append(row)
        for box in boxes:
            mask = _take_mask_of(box, masks.get(box.class_index, []))
            yield (
                _what(box),
                lambda box=box, mask=mask: self._draft(box, mask, size_wh),  # type: ignore[misc]
            )
        for left in masks.values():
            for mask in left:
                yield (
                    _what(mask),
                    lambda mask=mask: self._draft(mask, mask, size_wh),  # type: ignore[misc]
                )

    def _draft(self, row: _Row, mask: _Row | None, size_wh: tuple[int, int]) -> Draft:
        polygons, repair = self._mask(mask, size_wh) if mask else (_box(row, size_wh), "")
        return Draft(
            row.class_index,
            polygons,
            is_box=mask is None,
            occluded=row.at.get("IsOccluded", "").strip() == "1",
            truncated=row.at.get("IsTruncated", "").strip() == "1",
            note=CROWD_NOTE if row.at.get("IsGroupOf", "").strip() == "1" else "",
            repair=repair,
        )

    def _mask(self, row: _Row, size_wh: tuple[int, int]) -> tuple[Polygons, str]:
        """The outline of a mask, which may be smaller than its image, of the same shape."""
        name = row.at["MaskPath"].rpartition("/")[2]
        if (path := self._mask_path(row.at)) is None:
            raise ShapeError(f"its mask {name[:100]} is not there.")
        try:
            mask = load_mask(self._tree, path, max_megapixels=self._megapixels)
            polygons = polygons_of_mask(mask.values > 0)
        except (FileReadError, ValueError) as error:
            raise ShapeError(f"{name[:100]}: {error}") from error
        if not polygons:
            raise ShapeError(f"its mask {name[:100]} is empty.")
        if mask.size_wh == size_wh:
            return polygons, ""
        x, y = scale_of(mask.size_wh, size_wh)
        scaled = [
            [
                [each * (y if place % 2 else x) for place, each in enumerate(ring)]
                for ring in polygon
            ]
            for polygon in polygons
        ]
        return scaled, "it was scaled from its mask to the size of the image."


def _box(row: _Row, size_wh: tuple[int, int]) -> Polygons:
    left, top, right, bottom = (to_number(row.at.get(name), name) for name in _CORNERS)
    if min(left, top) < -0.01 or max(right, bottom) > 1.01:
        raise ShapeError("a coordinate lies outside the image: coordinates go from 0 to 1.")
    width, height = size_wh
    return [[corner_ring(left * width, top * height, right * width, bottom * height)]]


def _take_mask_of(box: _Row, masks: list[_Row]) -> _Row | None:
    """Take the first mask out of ``masks`` whose box is this one."""
    for place, mask in enumerate(masks):
        try:
            same = all(
                abs(to_number(box.at.get(name)) - to_number(mask.at.get(f"Box{name}"))) <= _NEAR
                for name in _CORNERS
            )
        except ShapeError:
            continue
        if same:
            return masks.pop(place)
    return None


def _what(row: _Row) -> str:
    return f"{row.file.rpartition('/')[2]}, line {row.line}"


def _is_mask(path: str) -> bool:
    *folders, name = path.split("/")
    is_named = any(folder.lower().startswith("mask") for folder in folders)
    return name.lower().endswith(".png") and (is_named or is_table_mask(path))


def is_table_mask(path: str) -> bool:
    """Whether a file is called as the masks of Open Images are, which its tables name."""
    return bool(_MASK_FILE.fullmatch(path.rpartition("/")[2]))
