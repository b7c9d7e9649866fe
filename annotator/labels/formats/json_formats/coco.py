"""COCO JSON: one file a split with images, annotations and categories.

Read as a stream into a spool, since a file holds any number of annotations in any order. Refused by
name: captions, keypoints without outlines, panoptic and stuff sets, labels of whole images.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO

from annotator.labels.polygons.contours import mask_of_polygons
from annotator.labels.polygons.geometry import Polygons

from ..base import Content, FoundImage, ReadLabels, ReadLimits, WrittenImage
from ..rle import outline_mask
from ..shapes import (
    Draft,
    collect_objects,
    flag,
)
from ..spool import Listed, Spool, split_of_file
from ..trees import FileReadError, Tree, TreeError
from .coco_annotations import (
    CROWD_NOTE,
    Refused,
    draft_of,
    grown,
    id_of,
    is_in_shares,
    kind_of_annotation,
    says_ignore,
)
from .coco_writing import write_split
from .json_kinds import has_kind, json_files, kind_of
from .json_source import Classes, JsonSource, Leftovers, is_structured
from .json_stream import MAX_JSON_BYTES, JsonError, Opened, stream_json
from .json_write import (
    NEVER_WRITTEN,
    SPLITS,
    image_path,
)

_REASONS: dict[Refused, str] = {
    "captions": "holds COCO captions: sentences about images, no outlines.",
    "panoptic": "holds a COCO panoptic set: its outlines lie in PNG files, which are not read.",
    "keypoints": "holds COCO keypoints without outlines.",
    "image labels": "holds COCO labels of whole images, without outlines or boxes.",
    "stuff": "holds a COCO stuff set: regions of material (sky, grass), no single objects.",
}
_RESULTS = "holds COCO results: what a model predicted, without images and classes."
_KNOWN_KEYS = frozenset(
    ("id", "image_id", "category_id", "segmentation", "area", "bbox", "iscrowd", "attributes")
)
_TAKEN_ATTRIBUTES = frozenset(("occluded", "truncated", "note", "description", "is_box", "ignore"))
_BACKGROUND = frozenset(("_background_", "__background__", "background"))
_NAME_KEYS = ("file_name", "filename", "fileName", "path", "name", "coco_url", "flickr_url")
"""Where the name of an image stands, in COCO's files and in those that are nearly so."""
_MOST_LOOKED_AT = 500
_MOST_IDS = 100_000
_MOST_CATEGORIES = 100_000


class Coco:
    name = "coco"
    title = "COCO JSON"
    leaves_out: tuple[str, ...] = (
        "the exact outline of an object with holes (it is written as a mask of its pixels)",
        *NEVER_WRITTEN,
    )

    def sniff(self, tree: Tree) -> bool:
        return has_kind(tree, "coco", "coco_results")

    def read(self, tree: Tree, *, limits: ReadLimits) -> JsonSource:
        spool = Spool(tree)
        reader = _Reader(tree, spool)
        for path in json_files(tree):
            kind = kind_of(tree, path)
            if kind == "coco":
                reader.read_file(path)
            elif kind == "coco_results":
                reader.refuse(path, _RESULTS, 0)
        return reader.finish()

    def write(
        self, classes: Mapping[int, str], images: Iterable[WrittenImage]
    ) -> Iterator[tuple[str, Content]]:
        """``annotations/instances_<split>.json`` and ``images/<split>/…``; images that nobody
        labelled lie in their folder, and no file lists them."""
        found: Counter[str] = Counter()
        for image in images:
            if image.read_objects is not None:
                found[image.folder] += 1
            if image.file is not None:
                yield image_path(image), image.file
        for split in [
            each for each in (*SPLITS, *sorted(found.keys() - set(SPLITS))) if found[each]
        ]:
            yield f"annotations/instances_{split}.json", write_split(split, classes, images)
        if not found:
            yield "annotations/instances_train.json", write_split("train", classes, ())

    def kept(self, polygons: Polygons, *, size_wh: tuple[int, int]) -> Polygons:
        """Parts as they are; an object with holes as the outline of its pixels."""
        if all(len(polygon) == 1 for polygon in polygons):
            return polygons
        mask = mask_of_polygons(polygons, size_wh=size_wh)
        return outline_mask(mask) if mask.any() else [polygon[:1] for polygon in polygons]


