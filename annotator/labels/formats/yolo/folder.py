"""Recognising a YOLO dataset in a folder or archive: which images, which labels, which split.

Layouts: ``images/<split>`` + ``labels/<split>``, ``<split>/images`` + ``<split>/labels``, labels
beside the images or anywhere else under the same stem, one or several ``data.yaml`` with folders,
lists or .txt files, and a plain folder of images; however folders and suffixes are spelled.
Sets that hold something other than polygons are told apart before anything is taken: pose sets by
``kpt_shape``, classification sets by their folders, others by their rows (see :mod:`..row_kinds`).

Of each image of a source some 24 bytes are remembered, and of one folder its names.
"""

import unicodedata
from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ..base import FolderProblem, FoundImage, SplitName
from ..counting import count_objects
from ..label_images import LabelImages, is_folder_of_copies, is_label_image_folder
from ..leftovers import UsedFiles, find_leftovers, is_irrelevant
from ..names import (
    IMAGE_EXTENSIONS,
    Listing,
    hash_of,
    is_image_name,
    is_text_name,
    join,
    key_of,
    parents,
    stem_of,
    without_upload_prefix,
)
from ..split_names import SPLIT_NAMES, split_by_name, stem_hash
from ..trees import Tree, TreeError
from .configs import Configs
from .pairs import Pairing, pair_alike
from .places import Places

__all__ = ["IMAGE_EXTENSIONS", "SPLIT_NAMES", "DatasetScan", "scan_dataset"]

_VAL_SHARE = 5  # one in five
_OTHER_FORMATS = (".json", ".xml")
"""COCO, LabelMe, CVAT and Pascal VOC among others."""
_MOST_PAIRED_FOLDERS = 2_000
_FEW_IMAGES = 20
"""Images that a config does not list are told one by one up to here, where they have no labels."""

Hashes = NDArray[np.uint64]


@dataclass(slots=True)
class _Division:
    """Which images of train become val, where nothing says so."""

    is_needed: bool = False
    always_val: str = ""
    always_train: str = ""

    def split_of(self, path: str) -> SplitName:
        if path in {self.always_val, self.always_train}:
            return "val" if path == self.always_val else "train"
        return "val" if stem_hash(path) % _VAL_SHARE == 0 else "train"


@dataclass(slots=True)
class _Apart:
    """Labels that lie where nothing looks for them, by the hash of their stem: their folder, where
    one label and one image without any have the stem."""

    folders: dict[int, str] = field(default_factory=dict)
    of_folder: dict[str, str] = field(default_factory=dict)
    """For a folder of images the folder of labels whose path is the most like its own, where stems
    alone do not tell."""
    several: Hashes = field(default_factory=lambda: np.empty(0, np.uint64))
    """Stems of labels that several images have, or several labels."""


class _Stems:
    """The stems of files, by hash, and the number of the folder of each."""

    def __init__(self, stems: "array[int]", places: "array[int]") -> None:
        self._stems, self._places = np.frombuffer(stems, np.uint64), np.array(places, np.intp)

    def places_of(self, wanted: Hashes) -> list[int]:
        """The folders that hold a file of one of these stems."""
        found: list[int] = np.unique(self._places[np.isin(self._stems, wanted)]).tolist()
        return found


