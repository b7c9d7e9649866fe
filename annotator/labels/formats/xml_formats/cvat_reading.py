"""Walking through an ``annotations.xml``: each image or frame, and the shapes put aside for it."""

import re
from array import array
from bisect import bisect_left, bisect_right
from xml.etree.ElementTree import Element

import msgspec

from ..base import SplitName
from ..class_lists import ClassList
from ..image_index import ImageIndex, NotOneError, split_of_path
from ..split_names import split_by_name
from ..trees import FileReadError, Tree, TreeError
from .cvat_shapes import Shape, between
from .safe_xml import MAX_XML_BYTES, XmlError, text_of, walk_xml

_SHAPE_TAGS = frozenset(
    {"box", "polygon", "ellipse", "mask", "polyline", "points", "cuboid", "skeleton", "tag"}
)
_NOT_SHAPES = frozenset({"attribute", "track"})
_CLASS_KINDS = frozenset({"", "any", "polygon", "rectangle", "mask", "ellipse"})
_READ_ATTRIBUTES = frozenset({"occluded", "truncated", "note"})
_FRAME_NUMBER = re.compile(r"(\d{1,12})$")
_MOST_FRAMES = 1_000_000
_MOST_MADE = 5_000_000
_MOST_NAMES = 20


class CvatImage(msgspec.Struct):
    """An image or a frame that an XML names, in the order of the files."""

    file: str
    name: str
    path: str
    split: SplitName
    group: str = ""
    problem: str = ""
    count: int = 0


class _Video:
    """What is known of the video of one file, and where in it the reader is."""

    def __init__(self, file: str, root: str, frames: "array[int]", told: dict[str, str]) -> None:
        self.file = file
        self.root = root
        """The folder below which its frames lie."""
        self.frames = frames
        """The numbers of the frames that lie in the source as images, in order."""
        self.source = _image_name(told.get("source", "").replace("\\", "/").rpartition("/")[2])
        self.start = _frame_number(told.get("start_frame", ""))
        self.stop = _frame_number(told.get("stop_frame", ""))
        self.lists_every_frame = True
        self.label = ""
        self.previous: tuple[int, Shape] | None = None
        """The last shape of the track, where it goes on from there."""
        self.first = self.last = -1
        """Of the frames that a track names."""
        self.made = 0
        self.counts: dict[int, int] = {}
        """Of each frame that was seen, how many shapes it has: all that memory holds of it."""
        self.problems: dict[int, str] = {}


