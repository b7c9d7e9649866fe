"""Supervisely's JSON: ``meta.json`` with the classes, and in each dataset ``img/`` and ``ann/``."""

import hashlib
import math
from collections.abc import Callable, Iterable, Iterator, Mapping

import numpy as np

from annotator.labels.polygons.contours import mask_of_polygons
from annotator.labels.polygons.geometry import Polygons

from ..base import (
    Content,
    FoundImage,
    ReadLabels,
    ReadLimits,
    SplitName,
    WrittenImage,
    WrittenObject,
)
from ..rle import decode_png, encode_png, outline_mask
from ..shapes import (
    Draft,
    ShapeError,
    box_of,
    collect_objects,
    corner_ring,
    is_plain_box,
    paired_points,
    plain_text,
)
from ..split_names import split_by_name
from ..spool import Spool
from ..trees import FileReadError, Tree, TreeError
from .json_kinds import has_kind, json_files, kind_of_value
from .json_source import Classes, JsonSource, Leftovers
from .json_stream import MAX_VALUE_CHARS, JsonError, load_json, read_json
from .json_write import NEVER_WRITTEN, attributes_of, class_names, dump, pairs

_NO_AREA = {
    "point": "a point, which encloses no area.",
    "line": "a line, which encloses no area.",
    "polyline": "a line, which encloses no area.",
    "multipoint": "points, which enclose no area.",
    "graph": "a skeleton of keypoints, which encloses no area.",
    "cuboid": "a cuboid, no outline.",
    "cuboid_2d": "a cuboid, no outline.",
}
_FLAGS = frozenset(("occluded", "truncated", "box"))
_KNOWN_KEYS = frozenset(
    ("id", "classId", "classTitle", "geometryType", "points", "bitmap", "tags", "description")
) | {"labelerLogin", "createdAt", "updatedAt", "objectId", "shape", "nnCreated", "nnUpdated"}


class Supervisely:
    name = "supervisely"
    title = "Supervisely JSON"
    leaves_out: tuple[str, ...] = (
        "the exact outline of an object with several parts (it is written as a bitmap of its "
        "pixels)",
        *NEVER_WRITTEN,
    )

    def sniff(self, tree: Tree) -> bool:
        return has_kind(tree, "supervisely")

    def read(self, tree: Tree, *, limits: ReadLimits) -> JsonSource:
        return _Reader(tree).read()

    def write(
        self, classes: Mapping[int, str], images: Iterable[WrittenImage]
    ) -> Iterator[tuple[str, Content]]:
        """``meta.json``; a dataset for each split, and inside it for each folder of images."""
        yield "meta.json", dump(_meta(class_names(classes)))
        for image in images:
            *folders, base = image.name.split("/")
            dataset = "/".join((image.folder, *(f"datasets/{each}" for each in folders)))
            if image.read_objects is not None:
                yield f"{dataset}/ann/{base}.json", dump(_annotation(image, classes))
            if image.file is not None:
                yield f"{dataset}/img/{base}", image.file

    def kept(self, polygons: Polygons, *, size_wh: tuple[int, int]) -> Polygons:
        """One part with its holes as it is; several parts as the outline of their pixels."""
        if len(polygons) == 1:
            return polygons
        mask = mask_of_polygons(polygons, size_wh=size_wh)
        return outline_mask(mask) if mask.any() else polygons[:1]


def name_in_datasets(path: str, prefix: str) -> str:
    """What an image is called: its datasets below the split, and its stem."""
    *folders, base = path.split("/")
    stem = base.rpartition(".")[0] or base
    for place, each in enumerate(folders):
        if split_by_name(each) or each == "unlabelled":
            return "/".join((*_datasets(folders[place + 1 :]), stem))
    common = prefix.split("/") if prefix else []
    while folders and common and folders[0] == common[0]:
        folders, common = folders[1:], common[1:]
    return "/".join((*_datasets(folders), stem))


def _datasets(folders: list[str]) -> list[str]:
    return [each for each in folders if each not in {"img", "datasets"}]


# --- reading --------------------------------------------------------------------------------