class DatasetScan:
    """What was recognised. ``entries`` may be walked more than once, always in the same order."""

    def __init__(self, tree: Tree, *, also: Sequence[str] = ()) -> None:
        """``also``: folders to take although no config names them. Raises TreeError."""
        self.tree = tree
        self.notes: list[str] = []
        self._listing = Listing(tree)
        self._image_folders = [
            folder
            for folder in self._listing.folders
            if any(is_image_name(name) for name in self._listing.names(folder))
        ]
        self._configs = Configs(self._listing, self._image_folders, also=self._find_also(also))
        self.class_names = self._configs.class_names
        self.names_are_known = self._configs.names_are_known
        self._pairing = Pairing(self._listing, self._configs.is_class_list)
        self._label_images = self._find_label_images()
        self._places = Places(self._configs, self._image_folders)
        self._division = _Division(is_needed=self._configs.lists_a_folder_twice)
        self._twin: str | None = None
        self._has_labels = False
        self._splits: set[SplitName] = set()
        self._count = 0
        self._apart = _Apart()
        self._label_counts: dict[str, int] = {}
        self._folder_counts: dict[str, int] = {}

    def _find_also(self, also: Sequence[str]) -> set[str]:
        """The folders of images that a person wants too, and those below them."""
        wanted: set[str] = set()
        for each in also:
            folder = "" if each == "." else self._listing.find_folder(each.strip("/ "))
            if folder is None or not any(folder in parents(one) for one in self._image_folders):
                raise TreeError(f"There is no folder “{each[:200]}” of images in the source.")
            wanted.add(folder)
        return wanted

    # --- walking --------------------------------------------------------------------------------

    def entries(self) -> Iterator[FoundImage | FolderProblem]:
        """Every image, every file that is refused by its place, and what is left over."""
        used = UsedFiles()
        for path in self.files():
            used.add(path)
        for entry in self._entries_of_folders():
            if isinstance(entry, FoundImage):
                used.add(entry.path)
                used.add(entry.label)
            elif entry.images:
                self._use_folder(used, entry.file)
            else:
                used.add(entry.file)
            yield entry
        yield from find_leftovers(self.tree, used, why=self._why_unused, counts=self._label_counts)

    def files(self) -> Iterator[str]:
        """Configs, lists of images and lists of class names."""
        return iter(sorted(self._configs.used_files))

    def images(self) -> Iterator[FoundImage]:
        """The images alone."""
        return (each for each in self._entries_of_folders() if isinstance(each, FoundImage))

    def classes_of(self, image: FoundImage) -> list[int] | None:
        """For each class index in the label of an image, its index in ``class_names``; [] where
        classes have indexes alone, None where nothing says what they are."""
        folder = image.path.rpartition("/")[0]
        return self._configs.classes_of(folder, (image.label or image.path).rpartition("/")[0])

    def _entries_of_folders(self) -> Iterator[FoundImage | FolderProblem]:
        for folder in self._image_folders:
            if folder == self._twin:
                yield self._tell_twin(folder)
                continue
            yield from self._entries_of(folder)

    def _entries_of(self, folder: str) -> Iterator[FoundImage | FolderProblem]:
        names = self._image_names(folder)
        labels, others = self._pairing.pair(folder, names)
        shown = self._label_images.find(folder, names, labels.__contains__)
        images = [name for name in names if name not in shown]
        splits = {name: self._configs.split_of(join(folder, name), folder) for name in images}
        if images and self._is_offered(folder, splits, labels):
            yield self._offer(folder, images, labels)
            return
        number = 0
        told: set[str | None] = set()  # labels: two images may share one
        for name in names:
            path = join(folder, name)
            if name in shown:
                yield FolderProblem(path, None, shown[name])
                continue
            label = labels.get(name) or self._label_apart(folder, name)
            split = splits[name]
            if split is None:
                yield from self._tell_unlisted(folder, path, label if label not in told else None)
                told.add(label)
                continue
            if (
                label is not None
                and self._configs.classes_of(folder, label.rpartition("/")[0]) is None
            ):
                if label not in told:
                    yield self._tell_unknown_classes(label)
                told.add(label)
                label = None
            if split == "train" and self._division.is_needed:
                split = self._division.split_of(path)
            name_there, group = self._places.name_of(folder, number, stem_of(name))
            number += 1
            yield FoundImage(path, label, split, name_there, group)
        for path, one in others.items():
            reason = f"A second label of this image: {one} was used. It holds {{}}."
            yield self._label_problem(path, reason)

    def _image_names(self, folder: str) -> list[str]:
        return [name for name in self._listing.names(folder) if is_image_name(name)]

    # --- what is not taken ----------------------------------------------------------------------

    def _count_label(self, path: str) -> int:
        if path not in self._label_counts:
            self._label_counts[path] = count_objects(self.tree, path)
        return self._label_counts[path]

    def _label_problem(self, path: str, reason: str) -> FolderProblem:
        count = self._count_label(path)
        return FolderProblem(path, None, reason.format(_objects(count)), count)

    def _tell_unlisted(self, folder: str, path: str, label: str | None) -> Iterator[FolderProblem]:
        config = self._configs.ruling(folder)
        file = config.file if config is not None else "data.yaml"
        if config is not None and config.has_file_lists:
            reason = f"The image is in none of the lists of {file}: it stays out."
        else:
            reason = f"The file lies outside the folders that {file} lists."
        yield FolderProblem(path, None, reason)
        if label is not None:
            yield self._label_problem(label, "Its image stays out, and so does what it holds: {}.")

    def _tell_unknown_classes(self, label: str) -> FolderProblem:
        return self._label_problem(
            label,
            "Nothing says what the classes of this label are (the data.yaml files of the source "
            "rule other folders); its {} stay out.",
        )

    def _is_offered(
        self, folder: str, splits: dict[str, SplitName | None], labels: dict[str, str]
    ) -> bool:
        """Whether a folder lies beside those that its config names, as a whole."""
        config = self._configs.ruling(folder)
        if config is None or config.has_file_lists or any(splits.values()):
            return False
        return bool(labels) or len(splits) > _FEW_IMAGES

    def _offer(self, folder: str, images: list[str], labels: dict[str, str]) -> FolderProblem:
        config = self._configs.ruling(folder)
        file = config.file if config is not None else "data.yaml"
        labelled = [labels[name] for name in images if name in labels]
        objects = self._count_labels(folder, labelled)
        where = sorted({label.rpartition("/")[0] for label in labelled} - {folder})
        beside = f" with {' and '.join(where)}" if where else ""
        reason = (
            f"{file} does not name this folder: {_images(len(images))}, {len(labelled):,} of them "
            f"with labels ({_objects(objects)}), stay out. To use it{beside} too, choose it in the "
            f"first look (--also), or add it to train, val or test in {file}."
        )
        return FolderProblem(folder or ".", None, reason, objects, len(images), is_offered=True)

    def _tell_twin(self, folder: str) -> FolderProblem:
        names = self._image_names(folder)
        labels = self._pairing.pair(folder, names).labels
        objects = self._count_labels(folder, list(labels.values()))
        reason = (
            f"The same {_images(len(names))} as in train, with the same labels "
            f"({_objects(objects)}): they were taken once."
        )
        return FolderProblem(folder, None, reason, objects, len(names))

    def _count_labels(self, folder: str, labels: list[str]) -> int:
        if folder not in self._folder_counts:
            self._folder_counts[folder] = sum(count_objects(self.tree, path) for path in labels)
        return self._folder_counts[folder]

    def _use_folder(self, used: UsedFiles, folder: str) -> None:
        """The images and labels of a folder that one line stands for."""
        folder = "" if folder == "." else folder
        names = self._image_names(folder)
        labels, others = self._pairing.pair(folder, names)
        for path in (*(join(folder, name) for name in names), *labels.values(), *others):
            used.add(path)

    def _why_unused(self, path: str) -> str:
        if _holds(self._apart.several, hash_of(key_of(stem_of(path.rpartition("/")[2])))):
            return "Several images or labels have this name: to which it belongs is not certain."
        return "No image belongs to this label."

    # --- labels elsewhere -----------------------------------------------------------------------

    def _label_apart(self, folder: str, name: str) -> str | None:
        """The label of an image that lies where nothing looks for it."""
        if not self._apart.folders and not self._apart.of_folder:
            return None
        key = key_of(stem_of(name))
        where = self._apart.folders.get(hash_of(key)) or self._apart.of_folder.get(folder)
        if where is None or not self._may_belong(folder, where):
            return None
        prefixed: str | None = None
        for each in self._listing.names(where):
            if not is_text_name(each):
                continue
            own = key_of(each[:-4])
            if own == key:
                return join(where, each)
            if without_upload_prefix(own) == key:
                prefixed = join(where, each)
        return prefixed

    def _may_belong(self, image_folder: str, label_folder: str) -> bool:
        """Not a label of another split or of another dataset of the source."""
        ours, theirs = split_by_name(image_folder), split_by_name(label_folder)
        if ours is not None and theirs is not None and ours != theirs:
            return False
        return self._configs.ruling(image_folder) is self._configs.ruling(label_folder)

    def survey(self) -> None:
        """Walk the images once: what they are called, which splits and labels there are."""
        used = UsedFiles()
        for path in self.files():
            used.add(path)
        index = {folder: place for place, folder in enumerate(self._image_folders)}
        bare, stems, places = array("Q"), array("Q"), array("L")
        bare_places = array("L")
        for entry in self._entries_of_folders():
            if isinstance(entry, FolderProblem):
                if entry.images:
                    self._use_folder(used, entry.file)
                used.add(entry.file)
                continue
            folder, _, name = entry.path.rpartition("/")
            stem = stem_of(name)
            stems.append(hash_of(unicodedata.normalize("NFC", stem)))
            places.append(index[folder])
            self._splits.add(entry.split)
            self._count += 1
            if entry.label is None:
                bare.append(hash_of(key_of(stem)))
                bare_places.append(index[folder])
            else:
                used.add(entry.label)
                self._has_labels = True
        self._places.tell_apart(stems, places)
        self._find_apart(used, bare, bare_places)

    def _find_apart(self, used: UsedFiles, bare: "array[int]", bare_places: "array[int]") -> None:
        """Pair labels that no image found with images that found no label, by their stems."""
        stems, places = array("Q"), array("L")
        is_bare = _looked_up(bare)
        for place, folder in enumerate(self._listing.folders):
            texts = [
                name
                for name in self._listing.names(folder)
                if is_text_name(name)
                and not is_irrelevant(name)
                and not self._configs.is_class_list(join(folder, name))
            ]
            for name in used.without(folder, texts):
                key = key_of(name[:-4])
                plain = without_upload_prefix(key)
                stems.append(hash_of(plain if plain and not is_bare(key) else key))
                places.append(place)
        if not stems or not bare:
            return
        wanted, of_images = np.unique(np.frombuffer(bare, np.uint64), return_counts=True)
        loose, first, of_labels = np.unique(
            np.frombuffer(stems, np.uint64), return_index=True, return_counts=True
        )
        shared, at_image, at_label = np.intersect1d(
            wanted, loose, assume_unique=True, return_indices=True
        )
        is_plain = (of_images[at_image] == 1) & (of_labels[at_label] == 1)
        for stem, label in zip(
            shared[is_plain].tolist(), first[at_label[is_plain]].tolist(), strict=True
        ):
            self._apart.folders[stem] = self._listing.folders[places[label]]
        self._apart.several = shared[~is_plain]
        if len(self._apart.several):
            self._pair_folders(_Stems(bare, bare_places), _Stems(stems, places))
        self._has_labels = self._has_labels or bool(self._apart.folders or self._apart.of_folder)

    def _pair_folders(self, images: "_Stems", labels: "_Stems") -> None:
        """Pair folders of labels with folders of images where several have the same stems:
        ``annots/cam1`` with ``photos/cam1``, by what their paths have in common."""
        image_folders = [
            self._image_folders[each] for each in images.places_of(self._apart.several)
        ]
        label_folders = [
            self._listing.folders[each] for each in labels.places_of(self._apart.several)
        ]
        if max(len(image_folders), len(label_folders)) > _MOST_PAIRED_FOLDERS:
            return
        pairs = pair_alike(image_folders, label_folders)
        self._apart.of_folder = {
            image: label for image, label in pairs.items() if self._may_belong(image, label)
        }
        placed = set(self._apart.of_folder.values())
        if placed.issuperset(label_folders):
            self._apart.several = np.empty(0, np.uint64)

    # --- label images ---------------------------------------------------------------------------

    def _find_label_images(self) -> LabelImages:
        stems, jpegs = array("Q"), array("Q")
        for folder in self._image_folders:
            if is_label_image_folder(folder) or is_folder_of_copies(folder):
                continue
            for name in self._image_names(folder):
                stem = hash_of(key_of(stem_of(name)))
                stems.append(stem)
                if name.lower().endswith((".jpg", ".jpeg")):
                    jpegs.append(stem)
        return LabelImages(self.tree, has_image=_looked_up(stems), has_jpeg=_looked_up(jpegs))


