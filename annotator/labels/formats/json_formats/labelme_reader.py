"""labelme's JSON files as they are read: a pass for images and classes, then image by image.

Shapes of one label and one ``group_id`` are parts of one object. Where the image is missing, the
one that lies in the file (``imageData``) is taken.
"""

import math
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import NamedTuple

from annotator.labels.polygons.bridges import split_ring
from annotator.labels.polygons.geometry import Polygons, Ring

from ..base import FoundImage, ReadLabels
from ..rle import decode_png, outline_mask
from ..shapes import (
    Draft,
    ShapeError,
    collect_objects,
    corner_ring,
    ellipse_ring,
    flag,
    paired_points,
    plain_text,
)
from ..split_names import split_by_name
from ..spool import Spool, fold
from ..trees import FileReadError, Tree, TreeError
from .embedded import EmbeddedImages
from .json_kinds import json_files, kind_of_value
from .json_source import Classes, JsonSource, Leftovers, is_structured
from .json_stream import MAX_VALUE_CHARS, JsonError, load_json, read_json

IGNORE = "__ignore__"
_NO_CLASSES = frozenset((IGNORE, "_background_", "__background__"))
_LISTS = frozenset(("labels.txt", "class_names.txt", "classes.txt"))
_MAX_LIST_BYTES = 1 << 20
_BOXES = frozenset(("rectangle", "rotation", "oriented_rectangle"))
_LINES = {
    "point": "a point",
    "points": "points",
    "line": "a line",
    "linestrip": "a line",
    "cuboid": "a cuboid",
}
_KNOWN_KEYS = frozenset(
    ("label", "points", "group_id", "shape_type", "flags", "description", "mask", "direction")
)
_MAPPED = frozenset(("occluded", "truncated", "note"))


class _Group(NamedTuple):
    """The shapes of one object, with their places in the file."""

    what: str
    label: str
    shapes: list[dict[str, object]]