class _Reader:
    """One pass over all JSON files for their images and classes; the objects are read again, image
    by image."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._spool = Spool(tree, namer=name_in_datasets)
        self._classes = Classes()
        self._met = Classes()
        self._metas: list[str] = []
        self._left = Leftovers()

    def read(self) -> JsonSource:
        for path in json_files(self._tree):
            self._read_file(path)
        for name in self._met.names:
            self._classes.add(name)
        notes = self._spool.finish()
        if not self._spool.count_images():
            raise TreeError("Supervisely's JSON was found, but no images that it belongs to.")
        return JsonSource(
            self._tree,
            self._spool,
            class_names=self._classes.names,
            notes=[*notes, *self._left.note()],
            files=self._metas,
            read_image=self._read_image,
        )

    def _read_file(self, path: str) -> None:
        folder, _, name = path.rpartition("/")
        image = self._find_image(folder, name)
        try:
            value = load_json(self._tree.read(path, limit_bytes=MAX_VALUE_CHARS))
        except (FileReadError, JsonError):
            if image is not None and folder.rpartition("/")[2] == "ann":
                self._add(image, path, None, {})  # reading its labels will say what is wrong
            return
        kind = kind_of_value(value)
        if not isinstance(value, dict) or kind not in {"supervisely", "supervisely_meta"}:
            return
        if kind == "supervisely_meta":
            self._metas.append(path)
            classes = value.get("classes")
            for each in classes if isinstance(classes, list) else ():
                title = each.get("title") if isinstance(each, dict) else None
                if isinstance(title, str) and title.strip():
                    self._classes.add(title)
            return
        objects = _objects(value)
        for each in objects:
            self._met.add(_title(each))
            self._note_leftovers(each)
        if image is None and self._spool.has_images:
            self._spool.add_problem(path, "No image belongs to this label.", len(objects))
            return
        self._add(image or "", path, _size_of(value), value)

    def _find_image(self, folder: str, name: str) -> str | None:
        near = f"{folder.rpartition('/')[0]}/img".lstrip("/")
        return self._spool.find_image(f"{near}/{name[:-5]}", near=near, split=None)

    def _add(
        self, image: str, label: str, size_wh: tuple[int, int] | None, value: dict[str, object]
    ) -> None:
        path = image or label.replace("/ann/", "/img/")[:-5]
        name = self._spool.name_of(path)
        other = self._spool.label_of(image, name)
        if other is not None:
            reason = f"Another file has the labels of this image already: {other}."
            self._spool.add_problem(label, reason, len(_objects(value)))
            return
        split = split_by_name(path.rpartition("/")[0]) or self._split_of_tags(value)
        self._spool.add_entry(image, label=label, split=split, name=name, size_wh=size_wh)

    def _split_of_tags(self, value: dict[str, object]) -> SplitName | None:
        found: SplitName | None = None
        for name, _ in _tags(value):
            if split := split_by_name(name):
                found = split
            else:
                self._left.add(f"tag “{name}” of images")
        return found

    def _note_leftovers(self, each: dict[str, object]) -> None:
        for name, value in _tags(each):
            if name.lower() not in _FLAGS:
                self._left.add(f"tag “{name}”" if value is None else f"tag “{name}” with a value")
        for key in each.keys() - _KNOWN_KEYS:
            if each[key] not in (None, "", [], {}):
                self._left.add(f"“{key}”")

    def _read_image(
        self, image: FoundImage, size_wh: tuple[int, int], class_count: int
    ) -> ReadLabels:
        value = read_json(self._tree, image.label or "")
        if not isinstance(value, dict):
            raise FileReadError("The file is not Supervisely's: it is no JSON object.")
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
        for place, each in enumerate(_objects(value), 1):

            def make(each: dict[str, object] = each) -> Draft:
                return self._draft(each, most_pixels)

            yield f"object {each.get('id', place)}"[:80], make

    def _draft(self, each: dict[str, object], most_pixels: int) -> Draft:
        polygons, is_box = _outline(each, most_pixels)
        tags = {name.lower() for name, _ in _tags(each)}
        return Draft(
            self._classes.index_of(_title(each)),
            polygons,
            is_box or "box" in tags,
            "occluded" in tags,
            "truncated" in tags,
            plain_text(each.get("description")),
        )


def _objects(value: dict[str, object]) -> list[dict[str, object]]:
    objects = value.get("objects")
    listed = objects if isinstance(objects, list) else []
    return [each if isinstance(each, dict) else {} for each in listed]


def _title(each: dict[str, object]) -> str:
    title = each.get("classTitle")
    return title[:200] if isinstance(title, str) else ""


def _tags(value: dict[str, object]) -> list[tuple[str, object]]:
    """Name and value of each tag; in old files a tag is its name alone."""
    tags = value.get("tags")
    found: list[tuple[str, object]] = []
    for tag in tags if isinstance(tags, list) else ():
        if isinstance(tag, dict) and isinstance(tag.get("name"), str):
            found.append((tag["name"][:80], tag.get("value")))
        elif isinstance(tag, str):
            found.append((tag[:80], None))
    return found


def _outline(each: dict[str, object], most_pixels: int) -> tuple[Polygons, bool]:
    kind = each.get("geometryType") or ("bitmap" if each.get("bitmap") else "polygon")
    if not isinstance(kind, str) or not each:
        raise ShapeError("it is no object.")
    if kind in _NO_AREA:
        raise ShapeError(_NO_AREA[kind])
    if kind == "bitmap":
        bitmap = each.get("bitmap")
        if not isinstance(bitmap, dict):
            raise ShapeError("it has no bitmap.")
        origin = paired_points([bitmap.get("origin")])
        mask = decode_png(bitmap.get("data"), is_packed=True, most_pixels=most_pixels)
        return outline_mask(mask, origin_xy=(origin[0], origin[1])), False
    points = each.get("points")
    if not isinstance(points, dict):
        raise ShapeError("it has no points.")
    outer = paired_points(points.get("exterior"))
    if kind == "rectangle":
        if len(outer) != 4:
            raise ShapeError(f"a rectangle with {len(outer) // 2} points instead of two.")
        return [[corner_ring(*outer)]], True
    if kind == "polygon":
        inner = points.get("interior") or []
        if not isinstance(inner, list):
            raise ShapeError("its interior is not a list.")
        return [[outer, *(paired_points(ring) for ring in inner)]], False
    raise ShapeError(f"“{kind[:40]}” is a kind of shape that is not read.")


def _size_of(value: dict[str, object]) -> tuple[int, int] | None:
    size = value.get("size")
    width, height = (
        (size.get(key) for key in ("width", "height"))
        if isinstance(size, dict)
        else (
            None,
            None,
        )
    )
    if type(width) is int and type(height) is int and 0 < width < 1 << 20 and 0 < height < 1 << 20:
        return width, height
    return None


# --- writing --------------------------------------------------------------------------------


def _meta(names: list[str]) -> dict[str, object]:
    classes = [
        {
            "title": name,
            "shape": "any",
            "color": f"#{hashlib.sha256(name.encode()).hexdigest()[:6].upper()}",
            "id": place,
        }
        for place, name in enumerate(names, 1)
    ]
    tags = [{"name": name, "value_type": "none", "color": "#888888"} for name in sorted(_FLAGS)]
    return {"classes": classes, "tags": tags, "projectType": "images"}


def _annotation(image: WrittenImage, classes: Mapping[int, str]) -> dict[str, object]:
    objects = image.read_objects() if image.read_objects is not None else ()
    return {
        "description": "",
        "tags": [],
        "size": {"height": image.size_wh[1], "width": image.size_wh[0]},
        "objects": [
            _object(place, each, classes[each.class_index], image.size_wh)
            for place, each in enumerate(objects, 1)
        ],
    }


def _object(
    place: int, each: WrittenObject, title: str, size_wh: tuple[int, int]
) -> dict[str, object]:
    attributes = attributes_of(each)
    note = attributes.pop("note", "")
    shape = _shape_of(each, size_wh)
    if each.is_box and shape["geometryType"] != "rectangle":
        attributes["box"] = True
    return {
        "id": place,
        "classTitle": title,
        "description": note,
        "tags": [{"name": name, "value": None} for name in attributes],
        **shape,
    }


def _shape_of(each: WrittenObject, size_wh: tuple[int, int]) -> dict[str, object]:
    if each.is_box and is_plain_box(each.polygons):
        x, y, width, height = box_of(each.polygons)
        corners = pairs([x, y, x + width, y + height])
        return {"geometryType": "rectangle", "points": {"exterior": corners, "interior": []}}
    if len(each.polygons) > 1:
        mask = mask_of_polygons(each.polygons, size_wh=size_wh)
        if mask.any():
            return _bitmap(mask)
    outer, *inner = (pairs(ring) for ring in each.polygons[0])
    return {"geometryType": "polygon", "points": {"exterior": outer, "interior": inner}}


def _bitmap(mask: "np.ndarray[tuple[int, int], np.dtype[np.bool_]]") -> dict[str, object]:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    top, bottom, left, right = int(rows[0]), int(rows[-1]), int(columns[0]), int(columns[-1])
    data = encode_png(mask[top : bottom + 1, left : right + 1], is_packed=True)
    return {"geometryType": "bitmap", "bitmap": {"data": data, "origin": [left, top]}}