class NoImagesError(TreeError):
    """The source has no images: it may be labels alone."""

    def __init__(self) -> None:
        super().__init__("No images were found.")


def scan_dataset(tree: Tree, *, also: Sequence[str] = ()) -> DatasetScan:
    """Recognise the dataset in ``tree``. ``also``: folders to take that no config names. Raises
    TreeError with a sentence where it is none."""
    scan = DatasetScan(tree, also=also)
    if not scan._image_folders:
        raise NoImagesError
    _refuse_classification(scan)
    _find_twin_of_train(scan)
    scan.survey()
    scan.notes += scan._configs.notes
    _note_folders_taken_by_name(scan)
    _divide_train_if_needed(scan)
    _note_other_formats(scan)
    return scan


def _refuse_classification(scan: DatasetScan) -> None:
    """A classification set is folders ``train/<class>/`` of images and nothing else."""
    if scan._configs.has_any:
        return
    classes: set[str] = set()
    for folder in scan._image_folders:
        parts = folder.split("/")
        is_class = len(parts) >= 2 and split_by_name(parts[-2]) is not None
        if not is_class or parts[-1].lower() == "images":
            return
        if any(is_text_name(name) for name in scan._listing.names(folder)):
            return
        if scan._pairing.label_folders(folder):
            return
        classes.add(parts[-1])
    if len(classes) >= 2:
        shown = ", ".join(sorted(classes)[:3])
        raise TreeError(
            f"This looks like a classification set: a folder for each class ({shown}). "
            "It holds no polygons. To take the images alone, put them into one folder."
        )


