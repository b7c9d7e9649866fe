"""VIA 3 (VGG Image Annotator): a project as JSON, with files, views and metadata.

A view shows files, a metadata entry belongs to a view, and attributes have numbers.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping

from annotator.labels.polygons.bridges import flatten_polygons, split_ring
from annotator.labels.polygons.geometry import Polygons

from ..base import Content, FoundImage, ReadLabels, ReadLimits, WrittenImage, WrittenObject
from ..shapes import (
    Draft,
    ShapeError,
    box_of,
    box_ring,
    collect_objects,
    corner_ring,
    ellipse_ring,
    flag,
    is_plain_box,
    numbers,
    plain_text,
)
from ..spool import Listed, Spool, split_of_file
from ..trees import FileReadError, Tree, TreeError
from .json_kinds import has_kind, json_files, kind_of
from .json_source import UNNAMED, Classes, JsonSource, Leftovers, is_structured
from .json_stream import MAX_JSON_BYTES, JsonError, Opened, stream_json
from .json_write import (
    NEVER_WRITTEN,
    SPLITS,
    class_names,
    dump,
    dump_list,
    dump_object,
    rounded,
)
from .via_classes import NOTES, ClassAttribute

_LISTS = frozenset(("file", "metadata", "view"))
_IMAGE = 2
_KINDS = {
    1: "point",
    2: "rectangle",
    3: "circle",
    4: "ellipse",
    5: "line",
    6: "line",
    7: "polygon",
    8: "rectangle by its extremes",
    9: "circle by three points",
}
_COUNTS = {2: 4, 3: 3, 4: 4, 8: 8, 9: 6}
_CLASS, _NOTE, _STATE = "1", "2", "3"
_STATES = {"1": "occluded", "2": "truncated", "3": "is_box"}


class Via3:
    name = "via3"
    title = "VIA 3 JSON"
    leaves_out: tuple[str, ...] = NEVER_WRITTEN

    def sniff(self, tree: Tree) -> bool:
        return has_kind(tree, "via3")

    def read(self, tree: Tree, *, limits: ReadLimits) -> JsonSource:
        reader = _Reader(tree)
        for path in json_files(tree):
            if kind_of(tree, path) == "via3":
                reader.read_file(path)
        return reader.finish()

    def write(
        self, classes: Mapping[int, str], images: Iterable[WrittenImage]
    ) -> Iterator[tuple[str, Content]]:
        """``<split>/via_project.json`` beside the images of the split; images that nobody
        labelled lie in a folder without one."""
        folders: set[str] = set()
        for image in images:
            if image.read_objects is not None:
                folders.add(image.folder)
            if image.file is not None:
                yield f"{image.folder}/{image.name}", image.file
        for folder in sorted(folders) or SPLITS[:1]:
            yield f"{folder}/via_project.json", _write_folder(folder, classes, images)

    def kept(self, polygons: Polygons, *, size_wh: tuple[int, int]) -> Polygons:
        """Parts and holes joined by bridges, and taken apart again."""
        return split_ring(flatten_polygons(polygons))


# --- reading --------------------------------------------------------------------------------

_Attributes = dict[str, tuple[str, dict[str, str]]]
"""Of one file: the name of each attribute, and what its options are called."""


class _Reader:
    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._spool = Spool(tree)
        self._attribute = ClassAttribute()
        self._left = Leftovers()
        self._attributes: list[_Attributes] = []
        self._classes = Classes()

    def read_file(self, path: str) -> None:
        file = self._spool.add_file(path, split=split_of_file(path))
        self._attributes.append(self._read_attributes(path))
        try:
            with self._tree.open(path, limit_bytes=MAX_JSON_BYTES) as handle:
                stream = stream_json(
                    handle, opens=lambda at: not at or (len(at) == 1 and at[0] in _LISTS)
                )
                for at, value, _ in stream:
                    if len(at) == 2 and not isinstance(value, Opened):
                        self._add(file, str(at[0]), str(at[1]), value)
        except (JsonError, FileReadError) as error:
            count = self._spool.drop_file(file)
            reason = f"The file cannot be read whole, so nothing of it is taken: {error}"
            self._spool.add_problem(path, reason, count)
            return
        self._spool.apply_renames(file)

    def _read_attributes(self, path: str) -> _Attributes:
        """A pass for the attributes alone: they may stand behind what uses them."""
        found: _Attributes = {}
        try:
            with self._tree.open(path, limit_bytes=MAX_JSON_BYTES) as handle:
                stream = stream_json(
                    handle, opens=lambda at: not at or (len(at) == 1 and at[0] in _LISTS)
                )
                for at, value, _ in stream:
                    if at == ("attribute",) and isinstance(value, dict):
                        found = {key: _attribute_of(key, each) for key, each in value.items()}
                        break
        except (JsonError, FileReadError):
            return found
        for name, options in found.values():
            self._attribute.add_options(name, options.values())
        return found

    def _add(self, file: int, kind: str, key: str, value: object) -> None:
        record = value if isinstance(value, dict) else {}
        if kind == "file":
            self._add_image(file, key, record)
        elif kind == "view":
            shown = record.get("fid_list")
            if isinstance(shown, list) and len(shown) == 1:
                self._spool.add_rename(file, f"view {key}", f"file {shown[0]}"[:200])
        elif not record.get("xy"):
            self._left.add("metadata of images or times")
        else:
            self._attribute.add_region(self._values(file, record))
            self._note_lost(file, record)
            self._spool.add_object(file, f"view {record.get('vid')}"[:200], json.dumps(record))

    def _add_image(self, file: int, key: str, record: dict[str, object]) -> None:
        names = (record.get("fname"), record.get("src"))
        texts = [name for name in names if isinstance(name, str) and name.strip("/\\ ")]
        if not texts:
            reason = f"The file “{key[:80]}” has no fname."
            self._spool.add_problem(self._spool.files[file], reason)
        elif record.get("type", _IMAGE) not in (_IMAGE, "2", 0, None):
            self._spool.add_problem(texts[0], "A video or sound, no image.")
        else:
            self._spool.add_listed(Listed(file, f"file {key}"[:200], texts[0].split("?")[0]))

    def _values(self, file: int, record: dict[str, object]) -> list[tuple[str, str]]:
        values = record.get("av")
        found: list[tuple[str, str]] = []
        for key, value in values.items() if isinstance(values, dict) else ():
            name, options = self._attributes[file].get(key, (key, {}))
            if isinstance(value, bool) or not isinstance(value, str | int | float):
                continue
            keys = str(value).split(",") if options else [str(value)]
            texts = [options.get(each.strip(), each.strip()) for each in keys]
            found.append((name, ",".join(texts) if name == _STATES_NAME else texts[0][:500]))
        return found

    def _note_lost(self, file: int, record: dict[str, object]) -> None:
        """Of several choices the first is read, of lists and objects nothing."""
        values = record.get("av")
        if not isinstance(values, dict):
            if values not in (None, "", [], 0):
                self._left.add("“av” that is no object")
            return
        for key, value in values.items():
            name, options = self._attributes[file].get(key, (key, {}))
            if is_structured(value):
                self._left.add(f"attribute “{name}”, which is no text")
            elif options and name != _STATES_NAME and "," in str(value):
                self._left.add(f"further choices of “{name}”")

    def finish(self) -> JsonSource:
        notes = self._spool.finish()
        if not self._spool.count_images():
            raise TreeError("VIA 3 JSON was found, but no images that it lists.")
        self._classes, of_classes = self._attribute.choose()
        return JsonSource(
            self._tree,
            self._spool,
            class_names=self._classes.names,
            notes=[*of_classes, *notes, *self._left.note()],
            files=self._spool.files,
            read_image=self._read_image,
        )

    def _read_image(
        self, image: FoundImage, size_wh: tuple[int, int], class_count: int
    ) -> ReadLabels:
        return collect_objects(
            self._drafts(image), size_wh=size_wh, declared_wh=None, class_count=class_count
        )

    def _drafts(self, image: FoundImage) -> Iterator[tuple[str, Callable[[], Draft]]]:
        for place, each in enumerate(self._spool.objects_of(image), 1):
            record = json.loads(each.body)

            def make(record: dict[str, object] = record, file: int = each.file) -> Draft:
                return self._draft(file, record)

            yield f"region {place}", make

    def _draft(self, file: int, record: dict[str, object]) -> Draft:
        times = record.get("z")
        if isinstance(times, list) and times:
            raise ShapeError("it belongs to a time of a video, not to an image.")
        polygons, is_box = _outline(numbers(record.get("xy"), "xy"))
        values = dict(self._values(file, record))
        states = values.get(_STATES_NAME, "").split(",")
        name = values.get(self._attribute.chosen, "")
        notes = filter(None, (plain_text(values.get(key)) for key in NOTES))
        return Draft(
            self._classes.index_of(name or UNNAMED),
            polygons,
            is_box or "is_box" in states,
            "occluded" in states or flag(values.get("occluded")),
            "truncated" in states or flag(values.get("truncated")),
            next(notes, ""),
        )


_STATES_NAME = "flags"


def _attribute_of(key: str, value: object) -> tuple[str, dict[str, str]]:
    record = value if isinstance(value, dict) else {}
    name = record.get("aname")
    options = record.get("options")
    texts = {
        option: text.strip() or option
        for option, text in (options.items() if isinstance(options, dict) else ())
        if isinstance(text, str)
    }
    return (name if isinstance(name, str) and name else key), texts


def _outline(xy: list[float]) -> tuple[Polygons, bool]:
    kind, *rest = xy
    known = _KINDS.get(int(kind))
    if known is None:
        raise ShapeError(f"{kind:g} is a kind of shape that is not read.")
    if kind in {1, 5, 6}:
        raise ShapeError(f"a {known}, which encloses no area.")
    if kind == 7:
        if len(rest) % 2:
            raise ShapeError(f"an odd count of coordinates ({len(rest)}).")
        return (split_ring(rest) if len(rest) > 6 else [[rest]]), False
    if len(rest) != _COUNTS[int(kind)]:
        raise ShapeError(f"a {known} with {len(rest)} numbers instead of {_COUNTS[int(kind)]}.")
    if kind == 2:
        return [[box_ring(*rest)]], True
    if kind == 3:
        return [[ellipse_ring(rest[0], rest[1], rest[2], rest[2])]], False
    if kind == 4:
        return [[ellipse_ring(*rest)]], False
    if kind == 8:
        xs, ys = rest[0::2], rest[1::2]
        return [[corner_ring(min(xs), min(ys), max(xs), max(ys))]], True
    return [[_circle_through(rest)]], False


def _circle_through(points: list[float]) -> list[float]:
    ax, ay, bx, by, cx, cy = points
    bx, by, cx, cy = bx - ax, by - ay, cx - ax, cy - ay
    twice = 2 * (bx * cy - by * cx)
    if twice == 0:
        raise ShapeError("three points on a line make no circle.")
    x = (cy * (bx * bx + by * by) - by * (cx * cx + cy * cy)) / twice
    y = (bx * (cx * cx + cy * cy) - cx * (bx * bx + by * by)) / twice
    radius = (x * x + y * y) ** 0.5
    return ellipse_ring(ax + x, ay + y, radius, radius)


# --- writing --------------------------------------------------------------------------------


def _write_folder(
    folder: str, classes: Mapping[int, str], images: Iterable[WrittenImage]
) -> Iterator[bytes]:
    names = class_names(classes)
    option_of = {index: str(place) for place, index in enumerate(sorted(classes))}
    yield b'{"project": {"pid": "__VIA_PROJECT_ID__", "rev": "__VIA_PROJECT_REV_ID__", '
    yield b'"rev_timestamp": "__VIA_PROJECT_REV_TIMESTAMP__", "created": 0, "creator": "Segloop", '
    yield b'"data_format_version": "3.1.1", "pname": ' + dump(f"segloop {folder}")
    yield b', "vid_list": '
    yield from dump_list(str(place) for place, _ in _of_folder(folder, images))
    yield b'},\n"config": {"file": {"loc_prefix": {"1": "", "2": "", "3": "", "4": ""}}, '
    yield b'"ui": {"file_content_align": "center", "file_metadata_editor_visible": true, '
    yield b'"spatial_metadata_editor_visible": true, "spatial_region_label_attribute_id": "1"}}'
    anchor = "FILE1_Z0_XY1"
    yield b',\n"attribute": ' + dump(
        {
            _CLASS: _attribute("class", anchor, 4, {str(i): name for i, name in enumerate(names)}),
            _NOTE: _attribute("note", anchor, 1, {}),
            _STATE: _attribute(_STATES_NAME, anchor, 2, _STATES),
        }
    )
    yield b',\n"file": '
    yield from dump_object(
        (
            str(place),
            {"fid": str(place), "fname": image.name, "type": _IMAGE, "loc": 1, "src": image.name},
        )
        for place, image in _of_folder(folder, images)
    )
    yield b',\n"metadata": '
    yield from dump_object(_metadata(folder, option_of, images))
    yield b',\n"view": '
    yield from dump_object(
        (str(place), {"fid_list": [str(place)]}) for place, _ in _of_folder(folder, images)
    )
    yield b"}\n"


def _attribute(name: str, anchor: str, kind: int, options: Mapping[str, str]) -> dict[str, object]:
    return {
        "aname": name,
        "anchor_id": anchor,
        "type": kind,
        "desc": "",
        "options": dict(options),
        "default_option_id": "",
    }


def _of_folder(folder: str, images: Iterable[WrittenImage]) -> Iterator[tuple[int, WrittenImage]]:
    labelled = (i for i in images if i.folder == folder and i.read_objects is not None)
    return enumerate(labelled, 1)


def _metadata(
    folder: str, option_of: Mapping[int, str], images: Iterable[WrittenImage]
) -> Iterator[tuple[str, object]]:
    for place, image in _of_folder(folder, images):
        objects = image.read_objects() if image.read_objects is not None else ()
        for number, each in enumerate(objects, 1):
            values = {_CLASS: option_of[each.class_index]}
            if each.note:
                values[_NOTE] = each.note
            is_turned = each.is_box and not is_plain_box(each.polygons)
            set_of = {"1": each.occluded, "2": each.truncated, "3": is_turned}
            if states := ",".join(key for key, is_set in set_of.items() if is_set):
                values[_STATE] = states
            yield (
                f"{place}_{number}",
                {"vid": str(place), "flg": 0, "z": [], "xy": _shape_of(each), "av": values},
            )


def _shape_of(each: WrittenObject) -> list[float]:
    if each.is_box and is_plain_box(each.polygons):
        return [2, *(round(side, 4) for side in box_of(each.polygons))]
    return [7, *rounded(flatten_polygons(each.polygons))]