class CvatReader:
    """Reads one file after another into an index."""

    def __init__(self, tree: Tree, index: ImageIndex) -> None:
        self.classes = ClassList()
        self._tree = tree
        self._index = index
        self._has_frames = False
        self._left_attributes: dict[str, None] = {}
        self._has_groups = self._has_made = False

    def notes(self) -> list[str]:
        """What a person should know of all files."""
        notes = []
        if self._left_attributes:
            names = ", ".join(list(self._left_attributes)[:_MOST_NAMES])
            notes.append(f"Attributes other than occluded, truncated and note stay out: {names}.")
        if self._has_groups:
            notes.append("Polygons and masks of one group and class are parts of one object.")
        if self._has_made:
            notes.append(
                "The XML holds keyframes alone: objects on the frames between them were made as "
                "CVAT shows them."
            )
        return notes

    def read_file(self, file: str) -> None:
        """Raises TreeError with the name of the file."""
        try:
            self._walk(file)
        except FileReadError as error:
            raise TreeError(f"{file}: {error}") from error

    def _walk(self, file: str) -> None:
        video: _Video | None = None
        image: CvatImage | None = None
        told: dict[str, str] = {}
        for event in walk_xml(self._tree, file, limit_bytes=MAX_XML_BYTES, forget_depth=2):
            element, depth, tag = event.element, event.depth, event.element.tag
            if not event.is_end:
                if depth == 1 and tag == "image":
                    image = self._begin_image(file, element)
                elif depth == 1 and tag == "track":
                    video = video or self._begin_video(file, told)
                    video.label, video.previous = element.get("label", ""), None
            elif tag == "label" and depth >= 3:
                self._add_class(element)
            elif depth == 1 and tag == "image" and image is not None:
                self._end_image(image)
                image = None
            elif depth == 1 and tag == "track" and video is not None:
                self._fill(video, None, None)
            elif depth == 2 and image is not None and tag not in _NOT_SHAPES:
                self._put(image, self._shape(element, element.get("label", "")))
            elif depth == 2 and image is None and tag in _SHAPE_TAGS and video is not None:
                self._add_frame(video, element)
            elif depth == 2:
                _tell(told, element)
        if video is not None:
            self._end_video(video)

    # --- classes and shapes ---

    def _add_class(self, element: Element) -> None:
        name = text_of(element, "name")
        is_outline = text_of(element, "type") in _CLASS_KINDS
        if name and is_outline and element.find("parent") is None:
            self.classes.add(name)

    def _shape(self, element: Element, label: str) -> Shape:
        attributes = {
            each.get("name", ""): each.text or "" for each in element.findall("attribute")
        }
        for name in attributes:
            if name.lower() not in _READ_ATTRIBUTES and len(self._left_attributes) < _MOST_NAMES:
                self._left_attributes.setdefault(name[:40])
        is_class = label.strip() and element.tag in {"box", "polygon", "ellipse", "mask"}
        shape = Shape(
            element.tag,
            label,
            self.classes.add(label) if is_class else 0,
            dict(element.attrib),
            attributes,
        )
        if shape.group not in {"", "0"}:
            self._has_groups = True
        return shape

    def _put(self, image: CvatImage, shape: Shape) -> None:
        image.count += 1
        if not image.problem:
            key = image_key(image.file, image.path, image.name)
            self._index.put(key, msgspec.json.encode(shape))

    # --- images ---

    def _begin_image(self, file: str, element: Element) -> CvatImage:
        name = element.get("name", "").replace("\\", "/").strip()
        subset = element.get("subset", "")
        try:
            path = self._index.find(name, near=file) or "" if name else ""
        except NotOneError as error:
            return CvatImage(file, name, "", "train", problem=str(error))
        if not name:
            return CvatImage(file, name, "", "train", problem="An image of the XML has no name.")
        split = _split(subset) or _split_of_file(file, path)
        image = CvatImage(file, _image_name(name), path, split)
        if not self._index.list_value(f"image {path or image.name}", file):
            image.problem = f"The image “{name}” is there twice; it was taken once."
            return image
        self._index.list_value(f"used {path}", "")
        if size := _size(element.get("width"), element.get("height")):
            self._index.list_value(f"size {image_key(image.file, image.path, image.name)}", size)
        return image

    def _end_image(self, image: CvatImage) -> None:
        self._index.put("images", msgspec.json.encode(image))

    # --- video ---

    def _begin_video(self, file: str, told: dict[str, str]) -> _Video:
        self._find_frames()
        root = self._folder_of_video(told.get("source", "")) or file.rpartition("/")[0]
        numbers: set[int] = set()
        for path in self._index.paths():
            number = _frame_of(path)
            if number is not None and (not root or path.startswith(f"{root}/")):
                numbers.add(number)
        video = _Video(file, root, array("q", sorted(numbers)), told)
        video.lists_every_frame = self._lists_every_frame(file)
        return video

    def _folder_of_video(self, source: str) -> str:
        """The folder that is called as the video is, where there is one: its frames lie in it."""
        name = source.replace("\\", "/").rpartition("/")[2]
        folders = {path.rpartition("/")[0] for path in self._index.paths()} if name else set()
        named = [folder for folder in folders if folder.rpartition("/")[2] == name]
        return named[0] if len(named) == 1 else ""

    def _lists_every_frame(self, file: str) -> bool:
        """Whether an XML of tracks has shapes beside the keyframes."""
        for event in walk_xml(self._tree, file, limit_bytes=MAX_XML_BYTES, forget_depth=2):
            if event.depth == 2 and event.element.get("keyframe") == "0":
                return True
        return False

    def _find_frames(self) -> None:
        """Note for each folder which image has which number."""
        if self._has_frames:
            return
        self._has_frames = True
        for path in self._index.paths():
            if (number := _frame_of(path)) is None:
                continue
            folder = path.rpartition("/")[0]
            while True:
                if not self._index.list_value(f"frame {number} {folder}", path):
                    self._index.list_value(f"frames {number} {folder}", path)
                if not folder:
                    break
                folder = folder.rpartition("/")[0]

    def _add_frame(self, video: _Video, element: Element) -> None:
        """Put a shape of a track aside, and those between it and the one before."""
        number = _frame_number(element.get("frame", ""))
        if number < 0:
            raise XmlError("A shape of a track has no number of a frame.")
        shape = self._shape(element, video.label)
        self._fill(video, number, shape)
        video.previous = None
        video.first = number if video.first < 0 else min(video.first, number)
        video.last = max(video.last, number)
        if element.get("outside", "0").strip().lower() not in {"1", "true"}:
            video.previous = number, shape
            self._put_on_frame(video, number, shape)

    def _put_on_frame(self, video: _Video, number: int, shape: Shape) -> None:
        self._put(self._frame(video, number), shape)
        video.counts[number] += 1

    def _fill(self, video: _Video, next_number: int | None, following: Shape | None) -> None:
        """Make the shapes on the frames between two keyframes, or behind the last."""
        if video.previous is None or video.lists_every_frame:
            return
        number, shape = video.previous
        first = bisect_right(video.frames, number)
        if next_number is None:
            last = len(video.frames) if video.stop < 0 else bisect_right(video.frames, video.stop)
        else:
            last = bisect_left(video.frames, next_number)
        for place in range(first, last):
            frame = video.frames[place]
            share = 0.0 if next_number is None else (frame - number) / (next_number - number)
            self._put_on_frame(video, frame, between(shape, following, share))
            self._has_made = True
            video.made += 1
            if video.made > _MOST_MADE:
                raise XmlError(f"More than {_MOST_MADE:,} objects lie between keyframes.")

    def _frame(self, video: _Video, number: int) -> CvatImage:
        """A frame of a video as an image; the first time, whether it is there once is checked."""
        path = self._index.listed(f"frame {number} {video.root}") or ""
        name = f"images/frame_{number:06d}.png"
        name = self._index.name_of(path or (f"{video.root}/{name}" if video.root else name))
        image = CvatImage(video.file, name, path, _split_of_file(video.file, path), video.source)
        is_new = number not in video.counts
        if self._index.listed(f"frames {number} {video.root}") is not None:
            image.problem = f"Several images have the number of frame {number}."
            image.path = ""
        elif is_new and not self._index.list_value(f"image {path or image.name}", video.file):
            video.problems[number] = (
                f"Frame {number} has labels in another file; it was taken once."
            )
        image.problem = image.problem or video.problems.get(number, "")
        if is_new:
            self._index.list_value(f"used {path}", "")
            if len(video.counts) >= _MOST_FRAMES:
                raise XmlError(f"A video of more than {_MOST_FRAMES:,} frames is not read.")
            video.counts[number] = 0
        return image

    def _end_video(self, video: _Video) -> None:
        first = video.start if video.start >= 0 else video.first
        last = video.stop if video.stop >= 0 else max(video.last, -1, *video.counts)
        for place in range(bisect_left(video.frames, first), bisect_right(video.frames, last)):
            self._frame(video, video.frames[place])
        for number in sorted(video.counts):
            image = self._frame(video, number)
            image.count = video.counts[number]
            self._end_image(image)