class LabelmeReader:
    """One pass over all JSON files for their images and classes; the shapes are read again, image
    by image."""

    def __init__(self, tree: Tree, *, split_bridges: bool) -> None:
        self._tree = tree
        self._spool = Spool(tree)
        self._split_bridges = split_bridges
        self._classes = Classes()
        self._left = Leftovers()
        self._shape_count = 0
        self._flagged: list[str] = []
        self._embedded = 0

    def read(self, title: str) -> JsonSource:
        lists = list(self._read_lists())
        met = Classes()
        for path in json_files(self._tree):
            self._read_file(path, met)
        files = [
            path
            for path, names in lists
            if not met.names or any(met.index_of(name) >= 0 for name in names)
        ]
        for path, names in lists:
            for name in names if path in files else ():
                self._classes.add(name)
        for name in met.names:
            self._classes.add(name)
        if self._flagged and not self._shape_count:
            raise TreeError(
                f"{self._flagged[0]} has flags and no shapes, and so have all others: this is a "
                "set of labels of whole images, not of outlines."
            )
        notes = self._spool.finish()
        if not self._spool.count_images():
            raise TreeError(f"{title} was found, but no images that it belongs to.")
        if self._embedded:
            notes.append(
                f"{self._embedded:,} images lie only in their label files (imageData); these were "
                "taken."
            )
        return JsonSource(
            EmbeddedImages(self._tree),
            self._spool,
            class_names=self._classes.names,
            notes=[*notes, *self._left.note()],
            files=files,
            read_image=self._read_image,
        )

    def _read_lists(self) -> Iterator[tuple[str, list[str]]]:
        """Lists of class names beside the files, which give the order."""
        for folder in self._tree.folders():
            for name in self._tree.names(folder):
                if name.lower() not in _LISTS:
                    continue
                path = f"{folder}/{name}" if folder else name
                with suppress(FileReadError, UnicodeDecodeError):
                    text = self._tree.read(path, limit_bytes=_MAX_LIST_BYTES).decode("utf-8-sig")
                    names = (line.strip() for line in text.splitlines())
                    yield path, [each for each in names if each and each not in _NO_CLASSES]

    def _read_file(self, path: str, met: Classes) -> None:
        folder, _, name = path.rpartition("/")
        stem = name.rpartition(".")[0]
        try:
            value = load_json(self._tree.read(path, limit_bytes=MAX_VALUE_CHARS))
        except (FileReadError, JsonError):
            value = None
            beside = self._spool.find_image(stem, near=folder, split=None)
            if beside is not None and beside.rpartition("/")[0] == folder:
                self._add(beside, path, None)  # reading its labels will say what is wrong
            return
        if not isinstance(value, dict) or kind_of_value(value) not in {"labelme", "x_anylabeling"}:
            return
        groups = list(_groups(value))
        for group in groups:
            if group.label != IGNORE and _kind(group.shapes[0]) not in _LINES:
                met.add(group.label)
            self._note_leftovers(group)
        self._shape_count += len(groups)
        self._note_flags(path, value)
        image = self._find_image(value, folder=folder, stem=stem)
        size_wh = _size_of(value)
        if image is None and isinstance(value.get("imageData"), str) and value["imageData"]:
            self._embedded += 1
            image = path
        if image is None and self._spool.has_images:
            self._spool.add_problem(
                path, f"No image belongs to this label: “{_image_path(value)}”.", len(groups)
            )
            return
        self._add(image or "", path, size_wh)

    def _find_image(self, value: dict[str, object], *, folder: str, stem: str) -> str | None:
        named = _image_path(value)
        found = self._spool.find_image(named, near=folder, split=None) if named else None
        if found is None or (
            fold(found.rpartition("/")[2].rpartition(".")[0]) != fold(stem)
            and found.rpartition("/")[0] != folder
        ):
            found = self._spool.find_image(stem, near=folder, split=None) or found
        return found

    def _add(self, image: str, label: str, size_wh: tuple[int, int] | None) -> None:
        name = self._spool.name_of(image or label)
        other = self._spool.label_of(image, name)
        if other is not None:
            self._spool.add_problem(
                label, f"Another file has the labels of this image already: {other}.", 0
            )
            return
        split = split_by_name((image or label).rpartition("/")[0])
        self._spool.add_entry(image, label=label, split=split, name=name, size_wh=size_wh)

    def _note_flags(self, path: str, value: dict[str, object]) -> None:
        flags = value.get("flags")
        if isinstance(flags, dict) and any(flag(each) for each in flags.values()):
            if not self._flagged:
                self._flagged.append(path)
            for key, each in flags.items():
                if flag(each):
                    self._left.add(f"flag “{key}” of images")

    def _note_leftovers(self, group: _Group) -> None:
        for shape in group.shapes:
            for key in shape.keys() - _KNOWN_KEYS:
                if key != "attributes" and shape[key] not in (None, "", [], {}, False, 0):
                    self._left.add(f"“{key}”")
            for key in ("flags", "attributes"):
                inner = shape.get(key)
                if not isinstance(inner, dict) and inner not in (None, "", [], False, 0):
                    self._left.add(f"“{key}” that are no object")
                for name, each in inner.items() if isinstance(inner, dict) else ():
                    if name not in _MAPPED and each not in (None, "", False):
                        self._left.add(f"“{name}”")
                    elif is_structured(each):
                        self._left.add(f"“{name}”, which is no text")

    def _read_image(
        self, image: FoundImage, size_wh: tuple[int, int], class_count: int
    ) -> ReadLabels:
        value = read_json(self._tree, image.label or "")
        if not isinstance(value, dict):
            raise FileReadError("The file is not labelme's: it is no JSON object.")
        return collect_objects(
            self._drafts(value, size_wh),
            size_wh=size_wh,
            declared_wh=_size_of(value),
            class_count=class_count,
        )

    def _drafts(
        self, value: dict[str, object], size_wh: tuple[int, int]
    ) -> Iterator[tuple[str, Callable[[], Draft]]]:
        most_pixels = math.prod(_size_of(value) or size_wh)
        for group in _groups(value):

            def make(group: _Group = group) -> Draft:
                return self._draft(group, most_pixels)

            yield group.what, make

    def _draft(self, group: _Group, most_pixels: int) -> Draft:
        is_region = group.label == IGNORE
        index = -1 if is_region else self._classes.index_of(group.label)
        polygons: Polygons = []
        first = group.shapes[0]
        for shape in group.shapes:
            polygons += self._outline(shape, most_pixels)
        boxes = len(group.shapes) == 1 and _kind(first) in _BOXES
        notes = filter(None, (plain_text(shape.get("description")) for shape in group.shapes))
        return Draft(
            index,
            polygons,
            boxes,
            any(_has_flag(shape, "occluded") for shape in group.shapes),
            any(_has_flag(shape, "truncated") for shape in group.shapes),
            next(notes, ""),
            is_region=is_region,
        )

    def _outline(self, shape: dict[str, object], most_pixels: int) -> Polygons:
        kind = _kind(shape)
        if kind in _LINES:
            raise ShapeError(f"{_LINES[kind]}, which encloses no area.")
        ring = paired_points(shape.get("points"))
        if kind in {"polygon", "quadrilateral"}:
            return split_ring(ring) if self._split_bridges and len(ring) > 6 else [[ring]]
        if kind in _BOXES:
            return [[_box(ring)]]
        if kind == "circle" and len(ring) == 4:
            radius = math.hypot(ring[2] - ring[0], ring[3] - ring[1])
            return [[ellipse_ring(ring[0], ring[1], radius, radius)]]
        if kind == "mask" and len(ring) == 4:
            mask = decode_png(shape.get("mask"), is_packed=False, most_pixels=most_pixels)
            left, top = int(min(ring[0::2])), int(min(ring[1::2]))
            return outline_mask(mask, origin_xy=(left, top))
        if kind in {"circle", "mask"}:
            raise ShapeError(f"a {kind} with {len(ring) // 2} points instead of two.")
        raise ShapeError(f"“{kind[:40]}” is a kind of shape that is not read.")


