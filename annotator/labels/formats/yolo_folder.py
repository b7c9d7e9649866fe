"""Recognising a YOLO dataset in a folder or archive: which images, which labels, which split.

Layouts: ``images/<split>`` + ``labels/<split>``, ``<split>/images`` + ``<split>/labels``, labels
beside the images, a ``data.yaml`` with folders, lists or .txt files, and a plain folder of images.
Sets that hold something other than polygons are told apart before anything is taken: pose sets by
``kpt_shape``, classification sets by their folders, oriented boxes by their rows (see
:mod:`annotator.labels.polygons.oriented_boxes`).
"""

import hashlib
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import cast

from annotator.labels.pixels.image_kinds import READ_EXTENSIONS

from .base import FolderProblem, FoundImage, SplitName
from .data_yaml import DataYaml, read_class_list, read_data_yaml
from .trees import FileReadError, Tree, TreeError

IMAGE_EXTENSIONS = READ_EXTENSIONS | {"gif", "svg"}
"""What counts as an image by name; what the file really is decides its content."""

SPLIT_NAMES: tuple[SplitName, ...] = ("train", "val", "test")
_SPLIT_FOLDER = re.compile(r"(train|val|valid|validation|test)(ing)?(20\d\d)?", re.IGNORECASE)
_VAL_SHARE = 5  # one in five
_OTHER_FORMATS = (".json", ".xml")
"""COCO, LabelMe, CVAT and Pascal VOC among others."""

_IGNORED_NAMES = frozenset({"thumbs.db", "desktop.ini"})
_IGNORED_FOLDERS = frozenset({"__MACOSX"})
_MAX_LIST_BYTES = 64 * 1024**2
_MOST_LISTED_FOLDERS = 50_000


@dataclass(slots=True)
class _SplitRule:
    """Which split an image goes to: by data.yaml, by the names of its folders, or by hash."""

    folders: dict[str, SplitName] = field(default_factory=dict)
    files: dict[str, SplitName] = field(default_factory=dict)
    is_listed: bool = False
    divides_train: bool = False
    always_val: str = ""
    always_train: str = ""

    def split_of(self, path: str, folder: str) -> SplitName | None:
        """The split; None for a file outside what data.yaml lists."""
        split = self.files.get(path) or self._listed_folder(folder)
        if split is None and self.is_listed and not _is_dataset_folder(folder):
            return None
        if split is None:
            split = split_by_name(folder) or "train"
        return self._divided(path) if split == "train" and self.divides_train else split

    def _listed_folder(self, folder: str) -> SplitName | None:
        while True:
            if folder in self.folders:
                return self.folders[folder]
            if not folder:
                return None
            folder = folder.rpartition("/")[0]

    def _divided(self, path: str) -> SplitName:
        if path in {self.always_val, self.always_train}:
            return "val" if path == self.always_val else "train"
        return "val" if stem_hash(path) % _VAL_SHARE == 0 else "train"


@dataclass(slots=True)
class DatasetScan:
    """What was recognised. ``entries`` may be walked more than once, always in the same order."""

    tree: Tree
    class_names: list[str]
    names_are_known: bool
    notes: list[str] = field(default_factory=list)
    _splits: _SplitRule = field(default_factory=_SplitRule)

    def entries(self) -> Iterator[FoundImage | FolderProblem]:
        """Every image and every file that is refused by its place, one folder at a time."""
        for folder in _folders(self.tree):
            yield from self._images_of(folder)
            yield from self._stray_labels_of(folder)

    def count_images(self) -> int:
        return sum(len(_image_names(self.tree, folder)) for folder in _folders(self.tree))

    def _images_of(self, folder: str) -> Iterator[FoundImage | FolderProblem]:
        names = _image_names(self.tree, folder)
        if not names:
            return
        labels_folder = labels_folder_of(folder)
        labels = {name for name in self.tree.names(labels_folder) if name.endswith(".txt")}
        beside = {name for name in self.tree.names(folder) if name.endswith(".txt")}
        for name in names:
            path = _join(folder, name)
            label_name = f"{name.rsplit('.', 1)[0]}.txt"
            label = None
            if label_name in labels:
                label = _join(labels_folder, label_name)
            elif label_name in beside:
                label = _join(folder, label_name)
            split = self._splits.split_of(path, folder)
            if split is None:
                reason = "The file lies outside the folders that data.yaml lists."
                yield FolderProblem(path, None, reason)
            else:
                yield FoundImage(path, label, split)

    def _stray_labels_of(self, folder: str) -> Iterator[FolderProblem]:
        parts = folder.split("/")
        if "labels" not in parts:
            return
        images = images_folder_of(folder)
        image_stems = {name.rsplit(".", 1)[0] for name in _image_names(self.tree, images)}
        image_stems.update(name.rsplit(".", 1)[0] for name in _image_names(self.tree, folder))
        for name in self.tree.names(folder):
            if name.endswith(".txt") and name != "classes.txt" and name[:-4] not in image_stems:
                yield FolderProblem(_join(folder, name), None, "No image belongs to this label.")