def _tell(told: dict[str, str], element: Element) -> None:
    """Note what the meta data say of a video."""
    for name in ("start_frame", "stop_frame", "source"):
        text = (element.text or "").strip() if element.tag == name else text_of(element, name)
        if text:
            told.setdefault(name, text)


def image_key(file: str, path: str, name: str) -> str:
    """Under what the shapes of an image are put aside."""
    return f"shapes {file}\n{path or name}\n{bool(path)}"


def _split(subset: str) -> SplitName | None:
    return split_by_name(subset) if subset else None


def _split_of_file(file: str, path: str) -> SplitName:
    by_path = split_by_name(path.rpartition("/")[0]) if path else None
    stem = file.rpartition("/")[2].rpartition(".")[0]
    return by_path or split_by_name(stem) or split_of_path(file)


def _image_name(name: str) -> str:
    """Without suffix, and without folders that lead out of the source."""
    parts = [part for part in name.split("/") if part not in {"", ".", ".."} and ":" not in part]
    if parts:
        parts[-1] = parts[-1].rpartition(".")[0] or parts[-1]
    return "/".join(parts)


def _frame_number(text: str) -> int:
    """Minus 1 for what is none."""
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 12 else -1


def _frame_of(path: str) -> int | None:
    stem = path.rpartition("/")[2].rpartition(".")[0]
    match = _FRAME_NUMBER.search(stem)
    return int(match[1]) if match else None


def _size(width: str | None, height: str | None) -> str:
    parts = [each for each in (width, height) if each and each.isascii() and each.isdigit()]
    if len(parts) == 2 and all(int(each[:9]) > 0 and len(each) < 8 for each in parts):
        return " ".join(parts)
    return ""
