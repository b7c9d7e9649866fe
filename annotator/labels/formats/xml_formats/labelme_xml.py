"""The XML of the old LabelMe, the web tool of MIT: one ``<annotation>`` an image.

An object is a polygon, or a mask in a PNG beside it. One that was deleted is none. Objects that
``parts`` ties together stay objects of their own where their classes differ; those of one class
are the parts of one object.
"""

import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain
from typing import NamedTuple
from xml.etree.ElementTree import Element

from annotator.labels.polygons.bridges import flatten_polygons, split_ring
from annotator.labels.polygons.contours import polygons_of_mask
from annotator.labels.polygons.geometry import MIN_RING_POINTS, Polygons, Ring

from ..base import (
    Content,
    FolderProblem,
    FoundImage,
    ReadLabels,
    ReadLimits,
    WrittenImage,
    WrittenObject,
)
from ..class_lists import ClassList
from ..image_index import (
    NO_IMAGE,
    ImageIndex,
    NotOneError,
    Splitter,
    all_paths,
    found_image,
    split_of_path,
)
from ..mask_formats.mask_files import load_mask
from ..shapes import Draft, ShapeError, collect_objects, flag, is_plain_box, plain_text
from ..trees import FileReadError, Tree, TreeError
from ..yolo.rows import MAX_POINTS
from .annotation_xml import has_kind, kind_of, xml_paths
from .cvat_shapes import join_drafts, to_number
from .safe_xml import read_xml, text_of
from .voc import short, xml_text

_PICTURE_FOLDERS = frozenset({"masks", "scribbles"})
_TRUNCATED = "truncated"


class LabelmeXml:
    name = "labelme_xml"
    title = "LabelMe XML (the old web tool)"
    leaves_out: tuple[str, ...] = (
        "locks of objects",
        "comments and the history of images",
        "who drew and who accepted an image",
    )

    def sniff(self, tree: Tree) -> bool:
        return has_kind(tree, "labelme_xml")

    def read(self, tree: Tree, *, limits: ReadLimits) -> "LabelmeXmlSource":
        return LabelmeXmlSource(tree, limits)

    def write(
        self, classes: Mapping[int, str], images: Iterable[WrittenImage]
    ) -> Iterator[tuple[str, Content]]:
        """Images and XML in folders side by side, as the tool has them; splits are folders."""
        yield "classes.txt", "".join(f"{name}\n" for name in classes.values()).encode()
        for image in images:
            if image.read_objects is not None:
                stem = image.name.rpartition(".")[0]
                content = _xml(image, image.read_objects(), classes)
                yield f"Annotations/{image.folder}/{stem}.xml", content
            if image.file is not None:
                yield f"Images/{image.folder}/{image.name}", image.file

    def kept(self, polygons: Polygons, *, size_wh: tuple[int, int]) -> Polygons:
        """All: parts by their ties, holes joined to their part by bridges."""
        return list(chain.from_iterable(split_ring(flatten_polygons([part])) for part in polygons))


class _Item(NamedTuple):
    """An ``<object>`` that was not deleted; ``number`` counts from 1 in the file."""

    number: int
    name: str
    element: Element


