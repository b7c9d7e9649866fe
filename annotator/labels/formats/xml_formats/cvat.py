"""CVAT's XML, for images and for video, both 1.1.

One ``annotations.xml`` holds the labels of all images. In the form for images each ``<image>`` has
its shapes; in that for video each ``<track>`` has one shape a frame, or its keyframes alone: then
those between are made as CVAT shows them, where a frame lies in the source as an image.
Polygons and masks that share a ``group_id`` and a class are the parts of one object. A polygon
that walks along itself to a hole and back gets its hole back.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from itertools import chain
from xml.sax.saxutils import escape, quoteattr

import msgspec

from annotator.labels.polygons.bridges import flatten_polygons, split_ring
from annotator.labels.polygons.geometry import Polygons, Ring

from ..base import (
    Content,
    FolderProblem,
    FoundImage,
    ReadLabels,
    ReadLimits,
    WrittenImage,
    WrittenObject,
)
from ..image_index import ImageIndex, Splitter, all_paths, found_image, split_of_path
from ..shapes import Draft, ShapeError, box_of, collect_objects, is_plain_box
from ..trees import Tree, TreeError
from .cvat_reading import CvatImage, CvatReader, image_key
from .cvat_shapes import Shape, draft_of, join_drafts
from .safe_xml import MAX_XML_BYTES, root_tag, walk_xml

_SAMPLE_FILES = 60


class Cvat:
    name = "cvat"
    title = "CVAT XML"
    leaves_out: tuple[str, ...] = (
        "locks of objects",
        "comments and the history of images",
        "who drew and who accepted an image",
    )

    def sniff(self, tree: Tree) -> bool:
        return next(_cvat_files(tree, most=_SAMPLE_FILES), None) is not None

    def read(self, tree: Tree, *, limits: ReadLimits) -> "CvatSource":
        return CvatSource(tree)

    def has_tracks(self, tree: Tree) -> bool:
        """Whether some of its labels are of frames of a video."""
        for file in _cvat_files(tree):
            for event in walk_xml(tree, file, limit_bytes=MAX_XML_BYTES, forget_depth=2):
                if event.depth == 1 and event.element.tag in {"track", "image"}:
                    if event.element.tag == "track":
                        return True
                    break
        return False

    def write(
        self, classes: Mapping[int, str], images: Iterable[WrittenImage]
    ) -> Iterator[tuple[str, Content]]:
        """One XML for images, and these by split. What has labels but no pixels is in the XML."""
        yield "annotations.xml", _write_xml(classes, images)
        for image in images:
            if image.file is not None:
                yield f"images/{image.folder}/{image.name}", image.file

    def kept(self, polygons: Polygons, *, size_wh: tuple[int, int]) -> Polygons:
        """All: parts as polygons of one group, holes joined to their part by bridges."""
        return list(chain.from_iterable(split_ring(flatten_polygons([part])) for part in polygons))


class CvatSource:
    """See :class:`annotator.labels.formats.base.Source`."""

    names_are_known = True

    def __init__(self, tree: Tree) -> None:
        self.notes: list[str] = []
        self._index = ImageIndex(tree)
        self._has_images = len(self._index) > 0
        self._files = list(_cvat_files(tree))
        if not self._files:
            raise TreeError("No XML of CVAT was found.")
        reader = CvatReader(tree, self._index)
        for file in self._files:
            reader.read_file(file)
        self.class_names = reader.classes.names
        self.notes += reader.notes()
        found = ((each.name, each.split) for each in self._images() if self._is_taken(each))
        self._splitter = Splitter(found, self.notes)

    def entries(self) -> Iterator[FoundImage | FolderProblem]:
        for each in self._images():
            split = self._splitter.split_of(each.name, each.split)
            if each.problem:
                yield FolderProblem(each.file, None, each.problem, each.count)
            elif each.path:
                found = found_image(self._index, each.path, each.file, split, name=each.name)
                yield found._replace(group=each.group or found.group)
            elif self._has_images:
                reason = f"{each.file} lists this image, but it is not in the source."
                yield FolderProblem(each.name, None, reason, each.count)
            else:
                group = each.group or each.name.rpartition("/")[0]
                yield FoundImage("", each.file, split, each.name, group)
        for path in self._index.paths():
            if self._index.listed(f"used {path}") is None:
                yield found_image(self._index, path, None, split_of_path(path))

    def files(self) -> Iterator[str]:
        return iter(self._files)

    def read_labels(
        self, image: FoundImage, *, size_wh: tuple[int, int], class_count: int
    ) -> ReadLabels:
        key = image_key(image.label or "", image.path, image.name)
        size = self._index.listed(f"size {key}")
        width, height = map(int, size.split()) if size else size_wh
        shapes = [msgspec.json.decode(each, type=Shape) for each in self._index.labels_of(key)]
        return collect_objects(
            _objects(shapes, size_wh=(width, height)),
            size_wh=size_wh,
            declared_wh=(width, height),
            class_count=class_count,
        )

    def count_classes_used(self) -> int:
        return len(self.class_names)

    def _is_taken(self, image: CvatImage) -> bool:
        return not image.problem and bool(image.path or not self._has_images)

    def _images(self) -> Iterator[CvatImage]:
        for payload in self._index.labels_of("images"):
            yield msgspec.json.decode(payload, type=CvatImage)


def _objects(
    shapes: list[Shape], *, size_wh: tuple[int, int]
) -> Iterator[tuple[str, Callable[[], Draft]]]:
    """What to call each object, and how to make it; parts of a group are one."""
    parts_of: dict[tuple[str, int], list[Draft]] = {}
    found: list[tuple[str, Callable[[], Draft]]] = []
    for number, shape in enumerate(shapes, 1):
        what = f"object {number} ({shape.tag}, “{shape.label[:40]}”)"
        make = partial(draft_of, shape, size_wh=size_wh)
        if shape.group in {"", "0"} or shape.tag not in {"polygon", "mask"}:
            found.append((what, make))
            continue
        try:
            draft = make()
        except ShapeError:
            found.append((what, make))  # it says why once more
            continue
        key = (shape.group, draft.class_index)
        if key not in parts_of:
            parts_of[key] = []
            found.append((what, partial(join_drafts, parts_of[key])))
        parts_of[key].append(draft)
    yield from found


def _cvat_files(tree: Tree, *, most: int = 0) -> Iterator[str]:
    seen = 0
    for path in all_paths(tree):
        if path.lower().endswith(".xml"):
            root, children = root_tag(tree, path)
            if root == "annotations" and set(children) & {"version", "meta", "image", "track"}:
                yield path
            seen += 1
            if most and seen >= most:
                return


# --- writing --------------------------------------------------------------------------------


def _write_xml(classes: Mapping[int, str], images: Iterable[WrittenImage]) -> Iterator[bytes]:
    yield b'<?xml version="1.0" encoding="utf-8"?>\n<annotations>\n  <version>1.1</version>\n'
    yield b"  <meta>\n    <task>\n      <mode>annotation</mode>\n      <labels>\n"
    for name in classes.values():
        yield (
            f"        <label><name>{_text(name)}</name><attributes>"
            "<attribute><name>truncated</name><mutable>False</mutable><input_type>checkbox"
            "</input_type><default_value>false</default_value><values>false</values></attribute>"
            "<attribute><name>note</name><mutable>False</mutable><input_type>text</input_type>"
            "<default_value></default_value><values></values></attribute>"
            "</attributes></label>\n"
        ).encode()
    yield b"      </labels>\n    </task>\n  </meta>\n"
    number = 0
    for image in images:
        if image.read_objects is None:
            continue
        width, height = image.size_wh
        yield (
            f'  <image id="{number}" name={_quoted(image.name)} subset={_quoted(image.folder)} '
            f'width="{width}" height="{height}">\n'
        ).encode()
        for group, each in enumerate(image.read_objects(), 1):
            yield _write_object(each, classes[each.class_index], group).encode()
        yield b"  </image>\n"
        number += 1
    yield b"</annotations>\n"


def _write_object(each: WrittenObject, label: str, group: int) -> str:
    common = f'label={_quoted(label)} source="manual" occluded="{int(each.occluded)}" z_order="0"'
    inside = ""
    if each.truncated:
        inside += '<attribute name="truncated">true</attribute>'
    if each.note:
        inside += f'<attribute name="note">{_text(each.note)}</attribute>'
    if each.is_box and is_plain_box(each.polygons):
        left, top, width, height = box_of(each.polygons)
        corners = zip(
            ("xtl", "ytl", "xbr", "ybr"), (left, top, left + width, top + height), strict=True
        )
        at = " ".join(f'{name}="{_number(value)}"' for name, value in corners)
        return f"    <box {common} {at}>{inside}</box>\n"
    if len(each.polygons) > 1:
        common += f' group_id="{group}"'
    rings = [flatten_polygons([part]) for part in each.polygons]
    return "".join(
        f'    <polygon {common} points="{_points(ring)}">{inside}</polygon>\n' for ring in rings
    )


def _points(ring: Ring) -> str:
    pairs = zip(ring[0::2], ring[1::2], strict=True)
    return ";".join(f"{_number(x)},{_number(y)}" for x, y in pairs)


def _number(value: float) -> str:
    return f"{value:.4f}".rstrip("0").rstrip(".")


def _quoted(text: str) -> str:
    return quoteattr(_plain(text))


def _text(text: str) -> str:
    return escape(_plain(text))


def _plain(text: str) -> str:
    """Without the characters that XML cannot hold."""
    return "".join(
        char if char >= " " or char in "\t\n\r" else " " for char in text if not _is_odd(char)
    )


def _is_odd(char: str) -> bool:
    return "\ud800" <= char <= "\udfff" or char in "\ufffe\uffff"