def _box(ring: Ring) -> Ring:
    if len(ring) == 4:
        return corner_ring(*ring)
    if len(ring) == 8:
        return ring
    raise ShapeError(f"a rectangle with {len(ring) // 2} points instead of two or four.")


def _groups(value: dict[str, object]) -> Iterator[_Group]:
    """The objects of a file: shapes of one label and group that enclose something are one."""
    shapes = value.get("shapes")
    found: dict[tuple[str, str], _Group] = {}
    for place, shape in enumerate(shapes if isinstance(shapes, list) else (), 1):
        known = shape if isinstance(shape, dict) else {"shape_type": "nothing"}
        label = known.get("label")
        text = label if isinstance(label, str) else "" if label is None else str(label)[:200]
        group_id = known.get("group_id")
        can_join = group_id is not None and _kind(known) not in _LINES
        key = (text, str(group_id)) if can_join else (text, f"#{place}")
        if key in found:
            found[key].shapes.append(known)
        else:
            found[key] = _Group(f"shape {place}", text, [known])
    yield from found.values()


def _kind(shape: dict[str, object]) -> str:
    kind = shape.get("shape_type") or "polygon"
    return str(kind).strip().lower()


def _has_flag(shape: dict[str, object], name: str) -> bool:
    return any(
        flag(inner.get(name))
        for inner in (shape.get("flags"), shape.get("attributes"))
        if isinstance(inner, dict)
    )


def _image_path(value: dict[str, object]) -> str:
    path = value.get("imagePath")
    return path if isinstance(path, str) else ""


def _size_of(value: dict[str, object]) -> tuple[int, int] | None:
    width, height = value.get("imageWidth"), value.get("imageHeight")
    if type(width) is int and type(height) is int and 0 < width < 1 << 20 and 0 < height < 1 << 20:
        return width, height
    return None
