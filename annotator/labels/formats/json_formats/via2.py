"""VIA 2 (VGG Image Annotator): a project, or its exported annotations, as JSON."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress

from annotator.labels.polygons.bridges import flatten_polygons, split_ring
from annotator.labels.polygons.geometry import Polygons

from ..base import Content, FoundImage, ReadLabels, ReadLimits, WrittenImage, WrittenObject
from ..shapes import (
    Draft,
    ShapeError,
    box_of,
    box_ring,
    collect_objects,
    ellipse_ring,
    flag,
    is_plain_box,
    number,
    plain_text,
    zipped_points,
)
from ..spool import Listed, Spool, split_of_file
from ..trees import FileReadError, Tree, TreeError
from .json_kinds import has_kind, json_files, kind_of
from .json_source import UNNAMED, Classes, JsonSource, Leftovers, is_structured
from .json_stream import MAX_JSON_BYTES, JsonError, stream_json
from .json_write import (
    NEVER_WRITTEN,
    SPLITS,
    attributes_of,
    class_names,
    dump,
    dump_list,
    dump_object,
    rounded,
)
from .via_classes import NOTES, ClassAttribute

_METADATA = "_via_img_metadata"
CLASS_ATTRIBUTE = "class"


class Via2:
    name = "via2"
    title = "VIA 2 JSON"
    leaves_out: tuple[str, ...] = NEVER_WRITTEN

    def sniff(self, tree: Tree) -> bool:
        return has_kind(tree, "via2")

    def read(self, tree: Tree, *, limits: ReadLimits) -> JsonSource:
        reader = _Reader(tree)
        for path in json_files(tree):
            if kind_of(tree, path) == "via2":
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


class _Reader:
    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._spool = Spool(tree)
        self._attribute = ClassAttribute()
        self._left = Leftovers()
        self._labels: dict[str, str] = {}
        """What an option of the class is called, where its id is but a number."""
        self._classes = Classes()

    def read_file(self, path: str) -> None:
        file = self._spool.add_file(path, split=split_of_file(path))
        try:
            with self._tree.open(path, limit_bytes=MAX_JSON_BYTES) as handle:
                stream = stream_json(handle, opens=lambda at: at in {(), (_METADATA,)})
                for count, (at, value, _) in enumerate(stream):
                    if at == ("_via_attributes",):
                        self._add_options(value)
                    elif isinstance(value, dict) and (len(at) == 2 or "filename" in value):
                        self._add_image(file, f"{count}", str(at[-1]), value)
        except (JsonError, FileReadError) as error:
            count = self._spool.drop_file(file)
            reason = f"The file cannot be read whole, so nothing of it is taken: {error}"
            self._spool.add_problem(path, reason, count)

    def _add_options(self, value: object) -> None:
        regions = value.get("region") if isinstance(value, dict) else None
        for name, attribute in regions.items() if isinstance(regions, dict) else ():
            options = attribute.get("options") if isinstance(attribute, dict) else None
            if not isinstance(options, dict):
                continue
            for key, text in options.items():
                if key.isdigit() and isinstance(text, str) and text.strip():
                    self._labels[f"{name}\0{key}"] = text
            self._attribute.add_options(name, options)

    def _label(self, name: str, key: str) -> str:
        return self._labels.get(f"{name}\0{key}", key)

    def _add_image(self, file: int, ref: str, key: str, value: dict[str, object]) -> None:
        name = value.get("filename")
        if not isinstance(name, str) or not name.strip("/\\ "):
            count = len(_regions(value))
            self._spool.add_problem(
                self._spool.files[file], f"The image “{key[:80]}” has no filename.", count
            )
            return
        self._spool.add_listed(Listed(file, ref, self._by_size(name, value.get("size"))))
        for region in _regions(value):
            self._attribute.add_region(_values(region))
            for each in _list_lost(region):
                self._left.add(each)
            self._spool.add_object(file, ref, json.dumps(region))
        attributes = value.get("file_attributes")
        for each, text in attributes.items() if isinstance(attributes, dict) else ():
            if text not in ("", None, {}):
                self._left.add(f"attribute “{each}” of images")

    def _by_size(self, name: str, size: object) -> str:
        """The one of several files of that name whose size VIA noted."""
        found = self._spool.is_ambiguous(name) if type(size) is int and size > 0 else []
        fitting = []
        for path in found:
            with suppress(FileReadError):
                if self._tree.size(path) == size:
                    fitting.append(path)
        return fitting[0] if len(fitting) == 1 else name

    def finish(self) -> JsonSource:
        notes = self._spool.finish()
        if not self._spool.count_images():
            raise TreeError("VIA 2 JSON was found, but no images that it lists.")
        self._classes, of_classes = self._attribute.choose(self._label)
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
            region = json.loads(each.body)

            def make(region: object = region) -> Draft:
                return self._draft(region)

            yield f"region {place}", make

    def _draft(self, region: object) -> Draft:
        shape = region.get("shape_attributes") if isinstance(region, dict) else None
        if not isinstance(shape, dict):
            raise ShapeError("it has no shape_attributes.")
        polygons, is_box = _outline(shape)
        values = dict(_values(region))
        chosen = self._attribute.chosen
        name = self._label(chosen, values.get(chosen, ""))
        notes = filter(None, (plain_text(values.get(key)) for key in NOTES))
        return Draft(
            self._classes.index_of(name or UNNAMED),
            polygons,
            is_box or flag(values.get("is_box")),
            flag(values.get("occluded")),
            flag(values.get("truncated")),
            next(notes, ""),
        )


def _values(region: object) -> Iterator[tuple[str, str]]:
    """The attributes of a region that say something, as they are written."""
    attributes = region.get("region_attributes") if isinstance(region, dict) else None
    for name, value in attributes.items() if isinstance(attributes, dict) else ():
        if text := _text(value):
            yield name, text


def _list_lost(region: object) -> Iterator[str]:
    """What of the attributes of a region is not read: of several choices the first is, of lists
    and objects nothing."""
    attributes = region.get("region_attributes") if isinstance(region, dict) else None
    if not isinstance(attributes, dict):
        if attributes not in (None, "", [], 0):
            yield "“region_attributes” that are no object"
        return
    for name, value in attributes.items():
        if isinstance(value, dict) and sum(map(flag, value.values())) > 1:
            yield f"further choices of “{name}”"
        elif is_structured(value) and (
            not isinstance(value, dict)
            or any(is_structured(each) or not _is_choice(each) for each in value.values())
        ):
            yield f"attribute “{name}”, which is no text"


def _is_choice(value: object) -> bool:
    return value is None or isinstance(value, bool) or flag(value) or not value


def _text(value: object) -> str:
    if isinstance(value, dict):  # a checkbox: {"cat": true}
        return next((key for key, is_set in value.items() if flag(is_set)), "")
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return str(value).strip()[:500]


def _regions(value: dict[str, object]) -> list[object]:
    """VIA 2 has a list, VIA 1 an object whose keys are numbers."""
    regions = value.get("regions")
    if isinstance(regions, dict):
        return list(regions.values())
    return regions if isinstance(regions, list) else []


def _outline(shape: dict[str, object]) -> tuple[Polygons, bool]:
    kind = shape.get("name")
    if kind == "polygon":
        ring = zipped_points(shape.get("all_points_x"), shape.get("all_points_y"))
        return (split_ring(ring) if len(ring) > 6 else [[ring]]), False
    if kind == "rect":
        sides = (number(shape.get(key), key) for key in ("x", "y", "width", "height"))
        return [[box_ring(*sides)]], True
    if kind == "circle":
        x, y, radius = (number(shape.get(key), key) for key in ("cx", "cy", "r"))
        return [[ellipse_ring(x, y, radius, radius)]], False
    if kind == "ellipse":
        x, y, rx, ry = (number(shape.get(key), key) for key in ("cx", "cy", "rx", "ry"))
        turn = number(shape.get("theta", 0.0), "theta")
        return [[ellipse_ring(x, y, rx, ry, radians=turn)]], False
    if kind in ("point", "polyline"):
        raise ShapeError(f"a {'point' if kind == 'point' else 'line'}, which encloses no area.")
    shown = f"“{str(kind)[:40]}” is" if kind else "nothing says"
    raise ShapeError(f"{shown} a kind of shape that is not read.")


# --- writing --------------------------------------------------------------------------------


def _write_folder(
    folder: str, classes: Mapping[int, str], images: Iterable[WrittenImage]
) -> Iterator[bytes]:
    """A project, whose options keep the order of the classes."""
    settings = {"ui": {}, "core": {"buffer_size": 18, "filepath": {}, "default_filepath": ""}}
    yield b'{"_via_settings": ' + dump({**settings, "project": {"name": f"segloop {folder}"}})
    yield b',\n"_via_attributes": ' + dump(
        {
            "region": {
                CLASS_ATTRIBUTE: {
                    "type": "dropdown",
                    "description": "",
                    "options": dict.fromkeys(class_names(classes), ""),
                    "default_options": {},
                }
            },
            "file": {},
        }
    )
    yield b',\n"_via_data_format_version": "2.0.10",\n"_via_image_id_list": '
    yield from dump_list(_key_of(image) for image in _of_folder(folder, images))
    yield b',\n"_via_img_metadata": '
    yield from dump_object(
        (_key_of(image), _image_of(image, classes)) for image in _of_folder(folder, images)
    )
    yield b"}\n"


def _of_folder(folder: str, images: Iterable[WrittenImage]) -> Iterator[WrittenImage]:
    return (each for each in images if each.folder == folder and each.read_objects is not None)


def _size_of(image: WrittenImage) -> int:
    return -1 if image.file is None else image.file.stat().st_size


def _key_of(image: WrittenImage) -> str:
    return f"{image.name}{_size_of(image)}"


def _image_of(image: WrittenImage, classes: Mapping[int, str]) -> dict[str, object]:
    regions = [
        {
            "shape_attributes": _shape_of(each),
            "region_attributes": {
                CLASS_ATTRIBUTE: classes[each.class_index],
                **{
                    key: "yes" if value is True else value
                    for key, value in attributes_of(each).items()
                },
                **({"is_box": "yes"} if each.is_box and not is_plain_box(each.polygons) else {}),
            },
        }
        for each in (image.read_objects() if image.read_objects is not None else ())
    ]
    return {
        "filename": image.name,
        "size": _size_of(image),
        "regions": regions,
        "file_attributes": {},
    }


def _shape_of(each: WrittenObject) -> dict[str, object]:
    if each.is_box and is_plain_box(each.polygons):
        x, y, width, height = (round(side, 4) for side in box_of(each.polygons))
        return {"name": "rect", "x": x, "y": y, "width": width, "height": height}
    ring = rounded(flatten_polygons(each.polygons))
    return {"name": "polygon", "all_points_x": ring[0::2], "all_points_y": ring[1::2]}