# --- reading --------------------------------------------------------------------------------


@dataclass(slots=True)
class _File:
    """What one COCO file has besides its images and annotations."""

    categories: list[dict[str, object]] = field(default_factory=list)
    used: Counter[str] = field(default_factory=Counter)
    kinds: Counter[Refused | None] = field(default_factory=Counter)
    left: Leftovers = field(default_factory=Leftovers)
    crowds: int = 0
    regions: int = 0
    has_annotations: bool = False
    keyed: bool = False
    names: list[tuple[str, str]] = field(default_factory=list)
    """Categories given as plain names, with their key or place."""
    looked_at: int = 0
    in_shares: int = 0
    """Of the first annotations: those whose coordinates go from 0 to 1."""

    @property
    def is_normalised(self) -> bool:
        return self.looked_at > 0 and self.in_shares == self.looked_at


class _Reader:
    def __init__(self, tree: Tree, spool: Spool) -> None:
        self._tree = tree
        self._spool = spool
        self._files: list[_File] = []
        self._refused: list[str] = []
        self._notes: list[str] = []
        self._class_of: dict[tuple[int, str], int] = {}

    def refuse(self, path: str, reason: str, objects: int) -> None:
        self._refused.append(f"{path} {reason}")
        self._spool.add_problem(path, f"The file {reason}", objects)

    def read_file(self, path: str) -> None:
        number_of_file = self._spool.add_file(path, split=split_of_file(path))
        file = _File()
        self._files.append(file)
        try:
            with self._tree.open(path, limit_bytes=MAX_JSON_BYTES) as handle:
                for (key, *rest), value, text in _members(handle):
                    if rest:
                        self._add_member(number_of_file, file, (str(key), rest[0]), value, text)
                    elif key == "annotations" and value is Opened.LIST:
                        file.has_annotations = True
        except (JsonError, FileReadError) as error:
            self._drop(number_of_file, f"cannot be read whole, so nothing of it is taken: {error}")
            return
        if refused := _refused_kind(path, file):
            self._drop(number_of_file, _REASONS[refused])
        elif not file.has_annotations or (not file.kinds and not file.categories):
            self._spool.mark_unseen(number_of_file)

    def _drop(self, number_of_file: int, reason: str) -> None:
        self._files[number_of_file] = _File()
        count = self._spool.drop_file(number_of_file)
        self.refuse(self._spool.files[number_of_file], reason, count)

    def _add_member(
        self,
        number_of_file: int,
        file: _File,
        at: tuple[str, str | int],
        value: object,
        text: str,
    ) -> None:
        key, place = at
        if key == "categories":
            if len(file.categories) + len(file.names) >= _MOST_CATEGORIES:
                return
            if isinstance(value, dict):
                file.categories.append({"id": place, **value})
            elif isinstance(value, str):
                file.keyed = isinstance(place, str)
                file.names.append((str(place), value))
        elif key == "images":
            self._add_image(number_of_file, value)
        elif key == "annotations":
            known = value if isinstance(value, dict) else {}
            file.kinds[kind_of_annotation(known)] += 1
            if len(file.used) < _MOST_IDS:
                file.used[id_of(known.get("category_id"))] += 1
            _note_leftovers(file, known)
            if file.looked_at < _MOST_LOOKED_AT:
                file.looked_at += 1
                file.in_shares += is_in_shares(known)
            self._spool.add_object(number_of_file, id_of(known.get("image_id")), text)

    def _add_image(self, number_of_file: int, value: object) -> None:
        record = value if isinstance(value, dict) else {}
        names = (record.get(key) for key in _NAME_KEYS)
        name = next((each for each in names if isinstance(each, str) and each.strip("/\\ ")), None)
        if name is None:
            self._spool.add_problem(
                self._spool.files[number_of_file],
                f"The image with id {id_of(record.get('id'))} has no file_name.",
            )
            return
        ref = id_of(record.get("id"))
        self._spool.add_listed(Listed(number_of_file, ref, name.strip(), size_of_record(record)))

    def finish(self) -> JsonSource:
        files = self._spool.files
        if self._refused and len(self._refused) >= len(files) and not any(self._files_with_data()):
            raise TreeError(" ".join(self._refused[:3]))
        for place, file in enumerate(self._files):
            self._complete_categories(place, file)
            for ref in self._spool.list_refs_of_several(place):
                count = self._spool.part_images(place, ref)
                self._spool.add_problem(
                    files[place],
                    f"Several images have the id {ref}: to which its objects belong is uncertain.",
                    count,
                )
        classes = self._list_classes()
        notes = [*self._notes, *self._spool.finish()]
        if not self._spool.count_images():
            raise TreeError("COCO JSON was found, but no images that it lists.")
        left = Leftovers()
        for file in self._files:
            left.add_all(file.left)
        if crowds := sum(file.crowds for file in self._files):
            notes.append(
                f"Crowds (iscrowd), several objects outlined as one: {crowds:,}. They were taken "
                f"with the note “{CROWD_NOTE}”, or as ignore regions where that was asked."
            )
        if regions := sum(file.regions for file in self._files):
            notes.append(f"Ignore regions: {regions:,}. They are no objects of a class.")
        return JsonSource(
            self._tree,
            self._spool,
            class_names=classes.names,
            notes=[*notes, *left.note()],
            files=files,
            read_image=self._read_image,
        )

    def _complete_categories(self, place: int, file: _File) -> None:
        """Categories that are plain names, or that the file does not have at all."""
        first = 0 if file.used["0"] or not file.used[str(len(file.names))] else 1
        for key, name in file.names:
            is_listed = key.isdecimal() and int(key) < len(file.names)
            shifted = str(int(key) + first) if is_listed and not file.keyed else key
            file.categories.append({"id": shifted, "name": name})
        if not file.categories and (used := [key for key in file.used if key != "?"]):
            file.categories = [{"id": key, "name": f"category_{key}"} for key in sorted(used)]
            self._notes.append(
                f"{self._spool.files[place]} has no categories; its classes are called by their "
                f"ids: {', '.join(str(each['name']) for each in file.categories[:3])} …"
            )
        if file.is_normalised:
            self._notes.append(
                f"{self._spool.files[place]}: coordinates go from 0 to 1 and not over the pixels "
                "of the images; they were converted."
            )

    def _files_with_data(self) -> Iterator[bool]:
        return (bool(file.kinds or file.categories or file.has_annotations) for file in self._files)

    def _list_classes(self) -> Classes:
        """The categories of all files by name, without those that stand for no object."""
        classes = Classes()
        for place, file in enumerate(self._files):
            for category in file.categories:
                key = id_of(category.get("id"))
                name = _name_of(category)
                if not file.used[key] and _stands_for_none(category, name, file.categories):
                    self._notes.append(
                        f"{self._spool.files[place]}: the category “{name}” is no class: it only "
                        "heads the others or means the background, and no annotation uses it."
                    )
                    continue
                if (place, key) in self._class_of:
                    self._notes.append(
                        f"{self._spool.files[place]}: two categories have the id {key}; the first "
                        f"counts, and “{name}” is a class without objects."
                    )
                    classes.add(name)
                    continue
                self._class_of[place, key] = classes.add(name)
        return classes

    def _read_image(
        self, image: FoundImage, size_wh: tuple[int, int], class_count: int
    ) -> ReadLabels:
        repeats: list[str] = []
        declared_wh = self._spool.size_of(image)
        read = collect_objects(
            self._drafts(image, repeats, declared_wh or size_wh),
            size_wh=size_wh,
            declared_wh=declared_wh,
            class_count=class_count,
        )
        for reason in repeats:
            read.add_problem("repaired", None, reason)
        return read

    def _drafts(
        self, image: FoundImage, repeats: list[str], drawn_wh: tuple[int, int]
    ) -> Iterator[tuple[str, Callable[[], Draft]]]:
        bodies: set[int] = set()
        shapes: dict[int, int] = {}
        for file, body, _ in self._spool.objects_of(image):
            value = json.loads(body, strict=False)
            annotation: dict[str, object] = value if isinstance(value, dict) else {}
            what = f"annotation {id_of(annotation.get('id'))}"
            index = self._class_of.get((file, id_of(annotation.get("category_id"))), -1)
            if hash((file, body)) in bodies:
                repeats.append(f"{what} is there twice, word for word; it was taken once.")
                continue
            bodies.add(hash((file, body)))
            first = file
            if len(self._files) > 1:
                outline = (str(annotation.get("segmentation")), str(annotation.get("bbox")))
                first = shapes.setdefault(hash((index, *outline)), file)
            if first != file:
                names = self._spool.files[file], self._spool.files[first]
                repeats.append(f"{what} of {names[0]} repeats one of {names[1]}; taken once.")
                continue

            is_normalised = self._files[file].is_normalised

            def make(
                annotation: dict[str, object] = annotation,
                index: int = index,
                is_normalised: bool = is_normalised,
            ) -> Draft:
                draft = draft_of(annotation, index, drawn_wh)
                return grown(draft, drawn_wh) if is_normalised else draft

            yield what, make


