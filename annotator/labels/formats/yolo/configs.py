"""Which data.yaml or list of class names rules which images of a source, and their splits.

A source may hold several datasets, each with a data.yaml of its own: each rules its own folder and
what is below it, and the folders that it lists. Their classes are joined by name.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from functools import lru_cache

from annotator.labels.encodings import as_utf8, decode_text
from annotator.labels.safe_yaml import MAX_BYTES

from ..base import SplitName
from ..names import (
    IMAGE_EXTENSIONS,
    Listing,
    hash_of,
    is_image_name,
    join,
    key_of,
    parents,
    path_ends,
    stem_of,
)
from ..split_names import SPLIT_NAMES, UNLABELLED, split_by_name, split_of_part
from ..trees import FileReadError, TreeError
from .data_yaml import (
    DataYaml,
    holds_rows,
    is_class_list_name,
    is_config_name,
    read_class_list,
    read_data_yaml,
)

_MAX_LIST_BYTES = 64 * 1024**2
_MOST_LISTED_FOLDERS = 50_000
_BEHIND = re.compile(r"[\t,;]|(?<=\.\w{3})\s|(?<=\.\w{4})\s")
"""What parts the path of an image in a list from a label or a class behind it."""


@dataclass(slots=True)
class Config:
    """One data.yaml (or obj.data, or a bare list of class names) and what it lists."""

    root: str
    yaml: DataYaml | None
    names: list[str] | None
    classes: list[int] = field(default_factory=list)
    """For each class index here, its index among the classes of the whole source."""
    listed: set[SplitName] = field(default_factory=set)
    """The splits of which something was found."""
    missing: dict[SplitName, list[str]] = field(default_factory=dict)
    has_file_lists: bool = False

    @property
    def file(self) -> str:
        return self.yaml.file if self.yaml is not None else ""


class Configs:
    """All of a source. ``folders``: key of a listed folder → split and config; ``files``: key of a
    listed image → split."""

    def __init__(
        self, listing: Listing, image_folders: list[str], *, also: Collection[str] = ()
    ) -> None:
        """``also``: folders that are taken with all below them although nothing lists them."""
        self._listing = listing
        self._also = also
        self._configs: dict[str, Config] = {}
        self._lists: dict[str, list[str]] = {}
        self._are_lists: dict[str, bool] = {}
        self._image_folders = image_folders
        self._stems: dict[int, list[str]] | None = None
        self.folders: dict[str, tuple[SplitName, Config]] = {}
        self.files: dict[str, SplitName] = {}
        self.used_files: set[str] = set()
        self.notes: list[str] = []
        self.lists_a_folder_twice = False
        self._holding = {each for folder in image_folders for each in parents(folder)}
        self._keys_in = lru_cache(maxsize=8)(
            lambda folder: frozenset(key_of(name) for name in listing.names(folder))
        )
        self._split_of_folder = lru_cache(maxsize=1024)(self._find_split)
        self._classes_in = lru_cache(maxsize=1024)(self._find_classes)
        self._find_all()
        self._class_names = self._join_classes()

    @property
    def class_names(self) -> list[str]:
        return self._class_names

    @property
    def names_are_known(self) -> bool:
        return self._has_names

    @property
    def has_any(self) -> bool:
        return bool(self._configs)

    def is_class_list(self, path: str) -> bool:
        """Whether a text holds names of classes: by its name, where it holds no label rows."""
        if not is_class_list_name(path.rpartition("/")[2]):
            return False
        if path not in self._are_lists:
            self._are_lists[path] = self._holds_names(path)
        return self._are_lists[path]

    def _holds_names(self, path: str) -> bool:
        try:
            text = decode_text(self._listing.tree.read(path, limit_bytes=MAX_BYTES))
        except (FileReadError, UnicodeDecodeError):
            return True
        return bool(text.strip()) and not holds_rows(text)

    # --- finding ------------------------------------------------------------------------------

    def _find_all(self) -> None:
        for folder in sorted(self._listing.folders, key=lambda each: (each.count("/"), each)):
            names = self._listing.names(folder)
            if any(is_class_list_name(name) for name in names):
                self._add_class_list(folder)
            if any(is_config_name(name) for name in names):
                self._add_config(folder)
        if not self._configs:
            self._add_bare_lists()

    def _add_class_list(self, folder: str) -> None:
        found = read_class_list(self._listing.tree, folder)
        if found is not None:
            self.used_files.add(found[0])
            self._lists[folder] = found[1]

    def _add_config(self, folder: str) -> None:
        try:
            yaml = read_data_yaml(self._listing.tree, folder)
        except TreeError:
            if folder not in self._holding:  # some other program's settings
                return
            raise
        if yaml is None:
            return
        config = Config(folder, yaml, yaml.names)
        self._resolve(config)
        if folder not in self._holding and not config.listed:
            return  # it rules no image
        if yaml.has_keypoints:
            raise TreeError(
                f"{yaml.file} has kpt_shape: this is a pose set. Its rows are boxes with "
                "keypoints, not polygons."
            )
        self._configs[folder] = config
        self.used_files.add(yaml.file)
        self.notes += yaml.notes
        for split, entries in config.missing.items():
            for entry in entries:
                self.notes.append(f"{yaml.file} names “{entry}” for {split}, which is not there.")

    def _add_bare_lists(self) -> None:
        """train.txt, val.txt and test.txt, also of ``ImageSets``, without a data.yaml, where they
        list images."""
        for folder in self._listing.folders:
            splits: dict[str, list[str]] = {}
            for name in self._listing.names(folder):
                split = _split_of_list(name)
                is_new = split is not None and split not in splits
                if is_new and self._lists_images(join(folder, name), folder):
                    splits[split or "train"] = [name]
            if splits:
                config = Config(folder, DataYaml("", None, splits, has_keypoints=False), None)
                self._resolve(config)
                config.yaml = DataYaml(
                    ", ".join(each[0] for each in splits.values()), None, {}, False
                )
                self._configs[folder] = config
                return

    def _lists_images(self, file: str, root: str) -> bool:
        try:
            with self._listing.tree.open(file, limit_bytes=_MAX_LIST_BYTES) as stream:
                line = as_utf8(stream).read(4096).decode("utf-8-sig", "replace").lstrip()
        except (FileReadError, UnicodeDecodeError):
            return False
        first = (line.splitlines() or [""])[0]
        return bool(first) and self._find_listed(first, root) is not None

    # --- what a config lists --------------------------------------------------------------------

    def _resolve(self, config: Config) -> None:
        if config.yaml is None:
            return
        for split in SPLIT_NAMES:
            for entry in config.yaml.splits.get(split, []):
                if (folder := self._find_folder(config, entry)) is not None:
                    key = key_of(folder)
                    if self.folders.get(key, (split,))[0] != split:
                        self.lists_a_folder_twice = True
                        continue
                    self.folders[key] = (split, config)
                elif not self._add_listed_files(config, entry, split):
                    config.missing.setdefault(split, []).append(entry)
                    continue
                config.listed.add(split)

    def _find_folder(self, config: Config, entry: str) -> str | None:
        """The folder an entry means: the longest end of its path that exists, at the config or
        above it, and that holds images.

        So an absolute path of another machine (``C:/Users/…/images/train``) still finds its folder.
        """
        path = config.yaml.path if config.yaml is not None else ""
        whole = entry if _is_absolute(entry) else f"{path}/{entry}"
        for root in self._roots_for(config, entry):
            for candidate in path_ends(whole):
                folder = self._listing.find_folder(join(root, candidate))
                if folder in self._holding and _says_enough(candidate, whole):
                    return folder
        is_root = entry.strip("./\\") == "" and config.root in self._holding
        return config.root if is_root else None

    def _roots_for(self, config: Config, entry: str) -> list[str]:
        """Where an entry is looked for: above the config too where it says so, or lies apart."""
        may_be_above = ".." in entry or config.root not in self._holding
        return list(parents(config.root)) if may_be_above else [config.root]

    def _add_listed_files(self, config: Config, entry: str, split: SplitName) -> bool:
        """Take an entry as an image, or as a .txt that lists images. False: it is not there."""
        file = self._find_file(entry, config.root)
        if file is None:
            return False
        if not file.lower().endswith(".txt"):
            config.has_file_lists = True
            self.files.setdefault(key_of(file), split)
            return True
        try:
            text = decode_text(self._listing.tree.read(file, limit_bytes=_MAX_LIST_BYTES))
        except (FileReadError, UnicodeDecodeError) as error:
            raise TreeError(f"{file} cannot be read as a list of images.") from error
        self.used_files.add(file)
        return self._add_lines(config, file, text, split)

    def _add_lines(self, config: Config, file: str, text: str, split: SplitName) -> bool:
        """Take the images of a list. False: it lists some, and none of them is there."""
        folders: dict[str, str | None] = {}
        missing = found_any = 0
        for line in text.splitlines():
            entry = line.strip().replace("\\", "/")
            if not entry or entry.startswith("#"):
                continue
            folder, _, name = entry.rpartition("/")
            where = folders.get(folder)
            if where is not None and key_of(name) in self._keys_in(where) and is_image_name(name):
                found: str | None = join(where, name)
            else:
                found = self._find_listed(entry, config.root)
                if found is not None and len(folders) < _MOST_LISTED_FOLDERS:
                    folders[folder] = found.rpartition("/")[0]
            if found is None:
                missing += 1
            else:
                found_any += 1
                self.files.setdefault(key_of(found), split)
        if missing:
            count = "1 image that is" if missing == 1 else f"{missing:,} images that are"
            self.notes.append(f"{file} lists {count} not there.")
        config.has_file_lists = config.has_file_lists or bool(found_any) or not missing
        return bool(found_any) or not missing

    def _find_listed(self, line: str, root: str) -> str | None:
        """The image that a line of a list means: at its path, else without what stands behind the
        path, else the only image of its name, whatever its suffix."""
        entry = line.strip().replace("\\", "/")
        for each in dict.fromkeys((entry, *(part.strip() for part in _BEHIND.split(entry)[:1]))):
            plain = each.strip("\"'")
            if not plain:
                continue
            file = self._find_file(plain, root)
            if file is not None and is_image_name(file.rpartition("/")[2]):
                return file
            if (file := self._only_of_stem(plain)) is not None:
                return file
        return None

    def _only_of_stem(self, entry: str) -> str | None:
        """The one image whose name is that of an entry, but for its folder and suffix; of several
        the one whose folders are the most like the entry's."""
        *above, name = key_of(entry).split("/")
        suffix = name.rpartition(".")[2]
        stem = stem_of(name) if suffix in IMAGE_EXTENSIONS or suffix == "txt" else name
        found = self._by_stem().get(hash_of(stem), [])
        images = [
            join(folder, each)
            for folder in dict.fromkeys(found)
            for each in self._listing.names(folder)
            if is_image_name(each) and key_of(stem_of(each)) == stem
        ]
        if len(images) < 2:
            return images[0] if images else None
        own = set(above)
        alike = [len(own & set(key_of(each).split("/")[:-1])) for each in images]
        best = max(alike)
        return images[alike.index(best)] if alike.count(best) == 1 else None

    def _by_stem(self) -> dict[int, list[str]]:
        """The folders of the images of each stem, made when a list needs it."""
        if self._stems is None:
            self._stems = {}
            for folder in self._image_folders:
                for name in self._listing.names(folder):
                    if is_image_name(name):
                        self._stems.setdefault(hash_of(key_of(stem_of(name))), []).append(folder)
        return self._stems

    def _find_file(self, entry: str, root: str) -> str | None:
        for above in [root] if root in self._holding else parents(root):
            for candidate in path_ends(entry):
                if (file := self._listing.find_file(join(above, candidate))) is not None:
                    return file
        return self._listing.find_file(join(root, f"images/{entry}")) if "/" not in entry else None

    # --- what rules an image --------------------------------------------------------------------

    def listed_folder(self, folder: str) -> tuple[str, SplitName, Config] | None:
        """The listed folder that a folder lies in: its path, its split and what lists it."""
        for each in parents(folder):
            if (found := self.folders.get(key_of(each))) is not None:
                return each, *found
        return None

    def ruling(self, folder: str) -> Config | None:
        """What rules the splits of a folder."""
        if (listed := self.listed_folder(folder)) is not None:
            return listed[2]
        for each in parents(folder):
            if each in self._configs:
                return self._configs[each]
        only = list(self._configs.values())
        return only[0] if len(only) == 1 else None

    def split_of(self, path: str, folder: str) -> SplitName | None:
        """The split of an image; None for one that the config lists nowhere."""
        if self.files and (split := self.files.get(key_of(path))) is not None:
            return split
        return self._split_of_folder(folder)

    def _find_split(self, folder: str) -> SplitName | None:
        if (listed := self.listed_folder(folder)) is not None:
            return listed[1]
        named = split_by_name(folder)
        if any(each in self._also for each in parents(folder)):
            return named or "train"
        config = self.ruling(folder)
        if config is None or not config.listed:
            return named or "train"
        if UNLABELLED & set(folder.lower().split("/")):
            return "train"
        if named is not None and named not in config.listed and not config.has_file_lists:
            return named
        return None

    def is_taken_by_name(self, folder: str) -> bool:
        """Whether a folder is taken for a split by its name, although the config lists others."""
        config = self.ruling(folder)
        return (
            config is not None
            and bool(config.listed)
            and self.listed_folder(folder) is None
            and not any(each in self._also for each in parents(folder))
            and not config.has_file_lists
            and split_by_name(folder) not in {None, *config.listed}
        )

    def classes_of(self, image_folder: str, label_folder: str) -> list[int] | None:
        """For each class index of a label file, its index among all classes; None where nothing
        says what its classes are, though names are known elsewhere in the source."""
        return self._classes_in(image_folder, label_folder)

    def _find_classes(self, image_folder: str, label_folder: str) -> list[int] | None:
        if not self._has_names:
            return []
        rulers = [self.ruling(image_folder)]
        rulers += [self._configs.get(each) for each in parents(label_folder)]
        for config in rulers:
            if config is not None and config.names is not None:
                return config.classes
        for folder in (label_folder, image_folder):
            for each in parents(folder):
                if each in self._list_classes:
                    return self._list_classes[each]
        return self._only_classes

    def _join_classes(self) -> list[str]:
        """The classes of all that rule an image, joined by name, in order of appearance."""
        joined: dict[str, int] = {}

        def join_names(names: list[str]) -> list[int]:
            return [joined.setdefault(name, len(joined)) for name in names]

        named = [config for config in self._configs.values() if config.names is not None]
        for config in named:
            config.classes = join_names(config.names or [])
        ruled = {each.root: each for each in named}
        for folder, names in self._lists.items():
            for each in parents(folder):
                if each in ruled and ruled[each].names != names:
                    self.notes.append(
                        f"The list of classes in {folder or 'the source'} says something else than "
                        f"{ruled[each].file}, which counts."
                    )
                    break
        self._list_classes = {
            folder: join_names(names)
            for folder, names in self._lists.items()
            if not ruled.keys() & set(parents(folder))
        }
        all_classes = [config.classes for config in named] + list(self._list_classes.values())
        self._has_names = bool(all_classes)
        distinct = {tuple(classes) for classes in all_classes}
        self._only_classes = all_classes[0] if len(distinct) == 1 else None
        return list(joined)


def _split_of_list(name: str) -> SplitName | None:
    """The split that the name of a list of images says: ``train.txt``, ``autosplit_val.txt``."""
    stem = name.lower().removesuffix(".txt")
    if stem == name.lower():
        return None
    return split_of_part(re.sub(r"^autosplit[-_]|[-_ ]?(?:list|files?|paths?)$", "", stem))


def _is_absolute(entry: str) -> bool:
    return entry.startswith(("/", "\\")) or entry[1:2] == ":"


def _says_enough(candidate: str, whole: str) -> bool:
    """Whether the end of a path names its folder: not "images" alone of "valid/images"."""
    count = candidate.count("/") + 1
    parts = [part for part in whole.replace("\\", "/").split("/") if part not in {"", ".", ".."}]
    is_generic = count == 1 and split_by_name(candidate) is None
    return not is_generic or len(parts) == 1 or split_by_name("/".join(parts[:-1])) is None
