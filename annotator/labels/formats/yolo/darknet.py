"""Darknet's datasets: ``obj.data`` names the classes and the lists of images.

Labels are YOLO's rows, in a file beside each image or under ``labels`` instead of ``images``.
"""

from collections.abc import Iterator

from annotator.labels.polygons.bridges import split_ring

from ..base import FolderProblem, FoundImage, ReadLabels, ReadObject, SplitName
from ..class_lists import ClassList, read_lines
from ..image_index import ImageIndex, NotOneError, Splitter, all_paths, found_image, split_of_path
from ..trees import FileReadError, Tree, TreeError
from .rows import MAX_LABEL_BYTES, parse_labels

_MAX_DATA_BYTES = 1 << 16
_LISTS: dict[str, SplitName] = {"test": "test", "valid": "val", "val": "val", "train": "train"}
"""An image in several lists goes to test rather than val than train."""
_DECIMALS = 4


def data_files(tree: Tree) -> Iterator[tuple[str, dict[str, str]]]:
    """Each ``obj.data`` and what it says, by key."""
    for path in all_paths(tree):
        if path.lower().endswith(".data"):
            try:
                text = tree.read(path, limit_bytes=_MAX_DATA_BYTES).decode("utf-8-sig")
            except (FileReadError, UnicodeDecodeError):
                continue
            pairs = (line.partition("=") for line in text.splitlines() if "=" in line)
            said = {key.strip(): value.strip() for key, _, value in pairs}
            if "names" in said and said.keys() & _LISTS.keys():
                yield path, said


def is_darknet(tree: Tree) -> bool:
    return next(data_files(tree), None) is not None