def _note_leftovers(file: _File, annotation: dict[str, object]) -> None:
    for key in annotation.keys() - _KNOWN_KEYS - _TAKEN_ATTRIBUTES:
        if annotation[key] not in (None, "", [], {}, 0):
            file.left.add(f"“{key}”")
    for key in _TAKEN_ATTRIBUTES & annotation.keys():
        if is_structured(annotation[key]):
            file.left.add(f"“{key}”, which is no text")
    attributes = annotation.get("attributes")
    if not isinstance(attributes, dict) and attributes not in (None, "", [], 0):
        file.left.add("“attributes” that are no object")
    for key, value in attributes.items() if isinstance(attributes, dict) else ():
        if key not in _TAKEN_ATTRIBUTES and key != "rotation":
            file.left.add(f"attribute “{key}”")
        elif is_structured(value):
            file.left.add(f"attribute “{key}”, which is no text")
    file.crowds += flag(annotation.get("iscrowd")) and not says_ignore(annotation)
    file.regions += says_ignore(annotation)


def _members(handle: BinaryIO) -> Iterator[tuple[tuple[str | int, ...], object, str]]:
    """The members below the root of a COCO file."""
    for path, value, text in stream_json(
        handle,
        opens=lambda at: (
            len(at) == 0 or (len(at) == 1 and at[0] in {"images", "annotations", "categories"})
        ),
    ):
        if path:
            yield path, value, text