def _note_folders_taken_by_name(scan: DatasetScan) -> None:
    for folder in scan._image_folders:
        if scan._configs.is_taken_by_name(folder):
            config = scan._configs.ruling(folder)
            file = config.file if config is not None else "data.yaml"
            split = split_by_name(folder)
            scan.notes.append(
                f"{file} does not name {folder}: it was taken as {split}, by its name."
            )


def _divide_train_if_needed(scan: DatasetScan) -> None:
    """Without images to validate on, one in five of train becomes val, by a hash of the stem."""
    division = scan._division
    if not division.is_needed:
        if scan._splits != {"train"} or scan._count < 2:
            return
        division.is_needed = True
        scan.notes.append(
            "There is no val split: one image in five of train was put into val (by a hash of "
            "its name, so the same every time)."
        )
    else:
        scan.notes.append(
            "Train and val are the same images: they were taken once, one in five of them into "
            "val (by a hash of the name, so the same every time)."
        )
    lowest = highest = ""
    for entry in scan.images():
        if entry.split != "test":
            lowest = min(lowest or entry.path, entry.path, key=stem_hash)
            highest = max(highest or entry.path, entry.path, key=stem_hash)
    if lowest != highest:
        division.always_val, division.always_train = lowest, highest


def _find_twin_of_train(scan: DatasetScan) -> None:
    """Find a val folder that holds the very files of train: names and sizes, of labels too."""
    folders: dict[str, list[str]] = {"train": [], "val": []}
    for folder in scan._image_folders:
        names = scan._image_names(folder)
        split = scan._configs.split_of(join(folder, names[0]), folder)
        if split in folders:
            folders[split].append(folder)
    if len(folders["train"]) != 1 or len(folders["val"]) != 1:
        return
    train, val = folders["train"][0], folders["val"][0]
    names = scan._image_names(train)
    if train == val or names != scan._image_names(val):
        return
    size = scan.tree.size
    if any(size(join(train, name)) != size(join(val, name)) for name in names):
        return
    of_train = scan._pairing.pair(train, names).labels
    of_val = scan._pairing.pair(val, names).labels
    if of_train.keys() == of_val.keys() and all(
        size(path) == size(of_val[name]) for name, path in of_train.items()
    ):
        scan._division.is_needed = True
        scan._twin = val


def _note_other_formats(scan: DatasetScan) -> None:
    """Say that labels were left out where there are some, but none as YOLO txt."""
    if scan._has_labels:
        return
    for folder in scan._listing.folders:
        for name in sorted(scan._listing.names(folder)):
            if name.lower().endswith(_OTHER_FORMATS) and not name.startswith("."):
                scan.notes.append(
                    f"The images were taken without labels: {join(folder, name)} is left out, as "
                    "labels are read from YOLO txt files. If these are labels, convert them (for "
                    "COCO: ultralytics.data.converter.convert_coco with use_segments=True)."
                )
                return


def _looked_up(hashes: "array[int]") -> Callable[[str], bool]:
    known = np.unique(np.frombuffer(hashes, np.uint64)) if hashes else np.empty(0, np.uint64)
    return lambda key: bool(len(known)) and _holds(known, hash_of(key))


def _holds(known: Hashes, value: int) -> bool:
    place = int(np.searchsorted(known, np.uint64(value)))
    return place < len(known) and int(known[place]) == value


def _objects(count: int) -> str:
    return "1 object" if count == 1 else f"{count:,} objects"


def _images(count: int) -> str:
    return "1 image" if count == 1 else f"{count:,} images"