class DarknetSource:
    """See :class:`annotator.labels.formats.base.Source`."""

    names_are_known = True

    def __init__(self, tree: Tree) -> None:
        self.notes: list[str] = []
        self._tree = tree
        self._index = ImageIndex(tree)
        self._has_images = len(self._index) > 0
        self._classes = ClassList()
        self._files: list[str] = []
        self._has_lists = False
        for path in all_paths(tree):
            if path.lower().endswith(".txt"):
                self._index.list_value(f"txt {path}", path)
        found = list(data_files(tree))
        if not found:
            raise TreeError("No obj.data of Darknet was found.")
        for path, said in found:
            self._files.append(path)
            self._read_data(path, said)
        self.class_names = self._classes.names
        taken = ((each.name, each.split) for each in self._images() if isinstance(each, FoundImage))
        self._splitter = Splitter(taken, self.notes)

    def entries(self) -> Iterator[FoundImage | FolderProblem]:
        for each in self._images():
            if isinstance(each, FoundImage):
                yield each._replace(split=self._splitter.split_of(each.name, each.split))
            else:
                yield each

    def files(self) -> Iterator[str]:
        return iter(self._files)

    def read_labels(
        self, image: FoundImage, *, size_wh: tuple[int, int], class_count: int
    ) -> ReadLabels:
        data = self._tree.read(image.label or "", limit_bytes=MAX_LABEL_BYTES)
        parsed = parse_labels(data, size_wh=size_wh, class_count=class_count, is_foreign=True)
        read = ReadLabels(problems=parsed.problems, counts=parsed.counts, repeats=parsed.repeats)
        for row in parsed.rows:
            polygons = [[row.ring]] if row.is_box else split_ring(row.ring)
            rounded = [
                [[round(each, _DECIMALS) for each in ring] for ring in polygon]
                for polygon in polygons
            ]
            read.objects.append(ReadObject(row.line, row.class_index, rounded, row.is_box))
        return read

    def count_classes_used(self) -> int:
        return len(self.class_names)

    # --- files ---

    def _read_data(self, path: str, said: dict[str, str]) -> None:
        names = self._find(said["names"], path)
        if names is None:
            raise TreeError(
                f"{path} names “{said['names'][:100]}” for the classes: it is not there."
            )
        self._files.append(names)
        known = [self._classes.add(line) for line in read_lines(self._tree, names)]
        if len(self._classes.names) != len(known) or known != list(range(len(known))):
            raise TreeError(f"{names} names a class twice, or other classes than another list.")
        for key, split in _LISTS.items():
            if not (entry := said.get(key)):
                continue
            if (file := self._find(entry, path)) is None:
                self.notes.append(f"{path} names “{entry[:100]}” for {key}, which is not there.")
                continue
            self._files.append(file)
            self._read_list(file, split)

    def _read_list(self, file: str, split: SplitName) -> None:
        for line in read_lines(self._tree, file):
            self._has_lists = True
            try:
                image = self._index.find(line, near=file)
            except NotOneError as error:
                self._index.put("problems", f"{line}\n{error}".encode("utf-8", "surrogatepass"))
                continue
            key = image or f"\n{line}"
            if self._index.list_value(f"split {key}", split) and image is None:
                self._index.put("missing", f"{line}\n{file}".encode("utf-8", "surrogatepass"))

    def _find(self, entry: str, near: str) -> str | None:
        """A text file by the longest end of its path that exists in the source."""
        parts = [
            part for part in entry.replace("\\", "/").split("/") if part not in {"", ".", ".."}
        ]
        folder = near.rpartition("/")[0]
        for start in range(len(parts)):
            below = "/".join(parts[start:])
            for place in dict.fromkeys((f"{folder}/{below}" if folder else below, below)):
                where, _, name = place.rpartition("/")
                if name in self._tree.names(where):
                    return place
        return None

    def _label_of(self, path: str) -> str | None:
        """Beside the image, or under ``labels`` instead of the last ``images``."""
        folder, _, name = path.rpartition("/")
        stem = name.rpartition(".")[0] or name
        parts = folder.split("/")
        places = [
            place for place, part in enumerate(parts) if part.lower() in {"images", "jpegimages"}
        ]
        mirrored = [*parts]
        if places:
            mirrored[places[-1]] = "labels"
        for each in dict.fromkeys(("/".join(mirrored), folder)):
            label = f"{each}/{stem}.txt" if each else f"{stem}.txt"
            if self._index.listed(f"txt {label}") is not None and label not in self._files:
                return label
        return None

    def _images(self) -> Iterator[FoundImage | FolderProblem]:
        for path in self._index.paths():
            split = self._index.listed(f"split {path}")
            label = self._label_of(path)
            if split is None and label is not None and self._has_lists:
                reason = "No list of obj.data names the image."
                yield FolderProblem(path, None, reason)
                reason = "No list of obj.data names the image of this label."
                yield FolderProblem(label, None, reason, self._count(label))
                continue
            named = _LISTS.get(split or "") or split_of_path(path)
            yield found_image(self._index, path, label, "val" if split == "val" else named)
        for payload in self._index.labels_of("missing"):
            line, file = payload.decode("utf-8", "surrogatepass").split("\n", 1)
            yield self._missing(line.replace("\\", "/"), file)
        for payload in self._index.labels_of("problems"):
            line, reason = payload.decode("utf-8", "surrogatepass").split("\n", 1)
            yield FolderProblem(line, None, reason)

    def _missing(self, line: str, file: str) -> FoundImage | FolderProblem:
        """An image that a list names, and that the source does not have."""
        found = (self._label_of("/".join(line.split("/")[start:])) for start in range(8))
        label = next((each for each in found if each is not None), None)
        if self._has_images or label is None:
            reason = f"{file} lists this image, but it is not in the source."
            count = self._count(label) if label else 0
            return FolderProblem(label or line, None, reason, count)
        name = self._index.name_of(label)
        parts = name.split("/")
        name = "/".join(part for part in parts if part != "labels")
        split = self._index.listed(f"split \n{line}")
        return FoundImage("", label, _LISTS.get(split or "", "train"), name)

    def _count(self, label: str) -> int:
        try:
            data = self._tree.read(label, limit_bytes=MAX_LABEL_BYTES)
        except FileReadError:
            return 0
        return len({row.strip() for row in data.splitlines() if row.strip()})
