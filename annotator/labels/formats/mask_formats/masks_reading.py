"""Reading masks in PNG files, in whichever layout and whatever their values mean."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Literal, NamedTuple

import msgspec

from annotator.labels.polygons.contours import split_at_gaps
from annotator.labels.polygons.geometry import Polygons

from ..base import FolderProblem, FoundImage, ReadLabels, ReadLimits
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
from ..shapes import Draft, ShapeError, collect_objects
from ..trees import FileReadError, Tree, TreeError
from .mask_files import (
    VOID,
    MaskError,
    MaskImage,
    load_mask,
    outlines_of,
    values_in,
)
from .mask_finding import MaskFinder, Place, as_one_object, place_of, says_instances

Meaning = Literal["binary", "classes", "objects", "colours"]

_LIST_NAMES = frozenset(
    {"labelmap.txt", "classes.txt", "class_names.txt", "labels.txt", "obj.names", "names.txt"}
)
_SAMPLES = 20
_MOST_VALUES = 1000
_ONLY_CLASS = "object"
_NOTES: dict[Meaning, str] = {
    "binary": "The masks have one value: each piece that hangs together is an object.",
    "classes": (
        "The values of the masks are classes: each piece of a class that hangs together is an "
        "object, and 255 is void."
    ),
    "objects": "Each value of a mask is an object of its own.",
    "colours": (
        "The colours of the masks are classes: each piece of a colour that hangs together is an "
        "object."
    ),
}


class _File(msgspec.Struct):
    """A mask of an image, put aside until its image is read."""

    path: str
    class_index: int
    """-1: the file does not say."""
    is_one_object: bool


class _Piece(NamedTuple):
    what: str
    class_index: int | None
    polygons: Polygons


class MasksSource:
    """See :class:`annotator.labels.formats.base.Source`."""

    names_are_known = True

    def __init__(self, tree: Tree, limits: ReadLimits) -> None:
        self.notes: list[str] = []
        self._tree = tree
        self._megapixels = limits.image_megapixels
        self._finder = MaskFinder(tree, max_megapixels=limits.image_megapixels)
        self._index = ImageIndex(tree, is_image=lambda path: self._finder.role_of(path) == "other")
        self._has_images = len(self._index) > 0
        self._classes = ClassList()
        self._class_of_value: dict[int, int | None] = {}
        self._class_of_colour: dict[int, int | None] = {}
        self._files: list[str] = []
        self._read_class_list()
        self._has_list = bool(self._classes.names)
        self._has_plain = self._has_one_object = self._has_class = False
        self._place_masks()
        if not (self._has_plain or self._has_one_object or self._has_class):
            raise TreeError("No masks were found.")
        self._meaning: Meaning = self._find_meaning() if self._has_plain else "binary"
        if self._has_plain:
            self.notes.append(_NOTES[self._meaning])
        if self._has_one_object:
            self.notes.append("Where an image has several masks, each file is one object.")
        elif self._has_class:
            self.notes.append("The folders or names of the masks are their classes.")
        self._name_options()
        self.class_names = self._classes.names
        found = ((each.name, each.split) for each in self._images() if isinstance(each, FoundImage))
        self._splitter = Splitter(found, self.notes)

    def entries(self) -> Iterator[FoundImage | FolderProblem]:
        for each in self._images():
            if isinstance(each, FoundImage):
                yield each._replace(split=self._splitter.split_of(each.name, each.split))
            else:
                yield each
        for path in all_paths(self._tree):
            if self._is_image(path) and self._finder.role_of(path) == "preview":
                yield FolderProblem(path, None, "A label image that is no mask.")
        for payload in self._index.labels_of("problems"):
            file, reason = payload.decode("utf-8", "surrogatepass").split("\n", 1)
            yield FolderProblem(file, None, reason, self._count(file))

    def files(self) -> Iterator[str]:
        yield from self._files
        for path in self._finder.masks():
            if self._index.listed(f"problem {path}") is None:
                yield path

    def read_labels(
        self, image: FoundImage, *, size_wh: tuple[int, int], class_count: int
    ) -> ReadLabels:
        key = image.path or f"\n{image.name}"
        files = [msgspec.json.decode(each, type=_File) for each in self._index.labels_of(key)]
        return collect_objects(
            self._objects(files, size_wh),
            size_wh=size_wh,
            declared_wh=None,
            class_count=class_count,
        )

    def count_classes_used(self) -> int:
        return len(self.class_names)

    # --- which masks belong to which image ---

    @staticmethod
    def _is_image(path: str) -> bool:
        return path.rpartition(".")[2].lower() in {"png", "jpg", "jpeg", "bmp", "webp"}

    def _images(self) -> Iterator[FoundImage | FolderProblem]:
        for path in self._index.paths():
            label = self._index.listed(f"mask {path}")
            yield found_image(self._index, path, label, split_of_path(path))
        for payload in self._index.labels_of("orphans"):
            name = payload.decode("utf-8", "surrogatepass")
            label = self._index.listed(f"mask \n{name}") or ""
            if self._has_images:
                yield FolderProblem(label, None, NO_IMAGE, self._count_orphan(name))
                continue
            yield FoundImage("", label, split_of_path(label), name, name.rpartition("/")[0])

    def _place_masks(self) -> None:
        for path in self._finder.masks():
            if (place := self._place(path)) is not None and place.image:
                self._put(path, place)
        is_one_object = self._has_one_object and not self._has_plain
        for path in self._finder.masks():
            if (place := self._place(path)) is not None and not place.image:
                self._put(path, as_one_object(place, is_one_object=is_one_object))

    def _place(self, path: str) -> Place | None:
        try:
            return place_of(path, self._index)
        except NotOneError as error:
            if self._index.list_value(f"problem {path}", ""):
                problem = f"{path}\n{error}"
                self._index.put("problems", problem.encode("utf-8", "surrogatepass"))
            return None

    def _put(self, path: str, place: Place) -> None:
        key = place.image or f"\n{place.name}"
        if self._index.list_value(f"mask {key}", path) and not place.image:
            self._index.put("orphans", place.name.encode("utf-8", "surrogatepass"))
        class_index = -1
        if place.class_name:
            known = self._classes.find(place.class_name)
            # With a list of classes only its names are classes; the rest of a name is a remark.
            is_class = known is not None or not self._has_list
            class_index = self._classes.add(place.class_name) if is_class else -1
        self._has_one_object |= place.is_one_object
        self._has_class |= class_index >= 0
        if not place.is_one_object and class_index < 0:
            self._has_plain = True
            self._index.put("plain", path.encode("utf-8", "surrogatepass"))
        file = _File(path, class_index, place.is_one_object)
        self._index.put(key, msgspec.json.encode(file))

    def _count_orphan(self, name: str) -> int:
        """The objects of an image that the source does not have."""
        files = (
            msgspec.json.decode(each, type=_File) for each in self._index.labels_of(f"\n{name}")
        )
        return sum(1 if each.is_one_object else self._count(each.path) for each in files)

    def _count(self, file: str) -> int:
        try:
            mask = load_mask(self._tree, file, max_megapixels=self._megapixels)
            return len(values_in(mask) - {0, VOID}) or int(VOID in values_in(mask))
        except FileReadError:
            return 0

    # --- what values mean ---

    def _read_class_list(self) -> None:
        for path in all_paths(self._tree):
            if path.rpartition("/")[2].lower() not in _LIST_NAMES:
                continue
            self._files.append(path)
            if self._class_of_value:
                continue
            value = 0
            for line in read_lines(self._tree, path):
                if line.startswith("#") or line == "__ignore__":
                    continue
                name, _, rest = line.partition(":")
                if not _channels(rest):
                    name = line
                name = name.replace("&#58;", ":").strip()
                is_class = name.lower() not in BACKGROUND_NAMES
                value += is_class and value == 0
                index = self._classes.add(name) if is_class else None
                self._class_of_value[value] = index
                if channels := _channels(rest):
                    red, green, blue = channels
                    self._class_of_colour.setdefault(red << 16 | green << 8 | blue, index)
                value += 1

    def _plain(self) -> Iterator[tuple[str, MaskImage]]:
        for payload in self._index.labels_of("plain"):
            path = payload.decode("utf-8", "surrogatepass")
            try:
                yield path, load_mask(self._tree, path, max_megapixels=self._megapixels)
            except FileReadError:
                continue

    def _find_meaning(self) -> Meaning:
        samples = list(islice(((p, _Sample(m)) for p, m in self._plain()), _SAMPLES))
        values = {value for _, sample in samples for value in sample.values}
        highest = max(self._class_of_value, default=-1)
        is_deep = any(sample.bits > 8 for _, sample in samples)
        is_counted = all(sample.counts_objects for _, sample in samples)
        meanings: list[tuple[bool, Meaning]] = [
            (any(sample.is_coloured for _, sample in samples), "colours"),
            (any(says_instances(path) for path, _ in samples) and len(values) > 1, "objects"),
            (is_deep and max(values, default=0) > highest, "objects"),
            (values <= {VOID}, "binary"),
            (len(self._classes.names) > 1, "classes"),
            (len(values) <= 1, "binary"),
            (any(sample.has_palette for _, sample in samples), "classes"),
            (is_counted, "objects"),
        ]
        return next((meaning for fits, meaning in meanings if fits), "classes")

    def _name_options(self) -> None:
        """Add the classes that no list names."""
        if self._meaning == "classes" and not self._class_of_value:
            found: set[int] = set()
            for _, mask in self._plain():
                found |= {value for value in values_in(mask) if not mask.is_void(value)}
                if len(found) > _MOST_VALUES:
                    raise TreeError(f"The masks have more than {_MOST_VALUES:,} values as classes.")
            for value in sorted(found - {0}):
                self._class_of_value[value] = self._classes.add(f"class_{value}")
            self.notes.append("No list names the classes; they are called class_1, class_2, …")
        if self._meaning == "colours" and not self._class_of_colour:
            colours: set[int] = set()
            for _, mask in self._plain():
                if mask.is_coloured:
                    colours |= values_in(mask)
                if len(colours) > _MOST_VALUES:
                    raise TreeError(f"The masks have more than {_MOST_VALUES:,} colours.")
            for colour in sorted(colours - {0}):
                self._class_of_colour[colour] = self._classes.add(f"colour_{colour:06x}")
            self.notes.append("No list names the classes; they are called by their colours.")
        if not self._classes.names:
            self._classes.add(_ONLY_CLASS)
            self.notes.append(f"No list names the class; it is called “{_ONLY_CLASS}”.")

    def _class_in(self, mask: MaskImage, value: int) -> int | None:
        colour = mask.colour_of(value)
        if colour is not None and colour in self._class_of_colour:
            return self._class_of_colour[colour]
        return None if mask.is_coloured else self._class_of_value.get(value)

    # --- objects ---

    def _objects(
        self, files: list[_File], size_wh: tuple[int, int]
    ) -> Iterator[tuple[str, Callable[[], Draft]]]:
        for file in files:
            name = file.path.rpartition("/")[2]
            try:
                mask = load_mask(self._tree, file.path, max_megapixels=self._megapixels)
                pieces = list(self._pieces(file, mask, is_alone=len(files) == 1))
            except FileReadError as error:
                yield name, _refusing(f"{str(error)[:1].lower()}{str(error)[1:]}")
                continue
            for number, piece in enumerate(pieces, 1):
                what = f"{name}, object {number}{piece.what}"
                if mask.size_wh != size_wh:
                    (w, h), (width, height) = mask.size_wh, size_wh
                    reason = f"the mask has {w} × {h} pixels, and its image {width} × {height}."
                    yield what, _refusing(reason)
                elif piece.class_index is None:
                    yield what, _refusing("nothing says which class it is.")
                else:
                    draft = Draft(piece.class_index, piece.polygons)
                    yield what, lambda draft=draft: draft  # type: ignore[misc]

    def _pieces(self, file: _File, mask: MaskImage, *, is_alone: bool) -> Iterable[_Piece]:
        outlines = outlines_of(mask)
        if file.is_one_object:
            if not outlines and not is_alone:
                raise MaskError("The mask is empty.")
            return self._one_object(file, mask, outlines) if outlines else ()
        if file.class_index >= 0:
            is_counted = len(outlines) > 1
            return _split(outlines, lambda _: file.class_index, is_counted=is_counted)
        if self._meaning in {"classes", "colours"}:
            kept = {
                value: each for value, each in outlines.items() if not self._is_void(mask, value)
            }
            return _split(kept, lambda value: self._class_in(mask, value), is_counted=False)
        # Without a list of one class nothing says which.
        only = 0 if len(self._classes.names) == 1 else None
        return _split(outlines, lambda _: only, is_counted=self._meaning == "objects")

    def _is_void(self, mask: MaskImage, value: int) -> bool:
        return mask.is_void(value) and self._class_of_value.get(value) is None

    def _one_object(
        self, file: _File, mask: MaskImage, outlines: dict[int, Polygons]
    ) -> Iterator[_Piece]:
        """All of a file is one object; its value is its class where a list says which."""
        class_index: int | None = file.class_index
        value = max(outlines, key=lambda value: len(outlines[value]))
        if file.class_index < 0:
            is_binary = VOID in outlines or len(self._classes.names) == 1
            class_index = 0 if is_binary and len(self._classes.names) == 1 else None
            if class_index is None:
                class_index = self._class_in(mask, value)
        yield _Piece("", class_index, [part for each in outlines.values() for part in each])


class _Sample:
    """What is kept of a mask that was looked at."""

    def __init__(self, mask: MaskImage) -> None:
        self.bits = mask.bits
        self.is_coloured = mask.is_coloured
        self.has_palette = mask.palette is not None
        self.values = set(islice(sorted(values_in(mask) - {0}), _MOST_VALUES))
        self.counts_objects = False
        if sorted(self.values) == list(range(1, len(self.values) + 1)):
            try:
                outlines = outlines_of(mask)
            except MaskError:
                return
            self.counts_objects = all(len(split_at_gaps(each)) == 1 for each in outlines.values())


def _split(
    outlines: dict[int, Polygons], class_of: Callable[[int], int | None], *, is_counted: bool
) -> Iterator[_Piece]:
    """The objects of a mask: each value, or each piece of a value that hangs together."""
    for value, polygons in outlines.items():
        for piece in [polygons] if is_counted else split_at_gaps(polygons):
            yield _Piece(f" (value {value})", class_of(value), piece)


def _refusing(reason: str) -> Callable[[], Draft]:
    def refuse() -> Draft:
        raise ShapeError(reason)

    return refuse


def _channels(rest: str) -> tuple[int, int, int] | None:
    """``r,g,b`` at the begin of what follows a name."""
    parts = rest.partition(":")[0].split(",")
    if len(parts) != 3 or not all(part.strip().isdigit() for part in parts):
        return None
    red, green, blue = (min(int(part), 255) for part in parts)
    return red, green, blue