class LabelmeXmlSource:
    """See :class:`annotator.labels.formats.base.Source`."""

    names_are_known = True

    def __init__(self, tree: Tree, limits: ReadLimits) -> None:
        self.notes: list[str] = []
        self._tree = tree
        self._megapixels = limits.image_megapixels
        self._index = ImageIndex(tree, is_image=lambda path: not _is_label_picture(path))
        self._has_images = len(self._index) > 0
        self._classes = ClassList()
        self._deleted = 0
        self._read_class_list()
        if not self._pair_files():
            raise TreeError("No XML of LabelMe was found.")
        self.class_names = self._classes.names
        if self._deleted:
            self.notes.append(f"{self._deleted:,} objects are marked as deleted: they are none.")
        found = ((each.name, each.split) for each in self._images() if isinstance(each, FoundImage))
        self._splitter = Splitter(found, self.notes)

    def entries(self) -> Iterator[FoundImage | FolderProblem]:
        for each in self._images():
            if isinstance(each, FoundImage):
                yield each._replace(split=self._splitter.split_of(each.name, each.split))
            else:
                yield each

    def files(self) -> Iterator[str]:
        """Masks and scribbles beside the XML files, and the list of classes."""
        for path in all_paths(self._tree):
            if _is_label_picture(path) or path == "classes.txt":
                yield path

    def read_labels(
        self, image: FoundImage, *, size_wh: tuple[int, int], class_count: int
    ) -> ReadLabels:
        file = image.label or ""
        root = read_xml(self._tree, file)
        return collect_objects(
            self._objects(file, list(_items(root))),
            size_wh=size_wh,
            declared_wh=_declared_size(root),
            class_count=class_count,
        )

    def count_classes_used(self) -> int:
        return len(self.class_names)

    # --- files ---

    def _read_class_list(self) -> None:
        """As it is written here, so that the order of the classes stays."""
        if "classes.txt" in self._tree.names(""):
            text = self._tree.read("classes.txt", limit_bytes=1 << 20).decode("utf-8", "replace")
            for line in io.StringIO(text):
                if line.strip():
                    self._classes.add(line)

    def _pair_files(self) -> bool:
        found = False
        for path in xml_paths(self._tree):
            try:
                root = read_xml(self._tree, path)
            except FileReadError as error:
                self._add_problem(path, 0, str(error))
                continue
            if kind_of(root) != "labelme_xml":
                continue
            found = True
            items = list(_items(root))
            self._deleted += sum(1 for _ in root.iterfind("object")) - len(items)
            for item in items:
                if item.name:
                    self._classes.add(item.name)
            self._pair(path, root, len(items))
        return found

    def _pair(self, path: str, root: Element, count: int) -> None:
        stem = path.rpartition("/")[2].rpartition(".")[0]
        folder, name = text_of(root, "folder"), text_of(root, "filename")
        wanted = [f"{folder}/{name}" if folder else name, stem]
        try:
            images = (self._index.find(each, near=path) for each in wanted if each.strip("/"))
            image = next((each for each in images if each is not None), None)
        except NotOneError as error:
            self._add_problem(path, count, str(error))
            return
        if image is None and self._has_images:
            self._add_problem(path, count, NO_IMAGE)
        elif image is None:
            self._index.put("orphans", path.encode("utf-8", "surrogatepass"))
        elif not self._index.list_value(f"xml {image}", path):
            other = self._index.listed(f"xml {image}")
            self._add_problem(path, count, f"{other} holds labels of the same image too.")

    def _add_problem(self, path: str, count: int, reason: str) -> None:
        self._index.put("problems", f"{count}\n{path}\n{reason}".encode("utf-8", "surrogatepass"))

    def _images(self) -> Iterator[FoundImage | FolderProblem]:
        for path in self._index.paths():
            label = self._index.listed(f"xml {path}")
            yield found_image(self._index, path, label, split_of_path(path))
        for payload in self._index.labels_of("orphans"):
            path = payload.decode("utf-8", "surrogatepass")
            name = path.rpartition("/")[2].rpartition(".")[0]
            yield FoundImage("", path, split_of_path(path), name)
        for payload in self._index.labels_of("problems"):
            count, path, reason = payload.decode("utf-8", "surrogatepass").split("\n", 2)
            yield FolderProblem(path, None, reason, int(count))

    # --- objects ---

    def _objects(self, file: str, items: list[_Item]) -> Iterator[tuple[str, Callable[[], Draft]]]:
        """Each object; those that are parts of another one of their class come with it."""
        by_id = {text_of(item.element, "id"): item for item in items}
        owner_of: dict[int, int] = {}
        for item in items:
            owner = by_id.get(text_of(item.element, "parts/ispartof"))
            if owner is not None and owner.name == item.name and owner is not item:
                owner_of[item.number] = owner.number
        parts: dict[int, list[_Item]] = {}
        for item in items:
            parts.setdefault(_root_of(item.number, owner_of), []).append(item)
        for group in parts.values():
            drafts: list[Draft] = []
            first = ""
            for item in group:
                what = f"object {item.number} (“{item.name[:40]}”)"
                if len(group) == 1:
                    yield what, lambda item=item: self._draft(file, item)  # type: ignore[misc]
                    continue
                try:
                    drafts.append(self._draft(file, item))
                    first = first or what
                except ShapeError as error:
                    yield what, lambda error=error: _raise(error)  # type: ignore[misc]
            if drafts:
                yield first, lambda drafts=drafts: join_drafts(drafts)  # type: ignore[misc]

    def _draft(self, file: str, item: _Item) -> Draft:
        class_index = self._classes.find(item.name) if item.name else None
        if class_index is None:
            raise ShapeError("it has no class.")
        element = item.element
        attributes = text_of(element, "attributes")
        words = [word.strip() for word in attributes.split(",")]
        is_truncated = _TRUNCATED in words
        polygons, is_box = self._outline(file, element)
        return Draft(
            class_index,
            polygons,
            is_box=is_box,
            occluded=flag(text_of(element, "occluded")),
            truncated=is_truncated,
            note=plain_text(", ".join(word for word in words if word and word != _TRUNCATED)),
        )

    def _outline(self, file: str, element: Element) -> tuple[Polygons, bool]:
        is_box = text_of(element, "type") == "bounding_box"
        if (segment := element.find("segm")) is not None:
            name = text_of(segment, "mask")
            if not name:
                raise ShapeError("its mask has no file.")
            return self._mask(file, name.replace("\\", "/").rpartition("/")[2]), False
        ring: Ring = []
        for point in element.iterfind("polygon/pt"):
            ring += (to_number(point.findtext("x")), to_number(point.findtext("y")))
        if not ring:
            raise ShapeError("it has neither a polygon nor a mask.")
        if len(ring) > 2 * MAX_POINTS:
            raise ShapeError(f"a polygon has at most {MAX_POINTS:,} points.")
        if is_box and is_plain_box([[ring]]):
            return [[ring]], True
        return (split_ring(ring) if len(ring) > 2 * MIN_RING_POINTS else [[ring]]), False

    def _mask(self, file: str, name: str) -> Polygons:
        """A PNG in a folder Masks beside the XML, in that folder, or in the tool's own layout."""
        folder = file.rpartition("/")[0]
        mirrored = "/".join(
            "Masks" if part == "Annotations" else part for part in folder.split("/")
        )
        for place in dict.fromkeys(
            (_join(folder, "Masks"), _join(folder, "masks"), folder, mirrored)
        ):
            if name not in self._tree.names(place):
                continue
            try:
                mask = load_mask(self._tree, _join(place, name), max_megapixels=self._megapixels)
                polygons = polygons_of_mask(mask.values > 0)
            except (FileReadError, ValueError) as error:
                raise ShapeError(f"{name}: {error}") from error
            if not polygons:
                raise ShapeError(f"its mask {name} is empty.")
            return polygons
        raise ShapeError(f"its mask {name} is not there.")