def scan_dataset(tree: Tree) -> DatasetScan:
    """Recognise the dataset in ``tree``. Raises TreeError with a sentence where it is none."""
    root = _find_root(tree)
    config = read_data_yaml(tree, root)
    if config is not None and config.has_keypoints:
        raise TreeError(
            f"{config.file} has kpt_shape: this is a pose set. Its rows are boxes with keypoints, "
            "not polygons."
        )
    names, notes = _class_names(tree, root, config)
    scan = DatasetScan(tree, names or [], names is not None, notes)
    if scan.count_images() == 0:
        raise TreeError("No images were found.")
    _refuse_classification(tree, config)
    scan._splits = _split_rule(tree, root, config, notes)
    _divide_train_if_needed(scan)
    _note_other_formats(scan)
    return scan


def labels_folder_of(folder: str) -> str:
    """Where Ultralytics looks for labels: the last ``images`` of the path replaced."""
    return _replace_last(folder, "images", "labels")


def images_folder_of(folder: str) -> str:
    return _replace_last(folder, "labels", "images")


def split_by_name(folder: str) -> SplitName | None:
    """The split that the names of the folders tell, the innermost first."""
    for part in reversed(folder.split("/")):
        if match := _SPLIT_FOLDER.fullmatch(part):
            name = match[1].lower()
            return cast(SplitName, "val" if name.startswith("val") else name)
    return None


def stem_hash(path: str) -> int:
    """A number that depends only on the stem: it divides a set the same way every time."""
    stem = path.rsplit("/", 1)[-1].rsplit(".", 1)[0]
    return int.from_bytes(hashlib.sha256(stem.encode(errors="surrogatepass")).digest()[:8])


def _find_root(tree: Tree) -> str:
    """The folder that the dataset lies in: the one with a data.yaml, or the only one at the top."""
    folders = list(_folders(tree))
    for folder in sorted(folders, key=lambda folder: (folder.count("/") + bool(folder), folder)):
        if any(name.lower() in {"data.yaml", "data.yml"} for name in tree.names(folder)):
            return folder
    root = ""
    while folders and root not in folders:
        tops = {folder[len(root) :].lstrip("/").split("/")[0] for folder in folders}
        if len(tops) != 1 or tops & {"images", "labels"} or split_by_name(next(iter(tops))):
            break
        root = _join(root, tops.pop())
    return root


def _class_names(
    tree: Tree, root: str, config: DataYaml | None
) -> tuple[list[str] | None, list[str]]:
    if config is not None and config.names is not None:
        return config.names, list(config.notes)
    notes = list(config.notes) if config is not None else []
    return read_class_list(tree, root), notes


def _refuse_classification(tree: Tree, config: DataYaml | None) -> None:
    """A classification set is folders ``train/<class>/`` of images and nothing else."""
    if config is not None:
        return
    classes: set[str] = set()
    for folder in _folders(tree):
        if not _image_names(tree, folder):
            continue
        parts = folder.split("/")
        if len(parts) < 2 or split_by_name(parts[-2]) is None or parts[-1] == "images":
            return
        if any(name.endswith(".txt") for name in tree.names(folder)):
            return
        classes.add(parts[-1])
    if len(classes) >= 2:
        shown = ", ".join(sorted(classes)[:3])
        raise TreeError(
            f"This looks like a classification set: a folder for each class ({shown}). "
            "It holds no polygons. To take the images alone, put them into one folder."
        )


def _split_rule(tree: Tree, root: str, config: DataYaml | None, notes: list[str]) -> _SplitRule:
    rule = _SplitRule()
    if config is None:
        return rule
    known = set(_all_folders(tree))
    for split in SPLIT_NAMES:
        for entry in config.splits.get(split, []):
            if (folder := _find_folder(entry, root, known)) is not None:
                if rule.folders.get(folder, split) != split:
                    rule.divides_train = True
                    continue
                rule.folders[folder] = split
                rule.is_listed = True
            elif not _add_listed_files(rule, tree, root, entry, split):
                notes.append(f"{config.file} names “{entry}” for {split}, which is not there.")
    return rule


def _find_folder(entry: str, root: str, known: set[str]) -> str | None:
    """The folder an entry means: the longest end of its path that exists under the root.

    So an absolute path of another machine (``C:/Users/…/images/train``) still finds its folder.
    """
    for candidate in _path_ends(entry):
        folder = _join(root, candidate)
        if folder in known:
            return folder
    return root if entry.strip("./\\") == "" else None


def _path_ends(entry: str) -> Iterator[str]:
    parts = [part for part in entry.replace("\\", "/").split("/") if part not in {"", ".", ".."}]
    for start in range(len(parts)):
        yield "/".join(parts[start:])