def _refused_kind(path: str, file: _File) -> Refused | None:
    """What the file is where none of its annotations is an outline or a box."""
    stem = path.rpartition("/")[2].lower()
    groups = {str(category.get("supercategory", "")) for category in file.categories}
    if stem.startswith("stuff") or (groups and all(each.endswith("-stuff") for each in groups)):
        return "stuff"
    if not file.kinds or file.kinds[None]:
        return None
    return file.kinds.most_common(1)[0][0]


def _stands_for_none(
    category: dict[str, object], name: str, categories: list[dict[str, object]]
) -> bool:
    """A head that Roboflow puts before the classes, or labelme's background."""
    if name.lower() in _BACKGROUND:
        return len(categories) > 1
    others = [each for each in categories if each is not category]
    own = str(category.get("supercategory") or "none").lower()
    return (
        bool(others) and own == "none" and all(each.get("supercategory") == name for each in others)
    )


def _name_of(category: dict[str, object]) -> str:
    name = category.get("name")
    if isinstance(name, str) and name.strip():
        return name
    return f"category {id_of(category.get('id'))}" if name in (None, "") else str(name)[:200]


def size_of_record(record: dict[str, object]) -> tuple[int, int] | None:
    """Width and height as a record gives them."""
    width, height = record.get("width"), record.get("height")
    sides: list[int] = []
    for side in (width, height):
        if isinstance(side, bool) or not isinstance(side, int | float) or not 1 <= side < 1 << 20:
            return None
        sides.append(int(side))
    return sides[0], sides[1]