def _items(root: Element) -> Iterator[_Item]:
    for number, element in enumerate(root.iterfind("object"), 1):
        if not flag(text_of(element, "deleted")):
            yield _Item(number, text_of(element, "name"), element)


def _root_of(number: int, owner_of: dict[int, int]) -> int:
    seen = {number}
    while (owner := owner_of.get(number)) is not None and owner not in seen:
        number = owner
        seen.add(number)
    return min(seen) if owner_of.get(number) in seen else number


def _raise(error: ShapeError) -> Draft:
    raise error


def _declared_size(root: Element) -> tuple[int, int] | None:
    width, height = (text_of(root, f"imagesize/{side}") for side in ("ncols", "nrows"))
    if all(side.isascii() and side.isdigit() and int(side[:9]) > 0 for side in (width, height)):
        return int(width[:9]), int(height[:9])
    return None


def _is_label_picture(path: str) -> bool:
    return any(part.lower() in _PICTURE_FOLDERS for part in path.split("/")[:-1])


def _join(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name


# --- writing --------------------------------------------------------------------------------


def _xml(image: WrittenImage, objects: list[WrittenObject], classes: Mapping[int, str]) -> bytes:
    width, height = image.size_wh
    folder, _, name = image.name.rpartition("/")
    lines = [
        "<annotation>",
        f"<filename>{xml_text(name)}</filename>",
        f"<folder>{xml_text(folder)}</folder>",
        "<source><sourceImage></sourceImage><sourceAnnotation>Segloop</sourceAnnotation></source>",
    ]
    number = 0
    for each in objects:
        ids = list(range(number, number + len(each.polygons)))
        for place, part in enumerate(each.polygons):
            lines += _object(each, flatten_polygons([part]), ids, place, classes)
        number += len(ids)
    size = f"<imagesize><nrows>{height}</nrows><ncols>{width}</ncols></imagesize>"
    return "".join(f"{line}\n" for line in [*lines, size, "</annotation>"]).encode()


def _object(
    each: WrittenObject, ring: Ring, ids: list[int], place: int, classes: Mapping[int, str]
) -> Iterator[str]:
    words = [*([_TRUNCATED] if each.truncated else []), *([each.note] if each.note else [])]
    yield "<object>"
    yield f"<name>{xml_text(classes[each.class_index])}</name>"
    yield "<deleted>0</deleted><verified>0</verified>"
    yield f"<occluded>{'yes' if each.occluded else 'no'}</occluded>"
    yield f"<attributes>{xml_text(', '.join(words))}</attributes>"
    others = ",".join(map(str, ids[1:])) if place == 0 else ""
    owner = str(ids[0]) if place else ""
    yield f"<parts><hasparts>{others}</hasparts><ispartof>{owner}</ispartof></parts>"
    yield f"<id>{ids[place]}</id>"
    if each.is_box and is_plain_box(each.polygons):
        yield "<type>bounding_box</type>"
    points = "".join(
        f"<pt><x>{short(x)}</x><y>{short(y)}</y></pt>"
        for x, y in zip(ring[0::2], ring[1::2], strict=True)
    )
    yield f"<polygon><username>anonymous</username>{points}</polygon>"
    yield "</object>"
