"""``data.yaml``, darknet's ``obj.data``, and the lists of class names that stand in for them."""

import json
from dataclasses import dataclass, field

from annotator.labels.safe_yaml import MAX_BYTES, YamlError, load_yaml

from ..trees import FileReadError, Tree, TreeError

_YAML_NAMES = ("data.yaml", "data.yml", "dataset.yaml", "config.yaml")
_LIST_NAMES = ("classes.txt", "obj.names", "names.txt", "classes.names", "_darknet.labels")
_SPLIT_KEYS = {
    "train": "train",
    "training": "train",
    "val": "val",
    "valid": "val",
    "validation": "val",
    "dev": "val",
    "eval": "val",
    "test": "test",
    "testing": "test",
}
_SETTINGS_OF_TRAINING = frozenset({"epochs", "imgsz", "backbone"})
_MAX_CLASSES = 10_000


@dataclass(slots=True)
class DataYaml:
    """What an import needs of a data.yaml. ``splits`` holds the entries as they are written, below
    ``path``."""

    file: str
    names: list[str] | None
    splits: dict[str, list[str]]
    has_keypoints: bool
    path: str = ""
    notes: list[str] = field(default_factory=list)


def is_config_name(name: str) -> bool:
    """Whether a file may be a data.yaml, whatever it is called."""
    return name.lower().endswith((".yaml", ".yml")) or name.lower() == "obj.data"


def is_class_list_name(name: str) -> bool:
    return name.lower() in _LIST_NAMES


def read_data_yaml(tree: Tree, root: str) -> DataYaml | None:
    """The data.yaml of a folder, None where there is none. Raises TreeError if unusable."""
    here = tree.names(root)
    by_lower = {name.lower(): name for name in reversed(here)}
    candidates = [by_lower[name] for name in _YAML_NAMES if name in by_lower]
    candidates += [name for name in here if is_config_name(name) and name not in candidates]
    for name in candidates:
        file = f"{root}/{name}" if root else name
        if name.lower() == "obj.data":
            return _read_obj_data(tree, file)
        loaded = _load(tree, file)
        if (
            isinstance(loaded, dict)
            and (loaded.keys() & {"names", "train", "val"})
            and not loaded.keys() & _SETTINGS_OF_TRAINING
        ):
            return _interpret(file, loaded)
    return None


def _read_obj_data(tree: Tree, file: str) -> DataYaml:
    """Darknet's ``key = value`` lines; the class names are in a file beside it."""
    lines = _read_text(tree, file).splitlines()
    pairs = {
        key.strip(): value.strip() for key, _, value in (line.partition("=") for line in lines)
    }
    splits = {
        split: [pairs[key]] for key, split in (("train", "train"), ("valid", "val")) if key in pairs
    }
    return DataYaml(file, None, splits, has_keypoints=False)


def _load(tree: Tree, file: str) -> object:
    try:
        # Every scalar stays text, as written: a class named "no" or "1.0" keeps its name.
        return load_yaml(tree.read(file, limit_bytes=MAX_BYTES), as_text=True)
    except FileReadError as error:
        raise TreeError(f"{file}: {error}") from error
    except YamlError as error:
        raise TreeError(f"{file} {error}") from error


def _interpret(file: str, loaded: dict[object, object]) -> DataYaml:
    splits: dict[str, list[str]] = {}
    for key, split in _SPLIT_KEYS.items():
        value = loaded.get(key)
        entries = value if isinstance(value, list) else [value]
        found = [entry.strip() for entry in entries if isinstance(entry, str) and entry.strip()]
        if found:
            splits.setdefault(split, []).extend(found)
    names, notes = _names(file, loaded.get("names"), loaded.get("nc"))
    path = loaded.get("path")
    path = path.strip() if isinstance(path, str) else ""
    return DataYaml(file, names, splits, "kpt_shape" in loaded, path, notes)


def _names(file: str, names: object, count: object) -> tuple[list[str] | None, list[str]]:
    found: list[str] | None = None
    notes: list[str] = []
    if isinstance(names, str) and names.strip():
        names = _names_in_text(names)
    if isinstance(names, list):
        found = _checked_names(file, names)
    elif isinstance(names, dict):
        found = _names_by_index(file, names)
    number = int(count) if isinstance(count, str) and count.isascii() and count.isdigit() else None
    if found is not None and number is not None and number != len(found):
        notes.append(f"{file} says nc: {number}, but names {len(found)} classes; the names count.")
    if found is None and number is not None and number <= _MAX_CLASSES:
        found = [f"class_{index}" for index in range(number)]
        notes.append(f"{file} names no classes; they are called class_0, class_1, …")
    return found, notes


def _names_in_text(text: str) -> object:
    """Some exporters write the list or mapping as a quoted string."""
    try:
        return json.loads(text.replace("'", '"'))
    except (ValueError, RecursionError):
        return [name.strip() for name in text.split(",")]


def _names_by_index(file: str, names: dict[object, object]) -> list[str]:
    try:
        by_index = {int(str(key)): name for key, name in names.items()}
    except ValueError:
        raise TreeError(f"{file}: the keys of “names” are not whole numbers.") from None
    highest = max(by_index, default=-1)
    if by_index and (min(by_index) < 0 or highest >= _MAX_CLASSES):
        raise TreeError(f"{file}: the keys of “names” go beyond 0 to {_MAX_CLASSES - 1}.")
    return _checked_names(
        file, [by_index.get(index, f"class_{index}") for index in range(highest + 1)]
    )


def _checked_names(file: str, names: list[object]) -> list[str]:
    if len(names) > _MAX_CLASSES:
        raise TreeError(f"{file} names {len(names)} classes; at most {_MAX_CLASSES} are taken.")
    checked: list[str] = []
    seen: set[str] = set()
    for index, name in enumerate(names):
        if not isinstance(name, str | int | float):
            raise TreeError(f"{file}: the name of class {index} is not text.")
        text = " ".join(str(name).split())[:80] or f"class_{index}"
        unique = text if text not in seen else f"{text[:70]} ({index})"
        seen.add(unique)
        checked.append(unique)
    return checked


def read_class_list(tree: Tree, folder: str) -> tuple[str, list[str]] | None:
    """The file of class names in a folder (classes.txt, obj.names …), one a line, and the names;
    None where there is none. Raises TreeError."""
    by_lower = {name.lower(): name for name in reversed(tree.names(folder))}
    for name in _LIST_NAMES:
        if name in by_lower:
            file = f"{folder}/{by_lower[name]}" if folder else by_lower[name]
            return file, _checked_names(file, list(_read_text(tree, file).rstrip().splitlines()))
    return None


def _read_text(tree: Tree, file: str) -> str:
    try:
        return tree.read(file, limit_bytes=MAX_BYTES).decode("utf-8-sig")
    except FileReadError as error:
        raise TreeError(f"{file}: {error}") from error
    except UnicodeDecodeError as error:
        raise TreeError(f"{file} is not text in UTF-8; save it as UTF-8.") from error