def _add_listed_files(
    rule: _SplitRule, tree: Tree, root: str, entry: str, split: SplitName
) -> bool:
    """Take an entry as an image, or as a .txt file that lists images. False: it is not there."""
    file = _find_file(entry, root, tree)
    if file is None:
        return False
    rule.is_listed = True
    if not file.lower().endswith(".txt"):
        rule.files.setdefault(file, split)
        return True
    try:
        text = tree.read(file, limit_bytes=_MAX_LIST_BYTES).decode("utf-8-sig")
    except (FileReadError, UnicodeDecodeError) as error:
        raise TreeError(f"{file} cannot be read as a list of images.") from error
    cache: dict[str, str | None] = {}
    for line in io.StringIO(text):
        folder, _, name = line.strip().replace("\\", "/").rpartition("/")
        if not name:
            continue
        if folder not in cache:
            if len(cache) >= _MOST_LISTED_FOLDERS:
                raise TreeError(
                    f"{file} lists images in more than {_MOST_LISTED_FOLDERS:,} folders."
                )
            found = _find_file(f"{folder}/{name}", root, tree)
            cache[folder] = None if found is None else found.rpartition("/")[0]
        if (where := cache[folder]) is not None:
            rule.files.setdefault(_join(where, name), split)
    return True


def _find_file(entry: str, root: str, tree: Tree) -> str | None:
    for candidate in _path_ends(entry):
        folder, _, name = _join(root, candidate).rpartition("/")
        if name in tree.names(folder):
            return _join(folder, name)
    return None


def _divide_train_if_needed(scan: DatasetScan) -> None:
    """Without images to validate on, one in five of train becomes val, by a hash of the stem."""
    rule = scan._splits
    _merge_twin_of_train(scan)
    if not rule.divides_train:
        splits = [entry.split for entry in scan.entries() if isinstance(entry, FoundImage)]
        if set(splits) != {"train"} or len(splits) < 2:
            return
        rule.divides_train = True
        scan.notes.append(
            "There is no val split: one image in five of train was put into val (by a hash of "
            "its name, so the same every time)."
        )
    else:
        scan.notes.append(
            "Train and val are the same images: they were taken once, one in five of them into "
            "val (by a hash of the name, so the same every time)."
        )
    train = [
        entry.path
        for entry in scan.entries()
        if isinstance(entry, FoundImage) and entry.split != "test"
    ]
    if len(train) > 1:
        rule.always_val = min(train, key=stem_hash)
        rule.always_train = max(train, key=stem_hash)


def _note_other_formats(scan: DatasetScan) -> None:
    """Say that labels were left out where there are some, but none as YOLO txt."""
    if any(entry.label for entry in scan.entries() if isinstance(entry, FoundImage)):
        return
    for folder in _folders(scan.tree):
        for name in sorted(scan.tree.names(folder)):
            if name.lower().endswith(_OTHER_FORMATS):
                scan.notes.append(
                    f"The images were taken without labels: {_join(folder, name)} is left out, as "
                    "labels are read from YOLO txt files. If these are labels, convert them (for "
                    "COCO: ultralytics.data.converter.convert_coco with use_segments=True)."
                )
                return


def _merge_twin_of_train(scan: DatasetScan) -> None:
    """Treat a val folder that holds the very files of train (names and sizes) as one with it."""
    folders: dict[str, list[str]] = {"train": [], "val": []}
    for folder in _folders(scan.tree):
        names = _image_names(scan.tree, folder)
        split = scan._splits.split_of(_join(folder, names[0]), folder) if names else None
        if split in folders:
            folders[split].append(folder)
    if len(folders["train"]) != 1 or len(folders["val"]) != 1:
        return
    train, val = folders["train"][0], folders["val"][0]
    names = _image_names(scan.tree, train)
    if train == val or names != _image_names(scan.tree, val):
        return
    size = scan.tree.size
    if all(size(_join(train, name)) == size(_join(val, name)) for name in names):
        scan._splits.divides_train = True
        scan._splits.folders[val] = "train"


# --- names and paths ------------------------------------------------------------------------


def _all_folders(tree: Tree) -> Iterator[str]:
    """Every folder, also those that hold only folders."""
    seen: set[str] = set()
    for folder in _folders(tree):
        parts = folder.split("/")
        for count in range(1, len(parts) + 1):
            parent = "/".join(parts[:count])
            if parent not in seen:
                seen.add(parent)
                yield parent


def _folders(tree: Tree) -> Iterator[str]:
    for folder in tree.folders():
        parts = folder.split("/")
        if not any(part in _IGNORED_FOLDERS or part.startswith(".") for part in parts):
            yield folder


def _image_names(tree: Tree, folder: str) -> list[str]:
    return [
        name
        for name in tree.names(folder)
        if not name.startswith(".")
        and name.lower() not in _IGNORED_NAMES
        and name.rpartition(".")[2].lower() in IMAGE_EXTENSIONS
        and "." in name
    ]


def _is_dataset_folder(folder: str) -> bool:
    return "images" in folder.split("/")


def _replace_last(folder: str, old: str, new: str) -> str:
    parts = folder.split("/")
    for index in range(len(parts) - 1, -1, -1):
        if parts[index] == old:
            parts[index] = new
            break
    return "/".join(parts)


def _join(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name
